"""The projection of a run's progress into the tables, so that lists and statistics never read a checkpoint.

It is idempotent: projecting the same progress twice changes nothing. All of it happens in one transaction, and only
while the driver still holds the run's lease.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Dialect, Row, update

from state.audit import Deed, Head, chained
from state.journal import HUB, deeds_of
from state.progress import Progress
from state.record import Record
from state.run import OPEN_STATUSES, RunStatus
from state.sql.asking import Asked, put_questions
from state.sql.audit import audit_rows
from state.sql.declaring import Declared, declare
from state.sql.effects import Effect, queue
from state.sql.fence import Lease
from state.sql.inserts import Insert, Rows
from state.sql.judgements import Judged, judgement_rows
from state.sql.runs import held_run
from state.sql.tables import conflicts, executions, notes, records, runs

_RECORDS = Insert(records, "replace")
_NOTES = Insert(notes, "replace")
_EXECUTIONS = Insert(executions, "replace")
_CONFLICTS = Insert(conflicts, "replace")

_LET_GO: dict[str, Any] = {"driver": None, "lease_until": None, "queued_at": None}
"""What becomes of a run that nobody drives any more, and that stands still."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What a driver knows about its run when it stops driving."""

    status: RunStatus
    progress: Progress
    asked: tuple[Asked, ...]
    """The questions that are open now."""
    effects: tuple[Effect, ...]
    """What is delivered; empty unless the run is completed."""
    flagged: bool
    error: str | None
    at: datetime
    declared: Declared = "nothing"
    """When the case is run again."""
    judged: Judged | None = None
    """What it says of the budget for attention, where it stands still."""


def project(
    connection: Connection, lease: Lease, projection: Projection, afterwards: Literal["hold", "let go"]
) -> Rows:
    """Write a run's progress into the tables; the rows that it returns are inserted with it.

    Afterwards the driver holds the run, or lets go of it in the same transaction.

    Raises ``LeaseLost``, and then nothing is written.
    """
    run = held_run(connection, lease)
    deeds = deeds_of(projection.progress, run.journal_kept, projection.at)
    values = _summary(projection) | (_LET_GO if afterwards == "let go" else {})
    if projection.asked or lease.fence > 1:
        values["questions"], done = put_questions(
            connection, run.id, projection.asked, projection.progress, projection.at
        )
        deeds += done
    rows = _rows_of(connection.dialect, run.id, projection.progress)
    if projection.judged is not None and run.origin is None:
        rows.add(judgement_rows(connection.dialect, projection.judged))
    for effect in projection.effects:
        deeds += queue(connection, run, effect, projection.at)
    deeds += declare(connection, run, projection.declared, projection.at)
    if projection.status != run.status:
        deeds.append(_standing(run, projection))
    head, trail = chained(Head(run.audit_rows, run.audit_head), deeds)
    rows.add(audit_rows(connection.dialect, run.id, trail))
    values |= {"audit_rows": head.count, "audit_head": head.hash, "journal_kept": len(projection.progress.journal)}
    connection.execute(update(runs).where(runs.c.id == run.id).values(values))
    return rows


def _standing(run: Row[Any], projection: Projection) -> Deed:
    after = {"status": projection.status, "error": projection.error}
    return Deed(projection.at, "system", HUB, projection.status, "run", {"status": run.status}, after)


def _rows_of(dialect: Dialect, run: str, progress: Progress) -> Rows:
    """The rows of the tables that a run's progress fills."""
    by_insert = _rows(progress).items()
    return Rows({insert: [insert.bind(dialect, {"run": run, **row}) for row in rows] for insert, rows in by_insert})


def _summary(projection: Projection) -> dict[str, Any]:
    progress, spent = projection.progress, projection.progress.executions
    ended = projection.status not in OPEN_STATUSES
    return {
        "status": projection.status,
        "decisions": {name: value for name in progress.records if (value := progress.latest_value(name))},
        "flagged": projection.flagged,
        "model_calls": sum(execution.model is not None for execution in spent),
        "tokens_in": sum(execution.tokens_in for execution in spent),
        "tokens_out": sum(execution.tokens_out for execution in spent),
        "cost": sum(execution.cost for execution in spent),
        "error": projection.error,
        "updated_at": projection.at,
        "ended_at": projection.at if ended else None,
    }


def _rows(progress: Progress) -> dict[Insert, list[dict[str, Any]]]:
    return {
        _RECORDS: [_record_row(record) for versions in progress.records.values() for record in versions],
        _NOTES: [
            {"decision": name, "ordinal": ordinal, **note.model_dump(exclude={"at"}), "made_at": note.at}
            for name, written in progress.notes.items()
            for ordinal, note in enumerate(written)
        ],
        _EXECUTIONS: [{"ordinal": ordinal, **dict(execution)} for ordinal, execution in enumerate(progress.executions)],
        _CONFLICTS: [
            {"ordinal": ordinal, **dict(rung), "decided_by": rung.by} for ordinal, rung in enumerate(progress.rungs)
        ],
    }


def _record_row(record: Record) -> dict[str, Any]:
    return {
        **dict(record),
        "maker_kind": record.maker.kind,
        "maker": record.maker.name,
        "confidence": record.confidence,
        "provenance": record.provenance.told(),
    }
