"""Claims on questions: one person at a time is at it, for a limited time, and meanwhile its deadline stands still."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, and_, or_, select, update

from state.audit import Action, ActorKind, Deed
from state.errors import AlreadyAnswered, InvalidAnswer, ReviewClaimed, UnknownReview
from state.errors import in_words as in_words_of
from state.journal import HUB
from state.review import Answer
from state.sql.audit import append, lock_run
from state.sql.reviews import LONGEST, find_review, in_words, is_claimed, refuse
from state.sql.tables import reviews

_FREE: dict[str, Any] = {"status": "open", "claimed_by": None, "claimed_at": None, "claimed_until": None}


def claim(connection: Connection, review: str, by: str, length: timedelta, now: datetime) -> str:
    """Claim a question, or hold a claim of one's own for longer; returns its id.

    Raises ``UnknownReview``, ``AlreadyAnswered``, ``StaleAnswer`` or ``ReviewClaimed``.
    """
    row = _waiting(connection, review, by, now)
    mine = row.claimed_by == by and is_claimed(row.claimed_until, now)
    until = now + min(length, LONGEST)
    values = {
        "status": "claimed",
        "claimed_by": by,
        "claimed_at": row.claimed_at if mine else now,
        "claimed_until": until,
        "deadline": row.deadline if mine else _suspended(row, now),
    }
    _change(connection, row, values)
    _write_down(connection, row, "human", by, "claimed", now, {"until": until.isoformat()})
    return str(row.id)


def release(connection: Connection, review: str, by: str, now: datetime) -> str:
    """Let go of one's claim; returns the question's id. Nothing happens where there is none. Raises as ``claim``."""
    row = _waiting(connection, review, by, now)
    if row.status == "claimed":
        _change(connection, row, {**_FREE, "deadline": _suspended(row, now)})
        _write_down(connection, row, "human", by, "released", now)
    return str(row.id)


def release_lapsed(connection: Connection, now: datetime) -> None:
    """Open the questions again whose claims ran out."""
    lapsed = and_(
        reviews.c.status == "claimed",
        or_(reviews.c.claimed_until <= now, reviews.c.claimed_until > now + LONGEST),
    )
    for found in connection.execute(select(reviews.c.id, reviews.c.run).where(lapsed).order_by(reviews.c.run)).all():
        lock_run(connection, found.run)
        row = connection.execute(
            select(reviews).where(reviews.c.id == found.id, lapsed).with_for_update()
        ).one_or_none()
        if row is None:
            continue
        _change(connection, row, {**_FREE, "deadline": _suspended(row, now)})
        _write_down(connection, row, "system", HUB, "released", now, {"claimed_by": row.claimed_by})


def prioritise(connection: Connection, review: str, priority: int, by: str, now: datetime) -> str:
    """Show a question sooner, or later; returns its id. Raises as ``claim`` does."""
    row = _waiting(connection, review, by, now)
    _change(connection, row, {"priority": priority})
    change = Deed(now, "human", by, "prioritised", row.question, {"priority": row.priority}, {"priority": priority})
    append(connection, row.run, [change])
    return str(row.id)


def _waiting(connection: Connection, review: str, by: str, now: datetime) -> Row[Any]:
    """The row of a question that waits and that a person may lay hands on; it stays so for the transaction."""
    found = find_review(connection, review)
    lock_run(connection, found.run)
    row = connection.execute(select(reviews).where(reviews.c.id == found.id).with_for_update()).one_or_none()
    if row is None:
        raise UnknownReview(review)
    refuse(connection, row.id, spoken(row.question, by), now)
    return row


def spoken(question: str, by: str) -> Answer:
    """An answer to be asked about, whether that person may lay hands on the question. Raises ``InvalidAnswer``."""
    try:
        return Answer(question=question, action="approve", by=by)
    except ValidationError as invalid:
        raise InvalidAnswer(f"The name does not fit: {in_words_of(invalid)}.") from invalid


def _suspended(row: Row[Any], now: datetime) -> datetime | None:
    """The deadline, put off by as long as the question was claimed."""
    if row.deadline is None or row.claimed_at is None or row.claimed_until is None:
        return row.deadline  # type: ignore[no-any-return]  # a column
    held = min(row.claimed_until, now) - row.claimed_at
    return row.deadline + min(max(held, timedelta()), LONGEST)  # type: ignore[no-any-return]  # a column


def _change(connection: Connection, row: Row[Any], values: dict[str, Any]) -> None:
    """Change a question if it is still as it was read. Raises ``ReviewClaimed`` or ``AlreadyAnswered``."""
    same = (reviews.c.id == row.id, reviews.c.status == row.status)
    same_claim = reviews.c.claimed_until.is_not_distinct_from(row.claimed_until)
    if connection.execute(update(reviews).where(*same, same_claim).values(values)).rowcount == 0:
        now = find_review(connection, row.id)
        if now.claimed_by is not None:
            raise ReviewClaimed(row.id, now.claimed_by, in_words(now.claimed_until))
        raise AlreadyAnswered(row.id, str(now.answered_by), in_words(now.answered_at))


def _write_down(
    connection: Connection,
    row: Row[Any],
    kind: ActorKind,
    actor: str,
    action: Action,
    now: datetime,
    after: dict[str, Any] | None = None,
) -> None:
    append(connection, row.run, [Deed(now, kind, actor, action, row.question, after=after)])
