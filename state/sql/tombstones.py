"""Tombstones: what is left of the ids of a case that was forgotten, so that nothing is made of them again.

A digest tells whether an id that somebody gives is one that was forgotten; it does not give the id back.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from state.errors import CaseForgotten
from state.run import RunStatus
from state.sql.keep import insert_or_keep
from state.sql.tables import runs, tombstones


def run_digest(run: str) -> str:
    """What a run's id is known by once it is forgotten: 32 hexadecimal digits."""
    return hashlib.sha256(run.encode()).hexdigest()[:32]


def case_digest(workflow: str, case: str) -> str:
    """What a case's id within a workflow is known by once it is forgotten: 32 hexadecimal digits."""
    return hashlib.sha256(f"{workflow}\n{case}".encode()).hexdigest()[:32]


def insert_tombstone(
    connection: Connection, run: str, workflow: str, case: str, pseudonym: str, by: str, now: datetime
) -> None:
    """Keep that a run was forgotten, and under which pseudonym its figures are."""
    row = {
        "id": run_digest(run),
        "run": pseudonym,
        "workflow": workflow,
        "case_digest": case_digest(workflow, case),
        "forgotten_by": by,
        "forgotten_at": now,
    }
    connection.execute(insert_or_keep(connection, tombstones), row)


def statuses_of_forgotten(connection: Connection, ids: Sequence[str]) -> dict[str, RunStatus]:
    """The status of those of the runs that were forgotten."""
    by_digest = {run_digest(each): each for each in ids}
    query = select(tombstones.c.id, runs.c.status).join(runs, runs.c.id == tombstones.c.run)
    if not by_digest:
        return {}
    rows = connection.execute(query.where(tombstones.c.id.in_(by_digest)))
    return {by_digest[row.id]: row.status for row in rows}


def refuse_forgotten_run(connection: Connection, run: str) -> None:
    """Raise ``CaseForgotten`` where that is the id that a forgotten run had."""
    _refuse(connection, run, tombstones.c.id == run_digest(run))


def refuse_forgotten(connection: Connection, name: str) -> None:
    """Raise ``CaseForgotten`` where that is the id that a forgotten run or case had."""
    _refuse(connection, name, or_(tombstones.c.id == run_digest(name), was_forgotten(connection, name)))


def was_forgotten(connection: Connection, case: str, workflow: str | None = None) -> ColumnElement[bool]:
    """Whether a tombstone is that of a case's id; without a workflow, in any of them."""
    known = [workflow] if workflow else connection.execute(select(tombstones.c.workflow).distinct()).scalars()
    return tombstones.c.case_digest.in_([case_digest(each, case) for each in known])


def _refuse(connection: Connection, name: str, which: ColumnElement[bool]) -> None:
    query = select(tombstones).where(which).order_by(tombstones.c.forgotten_at.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    if found is not None:
        raise CaseForgotten(name, found.forgotten_by, f"{found.forgotten_at:%Y-%m-%d %H:%M:%S} UTC")
