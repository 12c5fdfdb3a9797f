"""Leases: the right of this process to drive runs, taken, renewed and let go of."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from runtime.identity import driver_identity, is_dead
from state.errors import DatabaseLost, RunBusy, RunExists
from state.sql.fence import Lease
from state.sql.queued import take_new
from state.sql.runs import LEASE, PinnedRun, driver_of, insert_run, release_lease, renew_leases, take_lease
from state.sql.store import Store

logger = logging.getLogger(__name__)

TakenT = TypeVar("TakenT")

RETRY = 0.05
"""Seconds between two tries to get a lease that another driver holds."""


class Leases:
    """The leases that this process holds. Each is let go of when its context ends, whatever happens in it."""

    def __init__(self, store: Store, length: timedelta | None = None) -> None:
        """``length`` is how long a lease is held without being renewed, by default ``LEASE``."""
        self._store = store
        self._length = length
        self.identity = driver_identity()
        """The name that this process drives under."""
        self._held: dict[str, Lease] = {}
        self._left: dict[str, Lease] = {}
        """What could not be let go of, since the database was away."""

    @asynccontextmanager
    async def started(self, row: Mapping[str, Any], now: datetime) -> AsyncIterator[Lease]:
        """Start a run and hold it. Raises ``RunExists``."""
        lease = await self._kept(self._store.write(insert_run, row, self.identity, now, self._length))
        if lease is None:
            raise RunExists(row["id"])
        async with self.holding(lease):
            yield lease

    @asynccontextmanager
    async def taken(self, run: str, patience: float = 0.0) -> AsyncIterator[Lease]:
        """Hold a run, waiting so many seconds for another driver. Raises ``RunBusy`` or ``UnknownRun``."""
        async with self.holding(await self._take(run, patience)) as lease:
            yield lease

    @property
    def length(self) -> timedelta:
        """How long a lease is held without being renewed."""
        return self._length or LEASE

    @property
    def held(self) -> list[str]:
        """The runs that this process holds; may be asked from any thread."""
        return list(self._held)

    async def taken_new(self, runs: Sequence[str]) -> list[tuple[Lease, PinnedRun, str]]:
        """Take those of some queued runs that nobody has driven yet, with their workflows; to be held at once."""
        now = datetime.now(UTC)
        return await self._store.write(take_new, runs, self.identity, now, self.length)

    def was_let_go(self, lease: Lease) -> None:
        """The lease was let go of together with the last write."""
        self._forget(lease)

    async def keep(self) -> None:
        """Renew what is held, three times in the length of a lease, until cancelled."""
        while True:
            await asyncio.sleep(self.length.total_seconds() / 3)
            try:
                await self._store.write(renew_leases, self.identity, self.held, datetime.now(UTC), self._length)
            except DatabaseLost:
                pass  # it may come back before the leases end
            except Exception:
                logger.exception("Leases could not be renewed.")

    @asynccontextmanager
    async def holding(self, lease: Lease) -> AsyncIterator[Lease]:
        """Hold a lease that was taken for this process."""
        self._held[lease.run] = lease
        try:
            yield lease
        finally:
            if self._forget(lease):
                await asyncio.shield(self._let_go(lease))

    def _forget(self, lease: Lease) -> bool:
        """Hold a lease no longer; returns whether it was held, which it is not where this process took it over."""
        is_held = self._held.get(lease.run) == lease
        if is_held:
            del self._held[lease.run]
        return is_held

    async def _let_go(self, lease: Lease) -> None:
        try:
            await self._store.write(release_lease, lease)
        except DatabaseLost:
            self._left[lease.run] = lease

    async def _kept(self, writing: Coroutine[Any, Any, TakenT]) -> TakenT:
        """What was written; where this is cancelled meanwhile, a lease that comes of it is let go of first."""
        task = asyncio.ensure_future(writing)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            lease = await task
            if isinstance(lease, Lease):
                await self._store.write(release_lease, lease)
            raise

    async def _take(self, run: str, patience: float) -> Lease:
        until = asyncio.get_running_loop().time() + patience
        while True:
            holder = await self._store.read(driver_of, run)
            dead = [holder] if holder is not None and is_dead(holder) else []
            left, now = self._left.get(run), datetime.now(UTC)
            found = await self._kept(self._store.write(take_lease, run, self.identity, now, dead, left, self._length))
            if isinstance(found, Lease):
                self._left.pop(run, None)
                return found
            if asyncio.get_running_loop().time() >= until:
                raise RunBusy(run, found.driver, f"{found.until:%H:%M:%S} UTC")
            await asyncio.sleep(RETRY)
