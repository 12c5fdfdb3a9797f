"""Loops that run while something is open."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

AGAIN = 0.2
"""Seconds until something is asked once more to end."""


@asynccontextmanager
async def running(loops: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Keep loops running meanwhile, and wait for them to end."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def unmissed(work: Coroutine[Any, Any, None]) -> None:
    """Do some work of others, and end it when this is cancelled, even where the work misses that.

    ``asyncio.wait_for`` of Python 3.11 misses a cancellation that comes together with what it waits for.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=AGAIN)
        if not task.cancelled():
            task.exception()  # looked at, or it is told of as forgotten
        raise
