"""Queued runs in SQL: started, or answered, and put on the queue in one transaction; a worker drives them.

Such a run is ``running`` with nobody who drives it, and ``queued_at`` says since when. Every driver that takes it to a
standstill takes that away; until then it is the queue's, and no sweep of others touches it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from state.audit import Deed, Head, chained
from state.job import Job
from state.review import Answer
from state.run import Pins
from state.sql.audit import append, audit_rows
from state.sql.effects import queue
from state.sql.fence import Lease, held
from state.sql.inserts import Rows, WithRows
from state.sql.jobs import enqueue
from state.sql.keep import insert_or_keep
from state.sql.notices import notices
from state.sql.reviews import accept
from state.sql.runs import PinnedRun, held_run
from state.sql.tables import runs


def start_queued(
    connection: Connection, rows: Sequence[Mapping[str, Any]], jobs: Sequence[Job], by: str, now: datetime
) -> WithRows[frozenset[str]]:
    """Start runs as their rows have them, and enqueue them; ``by`` is the process that does so.

    Returns the ids of those that are new. A run that was started before stays as it is, and out of the jobs.
    """
    starting = [_started(row, by, now) for row in rows]
    given = [values for values, _ in starting]
    inserted = insert_or_keep(connection, runs).returning(runs.c.id)
    new = frozenset(connection.execute(inserted, given).scalars()) if given else frozenset()
    enqueue(connection, [kept for job in jobs if (kept := job.only(new)).runs])
    trails = Rows({})
    for values, trail in starting:
        if values["id"] in new:
            trails.add(audit_rows(connection.dialect, values["id"], trail))
    return WithRows(new, trails)


def resume_queued(connection: Connection, jobs: Sequence[Job], now: datetime) -> None:
    """Have runs be driven on by workers."""
    ids = [run for job in jobs for run in job.runs]
    unended = (runs.c.id.in_(ids), runs.c.status.in_(("running", "waiting", "failed")))
    connection.execute(update(runs).where(*unended).values(queued_at=now, status="running"))
    enqueue(connection, jobs)


def accept_queued(connection: Connection, lease: Lease, review: str, answer: Answer, job: Job, now: datetime) -> None:
    """Accept an answer, let go of its run, and have a worker drive that on. Raises as ``accept`` does."""
    accept(connection, review, answer, now)
    let_go = {"driver": None, "lease_until": None, "status": "running", "queued_at": now, "updated_at": now}
    connection.execute(update(runs).where(held(lease)).values(let_go))
    enqueue(connection, [job])


def hold_to(connection: Connection, lease: Lease, pins: Pins, now: datetime) -> None:
    """Have a run that begins be pinned to something else than when it was put on the queue. Raises ``LeaseLost``."""
    run = held_run(connection, lease)
    before = connection.execute(select(runs.c.pins).where(runs.c.id == run.id)).scalar_one()
    connection.execute(update(runs).where(runs.c.id == run.id).values(pins=pins))
    append(connection, run.id, [Deed(now, "system", lease.driver, "repinned", "run", {"pins": before}, {"pins": pins})])


def give_up(connection: Connection, lease: Lease, reason: str, now: datetime) -> None:
    """Have a run fail that no worker can drive, and let go of it. Raises ``LeaseLost``."""
    run = held_run(connection, lease)
    after = {"status": "failed", "error": reason}
    pins = connection.execute(select(runs.c.pins).where(runs.c.id == run.id)).scalar_one()
    deeds = [Deed(now, "system", lease.driver, "failed", "run", {"status": run.status}, after)]
    for notice in notices(run.id, run.workflow, pins, "failed", run.journal_kept):
        deeds += queue(connection, run, notice, now)
    append(connection, run.id, deeds)
    let_go = {"driver": None, "lease_until": None, "queued_at": None, "updated_at": now, "ended_at": now}
    connection.execute(update(runs).where(held(lease)).values(status="failed", error=reason, **let_go))


def queued_among(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Those of some runs that are on the queue."""
    return frozenset(
        connection.execute(select(runs.c.id).where(runs.c.id.in_(ids), runs.c.queued_at.is_not(None))).scalars()
    )


def take_new(
    connection: Connection, ids: Sequence[str], driver: str, now: datetime, length: timedelta
) -> list[tuple[Lease, PinnedRun, str]]:
    """Take those of some queued runs that nobody has driven yet: the lease, the run and its workflow."""
    untouched = (runs.c.id.in_(ids), runs.c.status == "running", runs.c.fence == 0, runs.c.driver.is_(None))
    lease = {"driver": driver, "fence": 1, "lease_until": now + length}
    columns = [runs.c[name] for name in ("id", "status", "signature", "pins", "case_data", "seed", "workflow")]
    found = connection.execute(update(runs).where(*untouched).values(lease).returning(*columns))
    return [(Lease(row.id, driver, 1), PinnedRun(*row[:6]), row.workflow) for row in found]


def renew_apart(connection: Connection, driver: str, ids: Sequence[str], now: datetime, length: timedelta) -> None:
    """Renew leases beside the writer of the same process; a run that it is writing of is left out."""
    free = select(runs.c.id).where(runs.c.driver == driver, runs.c.id.in_(ids)).with_for_update(skip_locked=True)
    connection.execute(update(runs).where(runs.c.id.in_(free)).values(lease_until=now + length))


def _started(row: Mapping[str, Any], by: str, now: datetime) -> tuple[dict[str, Any], Sequence[Any]]:
    """A run's row and the beginning of its trail."""
    started = {name: row[name] for name in ("case_data", "pins")} | {"run": row["id"], "origin": row.get("origin")}
    head, trail = chained(Head(), [Deed(now, "system", by, "started", "run", after=started)])
    values = {"status": "running", "decisions": {}, **row, "queued_at": now, "created_at": now, "updated_at": now}
    return {**values, "audit_rows": head.count, "audit_head": head.hash}, trail
