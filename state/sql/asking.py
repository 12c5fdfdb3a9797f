"""The questions of a run in the inbox: opened, withdrawn when they no longer stand, and opened again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from state.audit import Deed
from state.journal import HUB
from state.progress import Progress
from state.review import Question, WaitingTerms
from state.sql.columns import sixteen_digits
from state.sql.tables import outbox, reviews

WAITING = ("open", "claimed")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is open now, and on what terms it waits."""

    question: Question
    terms: WaitingTerms


def review_id(run: str, question: str) -> str:
    """The id of the review of a question: sixteen hexadecimal digits of its run and key."""
    return sixteen_digits(f"{run}\n{question}")


def put_questions(
    connection: Connection, run: str, asked: Sequence[Asked], progress: Progress, at: datetime
) -> tuple[int, list[Deed]]:
    """Have the run's open reviews be those of the questions that are open now.

    Returns how many questions the run has put in all, and what was done.
    """
    columns = (reviews.c.id, reviews.c.question, reviews.c.status)
    known = {row.question: row for row in connection.execute(select(*columns).where(reviews.c.run == run))}
    rows = {each.question.key: _row(run, each, progress, at) for each in asked}
    new = [row for key, row in rows.items() if key not in known]
    if new:
        connection.execute(insert(reviews), new)
    again = [row for key, row in rows.items() if key in known and known[key].status == "withdrawn"]
    for row in again:
        _open_again(connection, row)
    gone = [row for key, row in known.items() if key not in rows and row.status in WAITING]
    withdrawn = [row for row in gone if _withdrawn(connection, row.id)]
    _mark_applied(connection, run, progress, at)
    deeds = [Deed(at, "system", HUB, "asked", row["question"], after=_asked(row)) for row in (*new, *again)]
    deeds += [Deed(at, "system", HUB, "withdrawn", row.question, after={"review": row.id}) for row in withdrawn]
    return len(known) + len(new), deeds


def withdraw_reminders(connection: Connection, review: str) -> None:
    """Send no more reminders of a question that waits no longer."""
    waiting = (outbox.c.review == review, outbox.c.status == "pending")
    connection.execute(update(outbox).where(*waiting).values(status="withdrawn", error="the question waits no longer"))


def _row(run: str, asked: Asked, progress: Progress, at: datetime) -> dict[str, Any]:
    question, terms = asked.question, asked.terms
    values = {name: progress.latest_value(name) for name in question.names}
    latest = progress.latest(question.names[0]) if question.sides else None
    values |= latest.provenance.sides if latest else {}
    return {
        "id": review_id(run, question.key),
        "run": run,
        "question": question.key,
        "kind": question.kind,
        "names": list(question.names),
        "versions": question.versions,
        "payload": {"question": question.model_dump(mode="json"), "decisions": values},
        "status": "open",
        "priority": terms.priority,
        "queue": terms.queue,
        "terms": terms.model_dump(mode="json"),
        "step": 0,
        "deadline": at + timedelta(seconds=terms.steps[0].after) if terms.steps else None,
        "reminded": 0,
        "remind_at": at + timedelta(seconds=terms.reminders[0]) if terms.reminders else None,
        "opened_at": at,
    }


def _open_again(connection: Connection, row: Mapping[str, Any]) -> None:
    """A question that had been withdrawn and stands again waits as if it were new."""
    cleared = ("answer", "answered_by", "answered_at", "applied_at", "claimed_by", "claimed_at", "claimed_until")
    same = (reviews.c.id == row["id"], reviews.c.status == "withdrawn")
    connection.execute(update(reviews).where(*same).values(**row, **dict.fromkeys(cleared)))


def _withdrawn(connection: Connection, review: str) -> bool:
    still = (reviews.c.id == review, reviews.c.status.in_(WAITING))
    was_open = connection.execute(update(reviews).where(*still).values(status="withdrawn")).rowcount > 0
    if was_open:
        withdraw_reminders(connection, review)
    return was_open


def _mark_applied(connection: Connection, run: str, progress: Progress, at: datetime) -> None:
    applied = _keys(progress)
    if applied:
        done = (reviews.c.run == run, reviews.c.applied_at.is_(None), reviews.c.question.in_(applied))
        connection.execute(update(reviews).where(*done).values(applied_at=at))


def _keys(progress: Progress) -> Iterable[str]:
    return [applied.answer.question for applied in progress.answers]


def _asked(row: Mapping[str, Any]) -> dict[str, Any]:
    deadline = row["deadline"]
    return {
        "review": row["id"],
        "question": row["payload"]["question"],
        "queue": row["queue"],
        "priority": row["priority"],
        "deadline": deadline.isoformat() if deadline else None,
    }
