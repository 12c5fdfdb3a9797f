"""The command in a process of its own, forked from one that has imported everything: real, and without the start."""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cli
import runtime.channels.opened
import runtime.roundhouse  # noqa: F401

PRELOADED = ["tests.support.command", "tests.faults.children", "tests.faults.mischief"]
"""What the one server of the tests has imported before it is forked for the first time."""

PATIENCE = 120.0
"""Seconds that a command may take."""


def given(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Give a command: its exit status, and what it says on standard output and standard error."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with TemporaryDirectory() as aside:
        out, error = Path(aside) / "out", Path(aside) / "error"
        process = context.Process(target=give, args=(list(words), folder, dict(environment), out, error))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"{words} took more than {PATIENCE} s: {out.read_text()}{error.read_text()}")
        return process.exitcode, out.read_text(), error.read_text()


def give(words: list[str], folder: Path, environment: dict[str, str], out: Path, error: Path) -> None:
    """Be the command, which says what it says in two files; for a process of its own."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, path in ((0, Path(os.devnull)), (1, out), (2, error)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), descriptor)
    sys.argv = ["roundhouse", *words]
    cli.main()
