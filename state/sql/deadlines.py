"""Deadlines of questions, and reminders of them: what is due, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from state.audit import Deed, canonical
from state.effect import Message
from state.journal import HUB
from state.review import Forward, Step, WaitingTerms
from state.run import ReviewRow
from state.sql.audit import append, lock_run
from state.sql.columns import sixteen_digits
from state.sql.keep import insert_or_keep
from state.sql.reviews import with_runs
from state.sql.tables import outbox, reviews


def overdue(connection: Connection, now: datetime, limit: int) -> list[ReviewRow]:
    """The open questions whose deadline has passed, the longest overdue first; a claim suspends it."""
    due = (reviews.c.status == "open", reviews.c.deadline <= now)
    return with_runs(connection, *due, order=(reviews.c.deadline,), limit=limit)


def step_of(review: ReviewRow) -> Step | None:
    """What happens when the question's deadline passes; None where nothing does."""
    steps = review.terms.steps if review.terms else ()
    return steps[review.step] if review.step < len(steps) else None


def pass_on(connection: Connection, review: ReviewRow, step: Step, now: datetime, why: str = "") -> bool:
    """Leave an overdue question open until its next deadline, in another queue where the step says so.

    With ``why``, the step's policy could not be followed. Returns False where the question has moved on meanwhile.
    """
    values: dict[str, Any] = {"step": review.step + 1, "deadline": _next_deadline(review, step)}
    if isinstance(step.then, Forward):
        values["queue"] = step.then.queue
    lock_run(connection, review.run)
    same = (reviews.c.id == review.id, reviews.c.status == "open", reviews.c.step == review.step)
    if connection.execute(update(reviews).where(*same, reviews.c.deadline <= now).values(values)).rowcount == 0:
        return False
    before = {"queue": review.queue, "step": review.step}
    after = {"queue": values.get("queue", review.queue), "step": review.step + 1, "why": why}
    append(connection, review.run, [Deed(now, "policy", step.words, "forwarded", review.question, before, after)])
    return True


def _next_deadline(review: ReviewRow, step: Step) -> datetime | None:
    following = step_of(review.model_copy(update={"step": review.step + 1}))
    if following is None or review.deadline is None:
        return None
    return review.deadline + timedelta(seconds=following.after - step.after)


def remind(connection: Connection, now: datetime) -> Sequence[str]:
    """Put a reminder of every open question that is due for one into the outbox; returns their reviews.

    A question that is due for several gets one.
    """
    due = (reviews.c.status == "open", reviews.c.remind_at <= now)
    reminded = []
    for review in with_runs(connection, *due, order=(reviews.c.run, reviews.c.remind_at), limit=1000):
        lock_run(connection, review.run)
        row = connection.execute(select(reviews.c.remind_at, reviews.c.reminded).where(reviews.c.id == review.id)).one()
        times = review.terms.reminders if review.terms else ()
        number, following = _following(times, row.reminded, row.remind_at, now)
        same = (reviews.c.id == review.id, reviews.c.status == "open", reviews.c.reminded == row.reminded)
        if connection.execute(update(reviews).where(*same).values(reminded=number, remind_at=following)).rowcount:
            _queue(connection, review, number, now)
            reminded.append(review.id)
    return reminded


def _following(
    times: Sequence[float], number: int, moment: datetime | None, now: datetime
) -> tuple[int, datetime | None]:
    """How many reminders there have been with this one, and when the next is due."""
    while moment is not None and moment <= now:
        number += 1
        moment = moment + timedelta(seconds=times[number] - times[number - 1]) if number < len(times) else None
    return number, moment


def _queue(connection: Connection, review: ReviewRow, number: int, now: datetime) -> None:
    terms, question = review.terms or WaitingTerms(), review.payload["question"]
    payload = {"review": review.id, "question": question, "queue": review.queue, "reminder": number}
    message = _message(review, question)
    effect = f"remind:{review.id}:{number}"
    row = {
        "id": sixteen_digits(canonical([review.run, effect, review.opened_at.isoformat()])),
        "workflow": review.workflow,
        "case_id": review.case_id,
        "effect": effect,
        "digest": "",
        "run": review.run,
        "payload": payload,
        "status": "pending",
        "created_at": now,
        "next_attempt_at": now,
        "channel": terms.channel,
        "message": message.model_dump(mode="json"),
        "review": review.id,
    }
    connection.execute(insert_or_keep(connection, outbox).values(row))
    after = {"effect": row["id"], "reminder": number}
    append(connection, review.run, [Deed(now, "system", HUB, "reminded", review.question, after=after)])


def _message(review: ReviewRow, question: dict[str, Any]) -> Message:
    step = step_of(review)
    due = f"\n{step.then.policy} by policy at {review.deadline:%Y-%m-%d %H:%M} UTC" if step and review.deadline else ""
    return Message(
        to=review.queue,
        subject=f"Waits for an answer: {review.workflow}, case {review.case_id}"[:500],
        text=f"{question['reason']}\n\nroundhouse answer {review.id}{due}",
    )
