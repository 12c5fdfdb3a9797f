"""A migration in SQL: a run begins anew from what is carried, in one transaction, or stays as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from state.audit import Deed
from state.progress import Progress
from state.run import OPEN_STATUSES, Pins, RunStatus
from state.sql.audit import append
from state.sql.checkpoint_upkeep import delete_threads
from state.sql.fence import Lease
from state.sql.projection import Projection, project
from state.sql.tables import conflicts, notes, records, runs

MIGRATED: tuple[RunStatus, ...] = (*OPEN_STATUSES, "failed")
"""The statuses of runs that are migrated; a finished one stands as it is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that is migrated if its workflow has another signature now."""

    id: str
    workflow: str
    profile: str | None
    signature: str


@dataclass(frozen=True, slots=True)
class Restart:
    """What a run begins anew with."""

    pins: Pins
    """With the signature, and the thread of its checkpoints from now on."""
    seed: Mapping[str, Any]
    """The progress that it begins with, as plain JSON."""
    decisions: frozenset[str]
    """What the workflow decides now."""
    before: Progress
    """All that the run had come to."""
    leaves: str
    """The thread of the checkpoints that it goes on from no more."""
    deed: Deed
    """Who did it, and what became of what."""


def candidates(connection: Connection, workflow: str | None, batch: str | None) -> list[Candidate]:
    """The runs of a workflow, a batch or both that are not finished, oldest first."""
    wanted = {"workflow": workflow, "batch": batch}
    query = select(runs.c.id, runs.c.workflow, runs.c.pins, runs.c.signature).where(runs.c.status.in_(MIGRATED))
    query = query.where(*(runs.c[name] == value for name, value in wanted.items() if value is not None))
    rows = connection.execute(query.order_by(runs.c.created_at, runs.c.id))
    return [Candidate(row.id, row.workflow, row.pins.get("profile"), row.signature) for row in rows]


def restart(connection: Connection, lease: Lease, anew: Restart) -> None:
    """Have a run begin anew; whoever drives it next begins with the seed. Its open questions are withdrawn.

    The tables are brought up to date with what it had come to first, so that its trail has all of that.

    Raises ``LeaseLost``, and then nothing is written.
    """
    project(connection, lease, _standing(connection, lease.run, anew), "hold")(connection)
    values = {
        "signature": anew.pins.get("signature"),
        "pins": anew.pins,
        "seed": anew.seed,
        "status": "running",
        "error": None,
        "ended_at": None,
        "updated_at": anew.deed.at,
    }
    connection.execute(update(runs).where(runs.c.id == lease.run).values(values))
    _forget(connection, lease.run, anew)
    append(connection, lease.run, [anew.deed])


def _standing(connection: Connection, run: str, anew: Restart) -> Projection:
    """The run as it stands, with no question that is open."""
    columns = (runs.c.status, runs.c.flagged, runs.c.error)
    row = connection.execute(select(*columns).where(runs.c.id == run)).one()
    return Projection(
        status=row.status,
        progress=anew.before,
        asked=(),
        effects=(),
        flagged=row.flagged,
        error=row.error,
        at=anew.deed.at,
    )


def _forget(connection: Connection, run: str, anew: Restart) -> None:
    """Take out what is not carried, so that the tables tell of nothing else; the trail keeps what there was."""
    for table in (records, notes):
        gone = (table.c.run == run, table.c.decision.not_in(anew.decisions))
        connection.execute(delete(table).where(*gone))
    # rungs are numbered within the run, and fewer of them would leave old ones behind
    connection.execute(delete(conflicts).where(conflicts.c.run == run))
    delete_threads([anew.leaves])(connection)
