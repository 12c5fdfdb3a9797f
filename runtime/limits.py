"""The shared limits: whoever begins something that is limited holds a place of it, on whatever machine.

What is declared is read again every few seconds, in one query, while something begins; a scope without a limit costs
nothing more. A place ends by itself a minute after whoever holds it has died.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic

from runtime.identity import driver_identity
from state.errors import DatabaseLost
from state.limit import Limit
from state.sql.limits import free_slot, list_limits, renew_slots, take_slot, take_token
from state.sql.store import Store

logger = logging.getLogger(__name__)

FRESH = 2.0
"""Seconds after which what is declared is read again."""

HELD = 60.0
"""Seconds that a place is held without being renewed."""

SHORTEST, LONGEST = 0.05, 1.0
"""Seconds between two tries to get a place: more and more, as long as all are held."""


class Limits:
    """The limits that are declared in a database, and the places that this process holds."""

    def __init__(self, store: Store, holder: str | None = None) -> None:
        self.holder = holder or driver_identity()
        """Whose places they are; those of a dead one can be freed by it."""
        self._store = store
        self._declared: Mapping[str, Limit] = {}
        self._read_at = -FRESH
        self._reading = asyncio.Lock()
        self._held: set[str] = set()
        self._renewing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def place(self, scope: str) -> AsyncIterator[float]:
        """Hold a place of a scope, once there is one; it is told how many seconds that took."""
        began = monotonic()
        if await self._limit(scope) is None:
            yield 0.0
            return
        slot = await self._slot(scope)
        try:
            await self._token(scope)
            yield monotonic() - began
        finally:
            if slot is not None:
                await asyncio.shield(self._let_go(slot))

    async def room(self, scope: str) -> int | None:
        """How many places of a scope are free now; None where they are not limited."""
        known = await self._limit(scope)
        if known is None or known.at_once is None:
            return None
        rows = {row.scope: row for row in await self._store.read(list_limits)}
        row = rows.get(scope)
        return None if row is None or row.at_once is None else max(0, row.at_once - row.held)

    async def _limit(self, scope: str) -> Limit | None:
        if monotonic() - self._read_at >= FRESH:
            async with self._reading:
                if monotonic() - self._read_at >= FRESH:
                    self._declared = {row.scope: row for row in await self._store.read(list_limits)}
                    self._read_at = monotonic()
        return self._declared.get(scope)

    async def _slot(self, scope: str) -> str | None:
        """A place, once there is one; None where places are not counted."""
        pause = SHORTEST
        while (limit := await self._limit(scope)) is not None and limit.at_once is not None:
            taking = asyncio.ensure_future(self._store.write_alone(take_slot, scope, self.holder, HELD))
            try:
                slot = await asyncio.shield(taking)
            except asyncio.CancelledError:
                await self._let_go(await taking)
                raise
            if slot is not None:
                self._keep(slot)
                return slot
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that not all ask at once
            pause = min(LONGEST, pause * 1.5)
        return None

    async def _token(self, scope: str) -> None:
        """Wait until the rate lets another one begin."""
        while (limit := await self._limit(scope)) is not None and limit.per_minute is not None:
            wait = await self._store.write_alone(take_token, limit)
            await asyncio.sleep(LONGEST if wait is None else wait)
            if wait is not None:
                return

    def _keep(self, slot: str) -> None:
        self._held.add(slot)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        """Hold on to the places, four times in the length of one, as long as there are any."""
        while self._held:
            await asyncio.sleep(HELD / 4)
            try:
                await self._store.write_alone(renew_slots, self.holder, list(self._held), HELD)
            except DatabaseLost:
                pass  # it may come back before the places end
            except Exception:
                logger.exception("Places of limits could not be renewed.")

    async def _let_go(self, slot: str | None) -> None:
        if slot is None:
            return
        self._held.discard(slot)
        if not self._held and self._renewing is not None:
            self._renewing.cancel()
        try:
            await self._store.write_alone(free_slot, slot)
        except DatabaseLost:
            logger.warning("A place of a limit could not be let go of; it ends by itself in %.0f s.", HELD)
