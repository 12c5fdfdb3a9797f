"""Lists of batches in SQL, each with where its runs stand."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from state.batch import BatchRow
from state.sql.pausing import standing_of
from state.sql.tables import batches, quarantine, runs


def list_batches(connection: Connection, limit: int, only: str | None = None) -> list[BatchRow]:
    """Batches, newest first; or the only one of that id."""
    columns = (batches.c.id, batches.c.workflow, batches.c.source, batches.c.created_at)
    stops = (batches.c.paused_at, batches.c.cancelled_at)
    which = [] if only is None else [batches.c.id == only]
    order = (batches.c.created_at.desc(), batches.c.id)
    found = connection.execute(select(*columns, *stops).where(*which).order_by(*order).limit(limit)).all()
    ids = [row.id for row in found]
    counts, bad, queued = _counts(connection, ids), _quarantined(connection, ids), _queued(connection, ids)
    return [
        BatchRow(
            **{column.name: getattr(row, column.name) for column in columns},
            counts=counts.get(row.id, {}),
            quarantined=bad.get(row.id, 0),
            standing=standing_of(row.paused_at, row.cancelled_at),
            queued=queued.get(row.id, 0),
        )
        for row in found
    ]


def _counts(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    kind = (runs.c.batch, runs.c.status)
    query = select(*kind, func.count()).where(runs.c.batch.in_(ids)).group_by(*kind).order_by(*kind)
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for batch, status, count in connection.execute(query):
        counts[batch][status] = count
    return counts


def _queued(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    waiting = (runs.c.batch.in_(ids), runs.c.queued_at.is_not(None), runs.c.driver.is_(None))
    query = select(runs.c.batch, func.count()).where(*waiting).group_by(runs.c.batch)
    return {batch: count for batch, count in connection.execute(query)}


def _quarantined(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    lines = func.count(quarantine.c.line.distinct())
    query = select(quarantine.c.batch, lines).where(quarantine.c.batch.in_(ids)).group_by(quarantine.c.batch)
    return {batch: count for batch, count in connection.execute(query)}
