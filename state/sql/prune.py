"""Pruning: the checkpoints of runs that ended long ago are deleted; decisions, ledger and audit trail are kept.

A run that failed can be retried from its last checkpoint, so it keeps them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, or_, select, update

from state.audit import Deed, Head, chained
from state.run import RunStatus
from state.sql.audit import audit_rows
from state.sql.inserts import Rows
from state.sql.tables import runs, saved_checkpoints, saved_writes
from state.sql.threads import threads_of

PIECE = 200
"""How many runs one transaction prunes, so that others get their turn in between."""

_PRUNED: tuple[RunStatus, ...] = ("completed", "rejected")


@dataclass(frozen=True, slots=True)
class Ended:
    """The runs that are pruned."""

    before: datetime
    """When they had ended."""
    workflow: str | None = None


@dataclass(frozen=True, slots=True)
class Prunable:
    """Runs of one workflow and status that can be pruned."""

    workflow: str
    status: RunStatus
    runs: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was pruned."""

    runs: int = 0
    checkpoints: int = 0
    files: int = 0
    """Kept files that nothing named any more."""
    size: int = 0
    """Bytes of those files."""


def prunable(connection: Connection, ended: Ended) -> list[Prunable]:
    """What there is to prune, by workflow and status."""
    kind = (runs.c.workflow, runs.c.status)
    query = select(*kind, func.count(), func.min(runs.c.ended_at))
    rows = connection.execute(query.where(*_conditions(ended)).group_by(*kind).order_by(*kind))
    return [Prunable(*row) for row in rows]


def prune_piece(connection: Connection, ended: Ended, by: str, now: datetime) -> Pruned:
    """Prune the next runs, those first that ended first; nobody is waited for who is at one of them."""
    free = or_(runs.c.driver.is_(None), runs.c.lease_until < now)
    query = select(runs.c.id, runs.c.audit_rows, runs.c.audit_head).where(*_conditions(ended), free)
    query = query.order_by(runs.c.ended_at, runs.c.id).limit(PIECE)
    found = connection.execute(query.with_for_update(skip_locked=True)).all()
    checkpoints = delete_checkpoints(connection, [row.id for row in found])
    _mark_pruned(connection, found, by, now)
    return Pruned(len(found), checkpoints)


def delete_checkpoints(connection: Connection, ids: Sequence[str]) -> int:
    """Delete all checkpoints and writes of some runs; returns how many checkpoints there were."""
    threads = threads_of(connection, ids)
    if not threads:
        return 0
    connection.execute(delete(saved_writes).where(saved_writes.c.thread.in_(threads)))
    return connection.execute(delete(saved_checkpoints).where(saved_checkpoints.c.thread.in_(threads))).rowcount


def _conditions(ended: Ended) -> list[ColumnElement[bool]]:
    conditions = [runs.c.status.in_(_PRUNED), runs.c.pruned_at.is_(None), runs.c.ended_at < ended.before]
    return conditions + ([runs.c.workflow == ended.workflow] if ended.workflow is not None else [])


def _mark_pruned(connection: Connection, found: Sequence[Any], by: str, now: datetime) -> None:
    """Write into each run and its trail that it was pruned, with two statements for all of them."""
    trails, ends = Rows({}), []
    for row in found:
        head, trail = chained(Head(row.audit_rows, row.audit_head), [Deed(now, "human", by, "pruned", "run")])
        trails.add(audit_rows(connection.dialect, row.id, trail))
        ends.append({"pruned": row.id, "rows": head.count, "head": head.hash})
    if ends:
        values = {"audit_rows": bindparam("rows"), "audit_head": bindparam("head"), "pruned_at": now}
        connection.execute(update(runs).where(runs.c.id == bindparam("pruned")).values(values), ends)
    trails(connection)
