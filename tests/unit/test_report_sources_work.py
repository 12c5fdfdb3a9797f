"""Work in a thread that can be left behind."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agents.report.sources.work import Stop, Stopped, in_thread

ROOT = Path(__file__).parents[2]

HANGING = """
import asyncio, threading
from agents.report.sources.work import in_thread

async def main():
    async with asyncio.timeout(0.1):
        await in_thread(lambda stop: threading.Event().wait())

try:
    asyncio.run(main())
except TimeoutError:
    print("left")
"""


async def test_work_gives_what_it_returns_or_raises() -> None:
    assert await in_thread(lambda stop: threading.current_thread().name) == "roundhouse-source"

    def broken(stop: Stop) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await in_thread(broken)


async def test_work_that_nobody_waits_for_is_told_to_stop() -> None:
    ended = threading.Event()

    def patient(stop: Stop) -> None:
        try:
            while True:
                stop.check()
        except Stopped:
            ended.set()
            raise

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await in_thread(patient)
    assert await asyncio.to_thread(ended.wait, 10)


async def test_others_go_on_beside_work_that_hangs() -> None:
    released = threading.Event()
    hanging = asyncio.create_task(in_thread(lambda stop: released.wait(10)))
    await asyncio.sleep(0)
    assert await in_thread(lambda stop: "done") == "done"
    assert not hanging.done()
    released.set()
    assert await hanging


def test_a_program_ends_though_work_hangs() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGING], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout == "left\n"
