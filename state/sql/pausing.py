"""Batches that somebody pauses, has go on, or cancels, in SQL.

A paused batch keeps its runs on the queue, and no worker begins one. One that is cancelled gets no more runs, and those
that nobody has begun are closed; what is under way goes to its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from state.batch import BatchStanding
from state.errors import UsageError
from state.sql.choice import ChosenRun
from state.sql.jobs import offer_again
from state.sql.tables import batches, runs


@dataclass(frozen=True, slots=True)
class FoundBatch:
    """A batch, and whether its runs may begin."""

    id: str
    workflow: str
    standing: BatchStanding


def find_batch(connection: Connection, name: str) -> FoundBatch:
    """A batch, by its id or the only one that begins so. Raises ``UsageError``."""
    columns = (batches.c.id, batches.c.workflow, batches.c.paused_at, batches.c.cancelled_at)
    for which in (batches.c.id == name, batches.c.id.startswith(name, autoescape=True)):
        found = connection.execute(select(*columns).where(which).limit(2)).all() if name else []
        if len(found) == 1:
            return FoundBatch(found[0].id, found[0].workflow, standing_of(found[0].paused_at, found[0].cancelled_at))
    raise UsageError(f"Batch {name!r:.80} does not exist, or is not the only one. 'roundhouse batch' lists them.")


def pause(connection: Connection, batch: str, now: datetime) -> FoundBatch:
    """Have no more runs of a batch begin. Raises ``UsageError`` where it is not going."""
    return _changed(connection, batch, "going", "paused", {"paused_at": now})


def resume(connection: Connection, batch: str) -> FoundBatch:
    """Have runs of a paused batch begin again. Raises ``UsageError`` where it is not paused."""
    found = _changed(connection, batch, "paused", "going", {"paused_at": None})
    offer_again(connection, found.workflow)
    return found


def close(connection: Connection, batch: str, now: datetime) -> FoundBatch:
    """Have a batch get no more runs; one that is closed stays so. Raises ``UsageError`` where there is none."""
    found = find_batch(connection, batch)
    open_still = (batches.c.id == found.id, batches.c.cancelled_at.is_(None))
    connection.execute(update(batches).where(*open_still).values(cancelled_at=now))
    return FoundBatch(found.id, found.workflow, "cancelled")


def held_back(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Those of some runs that are not to be driven now: their batch is paused, or cancelled before they began."""
    joined = select(runs.c.id).join(batches, batches.c.id == runs.c.batch)
    stopped = batches.c.paused_at.is_not(None) | (batches.c.cancelled_at.is_not(None) & (runs.c.fence == 0))
    return frozenset(connection.execute(joined.where(runs.c.id.in_(ids), stopped)).scalars())


def not_begun(connection: Connection, batch: str, limit: int) -> list[ChosenRun]:
    """Runs of a batch that wait on the queue and that nobody has ever driven, in the order of its file."""
    untouched = (runs.c.status == "running", runs.c.queued_at.is_not(None), runs.c.driver.is_(None), runs.c.fence == 0)
    columns = [runs.c[name] for name in ChosenRun.__dataclass_fields__]
    query = select(*columns).where(runs.c.batch == batch, *untouched).order_by(runs.c.position).limit(limit)
    return [ChosenRun(**row._mapping) for row in connection.execute(query)]


def standing_of(paused_at: datetime | None, cancelled_at: datetime | None) -> BatchStanding:
    """Whether the runs of a batch may begin."""
    if cancelled_at is not None:
        return "cancelled"
    return "paused" if paused_at is not None else "going"


def _changed(
    connection: Connection, name: str, before: BatchStanding, after: BatchStanding, values: dict[str, datetime | None]
) -> FoundBatch:
    found = find_batch(connection, name)
    if found.standing != before:
        raise UsageError(f"Batch {found.id!r} is {found.standing}, so it cannot be {_DEEDS[after]}.")
    connection.execute(update(batches).where(batches.c.id == found.id).values(values))
    return FoundBatch(found.id, found.workflow, after)


_DEEDS = {"paused": "paused", "going": "resumed", "cancelled": "cancelled"}
