"""Runs in SQL: started once, driven by one driver at a time, and projected from their progress.

The lease is a compare-and-set on the run's row with a fencing token: whoever takes it raises the token, and every
later write of a driver names the token that it holds, inside the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from state.audit import Deed, Head, chained
from state.errors import LeaseLost, UnknownRun
from state.run import Pins, RunFilter, RunRow, RunStatus
from state.sql.audit import append, audit_rows
from state.sql.checkpoint_upkeep import delete_threads
from state.sql.fence import Lease, held
from state.sql.inserts import Rows, WithRows
from state.sql.keep import insert_or_keep
from state.sql.tables import runs, signatures
from state.sql.tombstones import refuse_forgotten, statuses_of_forgotten

LEASE = timedelta(seconds=60)
"""How long a driver holds a run without renewing its lease."""


_TRAIL = ("journal_kept", "audit_rows", "audit_head")
"""How far a run's audit trail has come."""


@dataclass(frozen=True, slots=True)
class PinnedRun:
    """What a driver must know of a run before it drives it."""

    id: str
    status: RunStatus
    signature: str
    pins: Pins
    case: Mapping[str, Any]
    seed: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a run's lease, and until when."""

    driver: str
    until: datetime


def insert_run(
    connection: Connection, row: Mapping[str, Any], driver: str, now: datetime, length: timedelta | None = None
) -> WithRows[Lease | None]:
    """Start a run and take its lease, for a ``length``; None where a run of that id was started before."""
    lease = {"driver": driver, "fence": 1, "lease_until": now + (length or LEASE)}
    started = {name: row[name] for name in ("case_data", "pins")} | {"run": row["id"], "origin": row.get("origin")}
    head, trail = chained(Head(), [Deed(now, "system", driver, "started", "run", after=started)])
    given = {"status": "running", "decisions": {}, **row, **lease, "created_at": now, "updated_at": now}
    given |= {"audit_rows": head.count, "audit_head": head.hash}
    inserted = connection.execute(insert_or_keep(connection, runs).values(given).returning(runs.c.fence))
    if inserted.scalar_one_or_none() is None:
        return WithRows(None, Rows({}))
    return WithRows(Lease(row["id"], driver, 1), audit_rows(connection.dialect, row["id"], trail))


def is_free(driver: str | None, until: datetime | None, now: datetime) -> bool:
    """Whether a run may be taken over, as far as its row says: nobody has it, or its lease ran out.

    A lease that ends later than one can is from before the clock was set back. Its driver may live; the fence sees
    to it that two never write.
    """
    return driver is None or until is None or not now <= until <= now + 2 * LEASE


def take_lease(
    connection: Connection,
    run: str,
    driver: str,
    now: datetime,
    dead: Sequence[str] = (),
    left: Lease | None = None,
    length: timedelta | None = None,
) -> Lease | Holder:
    """Take over a run that nobody drives, or whose driver is in ``dead``; else who holds it. Raises ``UnknownRun``.

    ``left`` is a lease that its driver has left without being able to say so.
    """
    before = select(runs.c.driver, runs.c.lease_until, runs.c.fence).where(runs.c.id == run).with_for_update()
    row = connection.execute(before).one_or_none()
    if row is None:
        raise UnknownRun(run)
    is_left = left is not None and (left.driver, left.fence) == (row.driver, row.fence)
    if not is_left and row.driver not in dead and not is_free(row.driver, row.lease_until, now):
        return Holder(row.driver, row.lease_until)
    lease = Lease(run, driver, row.fence + 1)
    values = {"driver": driver, "fence": lease.fence, "lease_until": now + (length or LEASE)}
    connection.execute(update(runs).where(runs.c.id == run, runs.c.fence == row.fence).values(values))
    if row.driver is not None:
        after = {"driver": driver, "fence": lease.fence}
        append(connection, run, [Deed(now, "system", driver, "taken_over", "run", {"driver": row.driver}, after)])
    return lease


def renew_leases(
    connection: Connection, driver: str, held: Sequence[str], now: datetime, length: timedelta | None = None
) -> None:
    """Hold on to the runs that the driver is at."""
    mine = (runs.c.driver == driver, runs.c.id.in_(held))
    connection.execute(update(runs).where(*mine).values(lease_until=now + (length or LEASE)))


def release_lease(connection: Connection, lease: Lease) -> None:
    """Let go of a run; nothing happens where another driver has it."""
    connection.execute(update(runs).where(held(lease)).values(driver=None, lease_until=None))


def held_run(connection: Connection, lease: Lease) -> Row[Any]:
    """What a driver must know of its run, which stays so until the transaction ends. Raises ``LeaseLost``."""
    columns = [runs.c[name] for name in ("id", "workflow", "case_id", "status", "origin", *_TRAIL)]
    row = connection.execute(select(*columns).where(held(lease)).with_for_update()).one_or_none()
    if row is None:
        raise LeaseLost(lease.run)
    return row


def find_run(connection: Connection, run: str) -> Row[Any]:
    """The run's row: by its id, the newest of a case's id that is no fork, or the only one that begins so.

    Raises ``UnknownRun``.
    """
    newest = select(runs).order_by(runs.c.origin.is_not(None), runs.c.created_at.desc()).limit(1)
    for exactly in (runs.c.id == run, runs.c.case_id == run):
        row = connection.execute(newest.where(exactly)).one_or_none()
        if row is not None:
            return row
    refuse_forgotten(connection, run)
    begins_so = select(runs).where(runs.c.id.startswith(run, autoescape=True)).order_by(runs.c.id).limit(3)
    rows = connection.execute(begins_so).all()
    if len(rows) != 1:
        raise UnknownRun(run, [row.id for row in rows])
    return rows[0]


def pinned_run(connection: Connection, run: str) -> PinnedRun:
    """What a driver must know of a run, by its id or the beginning of it. Raises ``UnknownRun``."""
    row = find_run(connection, run)
    return PinnedRun(row.id, row.status, row.signature, row.pins, row.case_data, row.seed)


def begin_anew(connection: Connection, lease: Lease, pins: Pins, seed: Mapping[str, Any] | None, leaves: str) -> None:
    """Have a run begin from a seed when it is driven next, and leave a thread of checkpoints. Raises ``LeaseLost``."""
    held_run(connection, lease)
    connection.execute(update(runs).where(runs.c.id == lease.run).values(pins=pins, seed=seed))
    delete_threads([leaves])(connection)


def driver_of(connection: Connection, run: str) -> str | None:
    """Who drives the run, as far as its row says."""
    driver: str | None = connection.execute(select(runs.c.driver).where(runs.c.id == run)).scalar_one_or_none()
    return driver


def running(connection: Connection, limit: int) -> list[tuple[str, str | None, datetime | None]]:
    """The runs that are driven, or were cut off, and are not the queue's: (run, driver, end of its lease), by age."""
    query = select(runs.c.id, runs.c.driver, runs.c.lease_until)
    query = query.where(runs.c.status == "running", runs.c.queued_at.is_(None))
    return [tuple(row) for row in connection.execute(query.order_by(runs.c.created_at).limit(limit))]


def statuses(connection: Connection, ids: Sequence[str]) -> dict[str, RunStatus]:
    """The status of those of the runs that exist, or were forgotten."""
    rows = connection.execute(select(runs.c.id, runs.c.status).where(runs.c.id.in_(ids)))
    found: dict[str, RunStatus] = {row.id: row.status for row in rows}
    return found | statuses_of_forgotten(connection, [each for each in ids if each not in found])


def list_runs(connection: Connection, chosen: RunFilter, limit: int, offset: int = 0) -> list[RunRow]:
    """Runs, newest first; those of a batch in the order of its file."""
    order = [runs.c.position] if chosen.batch else [runs.c.created_at.desc(), runs.c.id]
    # the page is found in an index alone, and only then are its rows read
    page = select(runs.c.id).where(*fitting(chosen)).order_by(*order).limit(limit).offset(offset)
    columns = [runs.c[name] for name in RunRow.model_fields]
    return [run_row(row) for row in connection.execute(select(*columns).where(runs.c.id.in_(page)).order_by(*order))]


def count_runs(connection: Connection, chosen: RunFilter) -> int:
    """How many runs there are."""
    count: int = connection.execute(select(func.count()).select_from(runs).where(*fitting(chosen))).scalar_one()
    return count


def count_by_status(connection: Connection, chosen: RunFilter) -> dict[str, int]:
    """How many runs there are in each status."""
    query = select(runs.c.status, func.count()).where(*fitting(chosen)).group_by(runs.c.status)
    return {status: count for status, count in connection.execute(query)}


def fitting(chosen: RunFilter) -> list[ColumnElement[bool]]:
    """What holds of the runs that a filter means."""
    named = {name: getattr(chosen, name) for name in ("workflow", "status", "batch", "flagged")}
    conditions: list[ColumnElement[bool]] = [runs.c[name] == each for name, each in named.items() if each is not None]
    if chosen.text:
        conditions.append(or_(*(runs.c[name].icontains(chosen.text, autoescape=True) for name in ("id", "case_id"))))
    if chosen.asked is not None:
        conditions.append(runs.c.questions > 0 if chosen.asked else runs.c.questions == 0)
    if chosen.since is not None:
        conditions.append(runs.c.created_at >= chosen.since)
    if chosen.origin != "any":
        conditions.append(runs.c.origin.is_(None) if chosen.origin == "originals" else runs.c.origin.is_not(None))
    return conditions


def run_row(row: Row[Any]) -> RunRow:
    """A row of the table as a list shows it."""
    return RunRow.model_validate({name: getattr(row, name) for name in RunRow.model_fields})


def keep_signature(connection: Connection, signature: str, workflow: str, parts: Mapping[str, str]) -> None:
    """Keep what a workflow's signature stands for; nothing happens where it is known."""
    known = connection.execute(select(signatures.c.id).where(signatures.c.id == signature)).scalar_one_or_none()
    if known is None:
        row = {"id": signature, "workflow": workflow, "parts": dict(parts)}
        connection.execute(insert_or_keep(connection, signatures), row)


def newest_signature(connection: Connection, workflow: str) -> str | None:
    """The signature of a workflow's newest run that is no fork; None where it has no runs."""
    newest = select(runs.c.signature).where(runs.c.workflow == workflow, runs.c.origin.is_(None))
    found: str | None = connection.execute(newest.order_by(runs.c.created_at.desc()).limit(1)).scalar_one_or_none()
    return found


def signature_parts(connection: Connection, signature: str) -> dict[str, str] | None:
    """What a signature stands for; None where it is not known."""
    parts: dict[str, str] | None = connection.execute(
        select(signatures.c.parts).where(signatures.c.id == signature)
    ).scalar_one_or_none()
    return parts
