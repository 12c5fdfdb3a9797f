"""The projection of a run's progress into the tables, so that lists and statistics never read a checkpoint.

It is idempotent: projecting the same progress twice changes nothing. All of it happens in one transaction, and only
while the driver still holds the run's lease.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from state.progress import Progress
from state.review import Question
from state.run import OPEN_STATUSES, RunStatus
from state.sql.keep import insert_or_keep
from state.sql.runs import Lease, update_run
from state.sql.tables import conflicts, executions, notes, outbox, records, reviews, runs


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


def project(connection: Connection, lease: Lease, projection: Projection) -> None:
    """Write a run's progress into the tables and let go of its lease. Raises ``LeaseLost``."""
    progress, run = projection.progress, lease.run
    update_run(connection, lease, {**_summary(projection), "driver": None, "lease_until": None})
    if lease.fence > 1:
        for table in (records, notes, executions, conflicts):
            connection.execute(delete(table).where(table.c.run == run))
    _insert(connection, records, _record_rows(run, progress))
    _insert(connection, notes, _note_rows(run, progress))
    _insert(connection, executions, _execution_rows(run, progress))
    _insert(connection, conflicts, _conflict_rows(run, progress))
    if projection.questions or lease.fence > 1:
        _project_reviews(connection, run, projection)
    _project_effects(connection, run, projection)


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


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(table.insert(), rows)


def _record_rows(run: str, progress: Progress) -> list[dict[str, Any]]:
    return [
        {
            "run": run,
            "decision": name,
            "version": record.version,
            "outcome": record.outcome,
            "maker_kind": record.maker.kind,
            "maker": record.maker.name,
            "built_from": record.built_from,
            "notes_seen": record.notes_seen,
            "value": record.value,
            "confidence": record.confidence,
            "reason": record.reason,
            "made_at": record.made_at,
        }
        for name, versions in progress.records.items()
        for record in versions
    ]


def _note_rows(run: str, progress: Progress) -> list[dict[str, Any]]:
    return [
        {
            "run": run,
            "decision": name,
            "ordinal": ordinal,
            "kind": note.kind,
            "author": note.author,
            "text": note.text,
            "about_version": note.about_version,
            "made_at": note.at,
        }
        for name, written in progress.notes.items()
        for ordinal, note in enumerate(written)
    ]


def _execution_rows(run: str, progress: Progress) -> list[dict[str, Any]]:
    return [
        {"run": run, "ordinal": ordinal, **execution.model_dump()}
        for ordinal, execution in enumerate(progress.executions)
    ]


def _conflict_rows(run: str, progress: Progress) -> list[dict[str, Any]]:
    return [
        {
            "run": run,
            "ordinal": ordinal,
            "conflict": rung.conflict,
            "versions": rung.versions,
            "rung": rung.rung,
            "action": rung.action,
            "preferred": rung.preferred,
            "decided_by": rung.by,
            "at": rung.at,
        }
        for ordinal, rung in enumerate(progress.rungs)
    ]


def review_id(run: str, question: str) -> str:
    """The id of the review of a question: ten hexadecimal digits of its run and key."""
    return hashlib.sha256(f"{run}\n{question}".encode()).hexdigest()[:10]


def _project_reviews(connection: Connection, run: str, projection: Projection) -> None:
    """Open a review for each open question, withdraw those that no longer stand, and count them all."""
    _keep(connection, reviews, [_review(run, question, projection) for question in projection.questions])
    keys = [question.key for question in projection.questions]
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


def _project_effects(connection: Connection, run: str, projection: Projection) -> None:
    if projection.effects:
        row = connection.execute(select(runs.c.workflow, runs.c.case_id).where(runs.c.id == run)).one()
        rows = [_effect(connection, run, row.workflow, row.case_id, each, projection.at) for each in projection.effects]
        _keep(connection, outbox, rows)


def _effect(
    connection: Connection, run: str, workflow: str, case_id: str, effect: Effect, at: datetime
) -> dict[str, Any]:
    """The row of an effect; content that differs from what the case was told before names that as corrected."""
    digest = _digest(effect.payload)
    same = (outbox.c.workflow == workflow, outbox.c.case_id == case_id, outbox.c.effect == effect.name)
    earlier = select(outbox.c.id).where(*same, outbox.c.digest != digest).order_by(outbox.c.created_at.desc()).limit(1)
    return {
        "id": _digest([workflow, case_id, effect.name, digest])[:16],
        "workflow": workflow,
        "case_id": case_id,
        "effect": effect.name,
        "digest": digest,
        "run": run,
        "payload": effect.payload,
        "status": "pending",
        "created_at": at,
        "corrects": connection.execute(earlier).scalar_one_or_none(),
    }


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _keep(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that are not there yet."""
    if rows:
        connection.execute(insert_or_keep(connection, table), rows)
