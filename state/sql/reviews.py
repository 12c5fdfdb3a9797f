"""Reviews in SQL: the inbox, and the compare-and-set that accepts one answer and stores it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from state.errors import AlreadyAnswered, StaleAnswer, UnknownReview
from state.review import Answer
from state.run import ReviewRow
from state.sql.tables import reviews, runs

WAITING = ("open", "claimed")


def list_open(connection: Connection, limit: int, workflow: str | None = None) -> list[ReviewRow]:
    """The open reviews, most urgent and oldest first."""
    query = _with_run().where(reviews.c.status.in_(WAITING))
    if workflow is not None:
        query = query.where(runs.c.workflow == workflow)
    order = (reviews.c.priority.desc(), reviews.c.opened_at, runs.c.position, reviews.c.id)
    return [_review_row(row) for row in connection.execute(query.order_by(*order).limit(limit))]


def count_open(connection: Connection, workflow: str | None = None) -> int:
    """How many reviews are open."""
    query = select(func.count()).select_from(reviews).join(runs, runs.c.id == reviews.c.run)
    query = query.where(reviews.c.status.in_(WAITING))
    if workflow is not None:
        query = query.where(runs.c.workflow == workflow)
    return connection.execute(query).scalar_one()


def of_run(connection: Connection, run: str) -> list[ReviewRow]:
    """All reviews of a run, oldest first."""
    query = _with_run().where(reviews.c.run == run).order_by(reviews.c.opened_at, reviews.c.id)
    return [_review_row(row) for row in connection.execute(query)]


def find_review(connection: Connection, review: str) -> ReviewRow:
    """The review, by its id or the only one that begins so. Raises ``UnknownReview``."""
    query = _with_run().where(reviews.c.id.startswith(review, autoescape=True)).limit(2)
    rows = connection.execute(query).all() if review else []
    if len(rows) != 1:
        raise UnknownReview(review)
    return _review_row(rows[0])


def accept(connection: Connection, review: str, answer: Answer, now: datetime) -> None:
    """Store the answer if nobody answered before. Raises ``AlreadyAnswered`` or ``StaleAnswer``."""
    values = {"status": "answered", "answer": answer.model_dump(mode="json"), "answered_by": answer.by}
    waiting = (reviews.c.id == review, reviews.c.status.in_(WAITING))
    stored = connection.execute(update(reviews).where(*waiting).values(**values, answered_at=now))
    if stored.rowcount == 0:
        refuse(connection, review)


def refuse(connection: Connection, review: str) -> None:
    """Say why a review takes no answer any more; nothing happens where it does."""
    row = find_review(connection, review)
    if row.answered_by is not None:
        raise AlreadyAnswered(row.id, row.answered_by, f"{row.answered_at:%Y-%m-%d %H:%M:%S} UTC")
    if row.status not in WAITING:
        raise StaleAnswer(
            row.question, [each.question for each in of_run(connection, row.run) if each.status == "open"]
        )


def unapplied(connection: Connection, run: str | None = None) -> Sequence[tuple[str, str, Answer]]:
    """Answers that were accepted and not applied yet: (run, review, answer), oldest first."""
    query = select(reviews.c.run, reviews.c.id, reviews.c.answer)
    query = query.where(reviews.c.status == "answered", reviews.c.applied_at.is_(None))
    if run is not None:
        query = query.where(reviews.c.run == run)
    rows = connection.execute(query.order_by(reviews.c.answered_at))
    return [(row.run, row.id, Answer.model_validate(row.answer)) for row in rows]


def withdraw(connection: Connection, review: str, now: datetime) -> None:
    """Put aside an accepted answer that the run has moved past."""
    connection.execute(update(reviews).where(reviews.c.id == review).values(status="withdrawn", applied_at=now))


def _with_run() -> Select[Any]:
    return select(reviews, runs.c.workflow, runs.c.case_id).join(runs, runs.c.id == reviews.c.run)


def _review_row(row: Row[Any]) -> ReviewRow:
    return ReviewRow.model_validate({name: getattr(row, name) for name in ReviewRow.model_fields})
