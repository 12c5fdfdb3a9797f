"""The workers as one process sees them: what it tallies of its own work, and how all of them do."""

import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from agents.usher import Step
from state.run import RunStatus
from state.sql.store import Store
from state.sql.workers import Beat, read_load
from state.workers import Load

WINDOW = 600.0
"""Seconds that what was done is remembered one by one."""


class Tally:
    """Counts what a worker does; from any thread. See :class:`runtime.usher.Watcher`."""

    def __init__(self, worker: str, concurrency: int, is_draining: Callable[[], bool] = bool) -> None:
        self._begun = Beat(worker, socket.gethostname(), os.getpid(), datetime.now(UTC), concurrency, ())
        self._lock = threading.Lock()
        self._ends: deque[float] = deque()
        self._versions: set[str] = set()
        self._running = self._done = self._failed = 0
        self._is_draining = is_draining

    @contextmanager
    def watching(self, step: Step, waited: float = 0.0) -> Iterator[None]:
        """Count a run while it is driven, and when that ends."""
        if step.kind != "run":
            yield
            return
        with self._lock:
            self._running += 1
            self._versions |= {step.version} - {""}
        try:
            yield
        finally:
            self._ended(step.outcome)

    def beat(self) -> Beat:
        """What there is to say of it now."""
        now = monotonic()
        with self._lock:
            while self._ends and self._ends[0] < now - WINDOW:
                self._ends.popleft()
            return Beat(
                **{name: getattr(self._begun, name) for name in ("id", "host", "pid", "started_at", "concurrency")},
                versions=tuple(sorted(self._versions)),
                running=self._running,
                done=self._done,
                failed=self._failed,
                last_minute=sum(end >= now - 60.0 for end in self._ends),
                last_ten_minutes=len(self._ends),
                draining=self._is_draining(),
            )

    def _ended(self, outcome: RunStatus | str) -> None:
        """One that was cut off is none that was done: another worker goes on with it."""
        with self._lock:
            self._running -= 1
            if outcome:
                self._done += 1
                self._failed += outcome == "failed"
                self._ends.append(monotonic())


class Workers(Protocol):
    """Where it is read how workers and the queue do."""

    def load(self) -> Load:
        """All of it now. Raises ``DatabaseLost``."""


class SqlWorkers:
    """Workers and queue in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self) -> Load:
        """See :class:`Workers`."""
        return self._store.read_now(read_load)


class MemoryWorkers:
    """A load that somebody gave, for tests of pages."""

    def __init__(self) -> None:
        self.given = Load(at=datetime.now(UTC), workers=(), queue=(), failed_runs=0, failed_jobs=0)

    def load(self) -> Load:
        """See :class:`Workers`."""
        return self.given
