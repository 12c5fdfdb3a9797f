"""Reviews in SQL: the inbox, and the compare-and-set that accepts one answer and stores it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, update

from state.audit import Action, Deed
from state.errors import AlreadyAnswered, ReviewClaimed, StaleAnswer, UnknownReview
from state.journal import HUB
from state.review import Answer
from state.run import OPEN_STATUSES, ReviewRow
from state.sql.asking import WAITING, withdraw_reminders
from state.sql.audit import append, lock_run
from state.sql.tables import records, reviews, runs

LONGEST = timedelta(days=1)
"""How long a claim can be; one that ends later is from before the clock was set back, and does not count."""


def is_claimed(until: datetime | None, now: datetime) -> bool:
    """Whether a claim that ends then still holds."""
    return until is not None and now < until <= now + LONGEST


def list_open(
    connection: Connection, limit: int, workflow: str | None = None, queue: str | None = None
) -> list[ReviewRow]:
    """The open reviews, most urgent and oldest first."""
    query = _waiting(_with_run(), workflow, queue)
    order = (reviews.c.priority.desc(), reviews.c.opened_at, runs.c.position, reviews.c.id)
    return [_review_row(row) for row in connection.execute(query.order_by(*order).limit(limit))]


def open_of_batch(connection: Connection, batch: str, limit: int) -> list[ReviewRow]:
    """The open reviews of the runs of a batch, in the order of its file."""
    query = _waiting(_with_run(), None, None).where(runs.c.batch == batch)
    order = (runs.c.position, reviews.c.opened_at, reviews.c.id)
    return [_review_row(row) for row in connection.execute(query.order_by(*order).limit(limit))]


def count_open(connection: Connection, workflow: str | None = None, queue: str | None = None) -> int:
    """How many reviews are open."""
    query = select(func.count()).select_from(reviews).join(runs, runs.c.id == reviews.c.run)
    count: int = connection.execute(_waiting(query, workflow, queue)).scalar_one()
    return count


def open_queues(connection: Connection) -> list[str]:
    """The queues that have open reviews, by name."""
    query = select(reviews.c.queue).where(reviews.c.status.in_(WAITING)).distinct().order_by(reviews.c.queue)
    return list(connection.execute(query).scalars())


def with_runs(
    connection: Connection, *which: ColumnElement[bool], order: Sequence[Any], limit: int | None
) -> list[ReviewRow]:
    """Reviews that fit, in an order."""
    query = _with_run().where(*which).order_by(*order).limit(limit)
    return [_review_row(row) for row in connection.execute(query)]


def alike(connection: Connection, review: str) -> list[ReviewRow]:
    """The waiting reviews with the same workflow, queue, kind, decisions, conflict and suggestion, with that one."""
    named = find_review(connection, review)
    same = (reviews.c.status.in_(WAITING), reviews.c.kind == named.kind, reviews.c.queue == named.queue)
    order = (reviews.c.opened_at, runs.c.position, reviews.c.id)
    found = with_runs(connection, *same, runs.c.workflow == named.workflow, order=order, limit=None)
    return [each for each in found if _about(each) == _about(named)]


def _about(review: ReviewRow) -> tuple[object, ...]:
    question = review.payload["question"]
    return (review.names, question["conflict"], question["suggestion"])


def of_run(connection: Connection, run: str) -> list[ReviewRow]:
    """All reviews of a run, oldest first."""
    query = _with_run().where(reviews.c.run == run).order_by(reviews.c.opened_at, reviews.c.id)
    return [_review_row(row) for row in connection.execute(query)]


def find_review(connection: Connection, review: str) -> ReviewRow:
    """The review, by its id or the only one that begins so. Raises ``UnknownReview``."""
    rows = connection.execute(_with_run().where(reviews.c.id == review)).all()
    if not rows and review:
        begins_so = reviews.c.id.startswith(review, autoescape=True)
        rows = connection.execute(_with_run().where(begins_so).limit(2)).all()
    if len(rows) != 1:
        raise UnknownReview(review)
    return _review_row(rows[0])


def accept(connection: Connection, review: str, answer: Answer, now: datetime) -> None:
    """Store the answer if nobody answered before. Raises as ``refuse`` does."""
    row = connection.execute(select(reviews).where(reviews.c.id == review)).one_or_none()
    if row is None:
        raise UnknownReview(review)
    lock_run(connection, row.run)
    content = answer.model_dump(mode="json")
    status = "answered" if answer.voice == "human" else "expired"
    values = {"status": status, "answer": content, "answered_by": answer.by, "answered_at": now}
    stored = update(reviews).where(reviews.c.id == review, _takes(answer, now)).values(values)
    if connection.execute(stored).rowcount == 0:
        refuse(connection, review, answer, now)
        raise StaleAnswer(row.question, ())
    withdraw_reminders(connection, review)
    action: Action = "accepted" if answer.voice == "human" else "expired"
    append(connection, row.run, [Deed(now, answer.voice, answer.by, action, row.question, after=content)])


def refuse(connection: Connection, review: str, answer: Answer, now: datetime) -> None:
    """Say why a review does not take an answer; nothing happens where it does.

    Raises ``UnknownReview``, ``AlreadyAnswered``, ``StaleAnswer`` or ``ReviewClaimed``.
    """
    row = find_review(connection, review)
    if row.status in ("answered", "expired"):
        by = row.answered_by if row.status == "answered" else f"the policy {row.answered_by}"
        raise AlreadyAnswered(row.id, str(by), in_words(row.answered_at))
    if row.status not in WAITING:
        open_now = [each.question for each in of_run(connection, row.run) if each.status in WAITING]
        raise StaleAnswer(row.question, open_now, _moved(connection, row))
    if row.status == "claimed" and row.claimed_by != answer.by and is_claimed(row.claimed_until, now):
        raise ReviewClaimed(row.id, str(row.claimed_by), in_words(row.claimed_until))


def _takes(answer: Answer, now: datetime) -> ColumnElement[bool]:
    """Whether a review takes an answer: it waits, and nobody else has claimed it; from a policy, it is overdue."""
    if answer.voice == "policy":
        return and_(reviews.c.status == "open", reviews.c.deadline <= now)
    lapsed = or_(reviews.c.claimed_until <= now, reviews.c.claimed_until > now + LONGEST)
    mine = reviews.c.claimed_by == answer.by
    return or_(reviews.c.status == "open", and_(reviews.c.status == "claimed", or_(mine, lapsed)))


def _moved(connection: Connection, review: ReviewRow) -> list[str]:
    """What has changed since a question was put, in words."""
    asked = review.payload["question"]["versions"]
    newest = select(records.c.decision, func.max(records.c.version)).where(records.c.run == review.run)
    now = {name: version for name, version in connection.execute(newest.group_by(records.c.decision))}
    changes = [
        f"{name} is at version {now.get(name, 0)}, and the question was about {version}"
        for name, version in asked.items()
        if now.get(name, 0) != version
    ]
    status = connection.execute(select(runs.c.status).where(runs.c.id == review.run)).scalar_one()
    return changes + ([] if status in OPEN_STATUSES else [f"the run is {status}"])


def in_words(moment: datetime | None) -> str:
    """A moment as errors show it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "now"


def unapplied(connection: Connection, run: str | None = None) -> Sequence[tuple[str, str, Answer]]:
    """Answers that were accepted and not applied yet: (run, review, answer), oldest first.

    They are those of one run, or of all that are not on the queue.
    """
    query = select(reviews.c.run, reviews.c.id, reviews.c.answer)
    query = query.where(reviews.c.status.in_(("answered", "expired")), reviews.c.applied_at.is_(None))
    if run is not None:
        query = query.where(reviews.c.run == run)
    else:
        query = query.join(runs, runs.c.id == reviews.c.run).where(runs.c.queued_at.is_(None))
    rows = connection.execute(query.order_by(reviews.c.answered_at))
    return [(row.run, row.id, Answer.model_validate(row.answer)) for row in rows]


def withdraw(connection: Connection, review: str, now: datetime) -> None:
    """Put aside an accepted answer that the run has moved past."""
    row = connection.execute(select(reviews.c.run, reviews.c.question).where(reviews.c.id == review)).one()
    lock_run(connection, row.run)
    connection.execute(update(reviews).where(reviews.c.id == review).values(status="withdrawn", applied_at=now))
    append(connection, row.run, [Deed(now, "system", HUB, "withdrawn", row.question, after={"review": review})])


def _waiting(query: Select[Any], workflow: str | None, queue: str | None) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [reviews.c.status.in_(WAITING)]
    wanted += [] if workflow is None else [runs.c.workflow == workflow]
    wanted += [] if queue is None else [reviews.c.queue == queue]
    return query.where(*wanted)


def _with_run() -> Select[Any]:
    return select(reviews, runs.c.workflow, runs.c.case_id).join(runs, runs.c.id == reviews.c.run)


def _review_row(row: Row[Any]) -> ReviewRow:
    return ReviewRow.model_validate({name: getattr(row, name) for name in ReviewRow.model_fields})
