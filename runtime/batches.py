"""Batches on the queue: paused, resumed and cancelled as a whole, and held back where too many runs wait already."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from runtime.bulk import several
from state.errors import UsageError
from state.run import RunRow
from state.sql.pausing import FoundBatch, close, find_batch, not_begun, pause, resume
from state.sql.store import Store
from state.sql.workers import count_waiting

logger = logging.getLogger(__name__)

AT_ONCE = 16
"""How many runs are closed at the same time."""

CHUNK = 500
"""How many runs are looked up at a time."""

LOOK = 0.5
"""Seconds between two looks whether the queue has become shorter."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What came of cancelling a batch."""

    batch: FoundBatch
    closed: int
    """How many runs were closed that had not begun."""


class Batches:
    """The batches of one database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def pause(self, batch: str) -> FoundBatch:
        """Have no more of its runs begin. Raises ``UsageError``."""
        return await self._store.write(pause, batch, datetime.now(UTC))

    async def resume(self, batch: str) -> FoundBatch:
        """Have its runs begin again. Raises ``UsageError``."""
        return await self._store.write(resume, batch)

    async def cancel(self, batch: str, cancel_one: Callable[[str], Awaitable[RunRow]]) -> Closed:
        """Close the runs that have not begun, and let those under way end. Raises ``UsageError``.

        ``cancel_one`` closes a run; one that a worker has taken meanwhile is let be.
        """
        found = await self._store.write(close, batch, datetime.now(UTC))
        closed, left = 0, frozenset[str]()
        while True:
            waiting = await self._store.read(not_begun, found.id, CHUNK + len(left))
            chosen = [run for run in waiting if run.id not in left]
            if not chosen:
                return Closed(found, closed)
            touched = await several(cancel_one, chosen, AT_ONCE)
            closed += sum(each.result == "rejected" for each in touched)
            left |= {each.run.id for each in touched if each.result != "rejected"}

    async def room(self, batch: str, workflow: str, limit: int, tell: Callable[[str], None] | None = None) -> None:
        """Wait until fewer runs of a workflow are on the queue than the limit, and the batch may go on.

        Raises ``UsageError`` where the batch was cancelled.
        """
        said = False
        while True:
            found = await self._store.read(find_batch, batch)
            if found.standing == "cancelled":
                raise UsageError(f"Batch {found.id!r} was cancelled. To run its file again, give --fresh.")
            waiting = await self._store.read(count_waiting, workflow)
            if waiting < limit and found.standing == "going":
                return
            if tell is not None and not said:
                why = f"{waiting:,} runs of {workflow} wait" if waiting >= limit else "the batch is paused"
                tell(f"Waiting with the rest: {why}.")
                said = True
            await asyncio.sleep(LOOK)
