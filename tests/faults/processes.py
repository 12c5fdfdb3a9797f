"""Processes that are made to be killed: each a fork of one server that has everything imported."""

import asyncio
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier
from multiprocessing.synchronize import Event as Event
from pathlib import Path
from typing import Any

from tests.support.command import PRELOADED

PATIENCE = 60.0
"""Seconds that a process may be silent; the slowest of them needs five."""

Work = Callable[..., Coroutine[Any, Any, None]]


class Silent(AssertionError):
    """A process that neither said anything nor ended."""


class Child:
    """A process and what it says."""

    def __init__(self, process: ForkServerProcess, pipe: "Connection[Any, Any]") -> None:
        self._process = process
        self._pipe = pipe
        self.said: list[Any] = []
        """All that was heard of it so far."""

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def hear(self, patience: float = PATIENCE) -> Any:
        """The next thing that it says; None at its end. Raises ``Silent``."""
        if not self._pipe.poll(patience):
            self.kill()
            raise Silent(f"nothing was heard for {patience} s; before: {self.said[-5:]}")
        try:
            said = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            return None
        self.said.append(said)
        return said

    def until(self, heard: Callable[[Any], bool]) -> None:
        """Listen until it says something of a kind, or ends."""
        for said in iter(self.hear, None):
            if heard(said):
                return

    def end(self) -> int:
        """Listen to its end: 0, or the signal that killed it, below zero."""
        self.until(lambda said: False)
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None
        return self._process.exitcode

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def kill_after(self, seconds: float) -> int:
        """Kill it that long after its first word, unless it ends before."""
        self.hear()
        time.sleep(seconds)
        self.kill()
        return self.end()

    def wait_until_stopped(self) -> None:
        """Wait until a signal has stopped it."""
        until = time.monotonic() + PATIENCE
        while _state(self.pid) != "T":
            assert self._process.is_alive(), "it ended, and was to stop before"
            assert time.monotonic() < until, "it did not stop"
            time.sleep(0.01)

    def go_on(self) -> None:
        """Let it go on after a stop."""
        os.kill(self.pid, signal.SIGCONT)

    def heard(self, kind: str) -> Iterator[Any]:
        """What it said about one thing."""
        return (said[1] for said in self.said if isinstance(said, tuple) and said[0] == kind)


class Children:
    """Makes processes."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._started: list[Child] = []
        self.random = random.Random(20)
        """What moments are drawn with; the seed is fixed, the machine's own pace is not."""

    def start(self, work: Work, *arguments: Any) -> Child:
        """Start a process that does the work, which is told first how to speak."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_run, args=(theirs, work, arguments), daemon=True)
        process.start()
        theirs.close()
        self._started.append(Child(process, ours))
        return self._started[-1]

    def run(self, work: Work, *arguments: Any) -> Child:
        """The process after it has done the work without a fault."""
        child = self.start(work, *arguments)
        assert child.end() == 0, child.said[-5:]
        return child

    def kill_all(self) -> None:
        """Leave none behind: one that stands still would not even hear that it is to end."""
        for child in self._started:
            child.kill()

    def barrier(self, parties: int) -> Barrier:
        """Where so many processes wait for one another."""
        return self._context.Barrier(parties)

    def event(self) -> Event:
        """Something that a process can be told while it works."""
        return self._context.Event()


def _run(pipe: "Connection[Any, Any]", work: Work, arguments: tuple[Any, ...]) -> None:
    asyncio.run(work(pipe.send, *arguments))


def _state(pid: int) -> str:
    """What a process does, in the kernel's letters: ``T`` for one that is stopped; empty where it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""
