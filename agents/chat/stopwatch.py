"""The stopwatch: the time of one turn, which does not run while it waits for its place among others."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Holds a time-out while anybody inside waits. Without one, nothing is held."""

    def __init__(self, timeout: asyncio.Timeout | None = None) -> None:
        self._timeout = timeout
        self._waiting = 0
        self._left = 0.0

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Do not count the time inside; several may be inside together."""
        timeout = self._timeout
        if timeout is None or (timeout.when() is None and not self._waiting):
            yield
            return
        now = asyncio.get_running_loop().time
        if not self._waiting:
            self._left = (timeout.when() or 0.0) - now()
            timeout.reschedule(None)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                timeout.reschedule(now() + self._left)
