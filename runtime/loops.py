"""Loops that run while something is open."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any


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
