"""Work that blocks, in a thread that can be left behind: nobody waits for it longer than was declared.

The threads are not those of the event loop's pool, since a pool waits for all of them at its end, also for one that
hangs in a file system or a driver.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


class Stopped(Exception):
    """Nobody waits for this work any more."""


class Stop:
    """Whether anybody still waits for a piece of work."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> None:
        """Say that nobody waits any more."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether that was said."""
        return self._stopped.is_set()

    def check(self) -> None:
        """Raise ``Stopped`` where nobody waits any more."""
        if self._stopped.is_set():
            raise Stopped


async def in_thread(work: Callable[[Stop], Result]) -> Result:
    """What the work returns or raises. Where this is cancelled, the work is told to stop, and is not waited for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()
    stop = Stop()

    def say(settle: Callable[[], None]) -> None:
        # the loop may be closed when late work ends
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if done.done() else settle())

    def run() -> None:
        try:
            result = work(stop)
        except BaseException as error:
            raised = error
            say(lambda: done.set_exception(raised))
        else:
            say(lambda: done.set_result(result))

    threading.Thread(target=run, name="roundhouse-source", daemon=True).start()
    try:
        return await done
    finally:
        stop.now()
