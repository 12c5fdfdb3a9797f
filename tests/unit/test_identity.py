"""Which drivers are known to be dead."""

import os
import subprocess
import sys

from runtime.identity import driver_identity, is_dead


def test_this_process_is_alive() -> None:
    assert not is_dead(driver_identity())


def test_an_ended_process_of_this_host_is_dead() -> None:
    code = "from runtime.identity import driver_identity; print(driver_identity())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert is_dead(ended.stdout.strip())


def test_another_process_with_the_same_number_does_not_stand_in_for_it() -> None:
    host, pid, began, number = driver_identity().split(":")
    assert int(pid) == os.getpid()
    if began:
        assert is_dead(f"{host}:{pid}:{int(began) - 1}:{number}")


def test_a_process_of_another_host_is_never_called_dead() -> None:
    assert not is_dead("elsewhere:1:2:3")
    assert not is_dead("nonsense")
