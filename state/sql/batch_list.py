"""Lists of batches in SQL, each with where its runs stand."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from state.batch import BatchRow
from state.sql.tables import batches, quarantine, runs


def list_batches(connection: Connection, limit: int) -> list[BatchRow]:
    """Batches, newest first."""
    columns = (batches.c.id, batches.c.workflow, batches.c.source, batches.c.created_at)
    order = (batches.c.created_at.desc(), batches.c.id)
    found = connection.execute(select(*columns).order_by(*order).limit(limit)).all()
    ids = [row.id for row in found]
    standing, bad = _counts(connection, ids), _quarantined(connection, ids)
    return [BatchRow(**row._mapping, counts=standing.get(row.id, {}), quarantined=bad.get(row.id, 0)) for row in found]


def _counts(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    kind = (runs.c.batch, runs.c.status)
    query = select(*kind, func.count()).where(runs.c.batch.in_(ids)).group_by(*kind).order_by(*kind)
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for batch, status, count in connection.execute(query):
        counts[batch][status] = count
    return counts


def _quarantined(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    lines = func.count(quarantine.c.line.distinct())
    query = select(quarantine.c.batch, lines).where(quarantine.c.batch.in_(ids)).group_by(quarantine.c.batch)
    return {batch: count for batch, count in connection.execute(query)}
