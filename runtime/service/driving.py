"""Driving: where there is no queue, the service drives what it takes in itself, behind the requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from runtime.driver import Driver
from runtime.held import Held
from runtime.roundhouse import Roundhouse
from state.errors import RoundhouseError

T = TypeVar("T")

logger = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds in which what is under way may come to an end before the service does; the rest is gone on with later."""

PAUSE = 5.0
"""Seconds between two sweeps."""


class Driving:
    """Drives runs in the background, so many at a time; the others wait for their turn."""

    def __init__(self, roundhouse: Roundhouse, at_once: int) -> None:
        self._roundhouse = roundhouse
        self._at_once = at_once
        self._waiting: asyncio.Queue[tuple[str, Driver]] = asyncio.Queue()
        self._under_way: set[asyncio.Task[Any]] = set()

    def take(self, run: str, driver: Driver) -> None:
        """Have a new run driven; it is in the database already, so that a crash loses nothing."""
        self._waiting.put_nowait((run, driver))

    def begun(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin work that goes on when nobody waits for it any more."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Drive and sweep meanwhile; at the end nothing new is begun, and what is under way gets its time."""
        turns = [asyncio.create_task(self._turns()) for _ in range(self._at_once)]
        loops = [*turns, asyncio.create_task(self._keep_sweeping())]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await self._stopped()

    async def _turns(self) -> None:
        while True:
            run, driver = await self._waiting.get()
            # not cancelled with this loop, and whatever it ends with, the loop goes on
            await asyncio.wait([self.begun(self._drive(run, driver))])

    async def _drive(self, run: str, driver: Driver) -> None:
        """Drive a run, unless a sweep was quicker."""
        leases = self._roundhouse.leases
        try:
            for lease, new, _ in await leases.taken_new([run]):
                async with leases.holding(lease):
                    await driver.begin(Held(lease, new.pins, new.case, new.seed))
        except RoundhouseError as refused:
            logger.warning("A run that was taken in cannot be driven now: %s", refused)

    async def _keep_sweeping(self) -> None:
        while True:
            await asyncio.wait([self.begun(self._sweep())])
            await asyncio.sleep(PAUSE)

    async def _sweep(self) -> None:
        try:
            await self._roundhouse.sweep()
        except RoundhouseError as lost:
            logger.warning("%s", lost)

    async def _stopped(self) -> None:
        tasks = set(self._under_way)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and not isinstance(task.exception(), RoundhouseError | None):
            logger.error("Work in the background ended with %s.", type(task.exception()).__name__)
