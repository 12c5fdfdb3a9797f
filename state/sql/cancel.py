"""Cancelling in SQL: a run is closed on a person's word, whatever has become of its workflow's code."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from state.audit import Deed
from state.progress import Progress
from state.run import RunStatus
from state.sql.asking import put_questions
from state.sql.audit import append
from state.sql.effects import queue
from state.sql.fence import Lease
from state.sql.notices import notices
from state.sql.reviews import unapplied, withdraw
from state.sql.runs import held_run
from state.sql.tables import runs

CANCELLABLE: tuple[RunStatus, ...] = ("running", "waiting", "failed")
"""The statuses of runs that are not at their end."""


def cancel_run(connection: Connection, lease: Lease, by: str, reason: str, now: datetime) -> RunStatus:
    """Close the run that the lease holds, and let go of it. Raises ``LeaseLost``.

    Returns the status that it had. One that was at its end stays as it was, and held.
    """
    run = held_run(connection, lease)
    before: RunStatus = run.status
    if before not in CANCELLABLE:
        return before
    for _, review, _ in unapplied(connection, run.id):
        withdraw(connection, review, now)
    _, deeds = put_questions(connection, run.id, (), Progress(), now)
    pins = connection.execute(select(runs.c.pins).where(runs.c.id == run.id)).scalar_one()
    for notice in notices(run.id, run.workflow, pins, "rejected", run.journal_kept):
        deeds += queue(connection, run, notice, now)
    after = {"status": "rejected", "reason": reason}
    append(connection, run.id, [*deeds, Deed(now, "human", by, "closed", "run", {"status": before}, after)])
    values = {
        "status": "rejected",
        "error": f"cancelled by {by}: {reason}" if reason else f"cancelled by {by}",
        "updated_at": now,
        "ended_at": now,
        "driver": None,
        "lease_until": None,
        "queued_at": None,
    }
    connection.execute(update(runs).where(runs.c.id == run.id).values(values))
    return before
