"""The projection of a run's progress into the tables, so that lists and statistics never read a checkpoint.

It is idempotent: projecting the same progress twice changes nothing. All of it happens in one transaction, and only
while the driver still holds the run's lease.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select, update

from state.progress import Progress
from state.record import Record
from state.review import Question
from state.run import OPEN_STATUSES, RunStatus
from state.sql.inserts import Insert, Rows
from state.sql.keep import insert_or_keep
from state.sql.runs import Lease, update_run
from state.sql.tables import conflicts, executions, notes, outbox, records, reviews, runs

_RECORDS = Insert(records, "replace")
_NOTES = Insert(notes, "replace")
_EXECUTIONS = Insert(executions, "replace")
_CONFLICTS = Insert(conflicts, "replace")


@dataclass(frozen=True, slots=True)
class Effect:
    """A decision that is to be delivered."""

    name: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Projection:
    """What a driver knows about its run when it stops driving."""

    status: RunStatus
    progress: Progress
    questions: tuple[Question, ...]
    """The questions that are open now."""
    effects: tuple[Effect, ...]
    """What is delivered; empty unless the run is completed."""
    flagged: bool
    error: str | None
    at: datetime


def project(
    connection: Connection, lease: Lease, projection: Projection, afterwards: Literal["hold", "let go"]
) -> Rows:
    """Write a run's progress into the tables; the rows that it returns are inserted with it.

    Afterwards the driver holds the run, or lets go of it in the same transaction.

    Raises ``LeaseLost``, and then nothing is written.
    """
    run = lease.run
    free = {"driver": None, "lease_until": None} if afterwards == "let go" else {}
    row = update_run(connection, lease, {**_summary(projection), **free})
    if projection.questions or lease.fence > 1:
        _project_reviews(connection, run, projection)
    for effect in projection.effects:
        _project_effect(connection, row, effect, projection.at)
    return Rows(
        {
            insert: [insert.bind(connection.dialect, {"run": run, **row}) for row in rows]
            for insert, rows in _rows(projection.progress).items()
            if rows
        }
    )


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
    }


def review_id(run: str, question: str) -> str:
    """The id of the review of a question: sixteen hexadecimal digits of its run and key."""
    return hashlib.sha256(f"{run}\n{question}".encode()).hexdigest()[:16]


def _project_reviews(connection: Connection, run: str, projection: Projection) -> None:
    """Open a review for each open question, withdraw those that no longer stand, and count them all.

    A question that had been withdrawn and stands again is opened again.
    """
    opened = [_review(run, question, projection) for question in projection.questions]
    if opened:
        connection.execute(insert_or_keep(connection, reviews), opened)
    keys = [question.key for question in projection.questions]
    again = (reviews.c.run == run, reviews.c.status == "withdrawn", reviews.c.question.in_(keys))
    unanswered = dict.fromkeys(("answer", "answered_by", "answered_at", "applied_at"))
    connection.execute(update(reviews).where(*again).values(status="open", opened_at=projection.at, **unanswered))
    gone = (reviews.c.run == run, reviews.c.status.in_(("open", "claimed")), reviews.c.question.not_in(keys))
    connection.execute(update(reviews).where(*gone).values(status="withdrawn"))
    applied = [applied.answer.question for applied in projection.progress.answers]
    done = (reviews.c.run == run, reviews.c.applied_at.is_(None), reviews.c.question.in_(applied))
    connection.execute(update(reviews).where(*done).values(applied_at=projection.at))
    asked = select(func.count()).where(reviews.c.run == run).scalar_subquery()
    connection.execute(update(runs).where(runs.c.id == run).values(questions=asked))


def _review(run: str, question: Question, projection: Projection) -> dict[str, Any]:
    progress = projection.progress
    values = {name: progress.latest_value(name) for name in question.names}
    return {
        "id": review_id(run, question.key),
        "run": run,
        "question": question.key,
        "kind": question.kind,
        "names": list(question.names),
        "versions": question.versions,
        "payload": {"question": question.model_dump(mode="json"), "decisions": values},
        "status": "open",
        "priority": 0,
        "opened_at": projection.at,
    }


def _project_effect(connection: Connection, run: Row[Any], effect: Effect, at: datetime) -> None:
    """Put an effect into the outbox; content that differs from what the case was told before corrects that."""
    digest = _digest(effect.payload)
    same = (outbox.c.workflow == run.workflow, outbox.c.case_id == run.case_id, outbox.c.effect == effect.name)
    earlier = select(outbox.c.id).where(*same, outbox.c.digest != digest).order_by(outbox.c.created_at.desc()).limit(1)
    row = {
        "id": _digest([run.workflow, run.case_id, effect.name, digest])[:16],
        "workflow": run.workflow,
        "case_id": run.case_id,
        "effect": effect.name,
        "digest": digest,
        "run": run.id,
        "payload": effect.payload,
        "status": "pending",
        "created_at": at,
        "corrects": earlier.scalar_subquery(),
    }
    connection.execute(insert_or_keep(connection, outbox).values(row))


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
