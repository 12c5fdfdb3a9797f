"""The sweep: what a crash cut off goes on, what is overdue takes the course that was declared for it, and what is
scheduled for now is started.

Any open Roundhouse may sweep, and several at once: each step is a compare-and-set.
"""

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from runtime.identity import is_dead
from runtime.schedules import Tell, start_due
from state.errors import AnswerRefused, InvalidAnswer, RoundhouseError, RunBusy
from state.review import Action, Answer, Approve, Forward, Reject, Step
from state.run import ReviewRow
from state.sql.claims import release_lapsed
from state.sql.deadlines import overdue, pass_on, remind, step_of
from state.sql.reviews import unapplied
from state.sql.runs import is_free, running

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

logger = logging.getLogger(__name__)

SWEPT = 1000
"""How many runs that were cut off, and how many overdue questions, one sweep looks at."""


async def sweep(roundhouse: "Roundhouse", tell: Tell | None = None) -> list[str]:
    """Sweep once; returns the runs that went on or were started. One that cannot is left, with a line in the log."""
    gone_on = await _resume_cut_off(roundhouse)
    await roundhouse.store.write(release_lapsed, datetime.now(UTC))
    for review in await roundhouse.store.read(overdue, datetime.now(UTC), SWEPT):
        if await _take_its_course(roundhouse, review):
            gone_on.append(review.run)
    await roundhouse.store.write(remind, datetime.now(UTC))
    await roundhouse.attention.catch_up()
    gone_on += await start_due(roundhouse, tell)
    return list(dict.fromkeys(gone_on))


async def _resume_cut_off(roundhouse: "Roundhouse") -> list[str]:
    now = datetime.now(UTC)
    cut_off = [
        run for run, driver, until in await roundhouse.store.read(running, SWEPT) if _may_go_on(driver, until, now)
    ]
    unanswered = [run for run, _, _ in await roundhouse.store.read(unapplied)]
    gone_on = []
    for run in dict.fromkeys(cut_off + unanswered):
        try:
            await roundhouse.resume(run)
            gone_on.append(run)
        except RunBusy:
            continue  # somebody was quicker
        except RoundhouseError as refused:
            logger.warning("A run that was cut off cannot go on: %s", refused)
    return gone_on


def _may_go_on(driver: str | None, until: datetime | None, now: datetime) -> bool:
    return is_free(driver, until, now) or (driver is not None and is_dead(driver))


async def _take_its_course(roundhouse: "Roundhouse", review: ReviewRow) -> bool:
    """Do what is declared for a question whose deadline has passed; returns whether its run went on."""
    step = step_of(review)
    if step is None:
        return False
    match step.then:
        case Forward():
            await roundhouse.store.write(pass_on, review, step, datetime.now(UTC))
            return False
        case Approve():
            return await _answer(roundhouse, review, step, _answer_of(review, step, "approve", ""))
        case Reject(reason=reason):
            return await _answer(roundhouse, review, step, _answer_of(review, step, "reject", reason))
        case _ as impossible:
            assert_never(impossible)


def _answer_of(review: ReviewRow, step: Step, action: Action, text: str) -> Answer:
    return Answer(question=review.question, action=action, by=step.words, voice="policy", text=text)


async def _answer(roundhouse: "Roundhouse", review: ReviewRow, step: Step, answer: Answer) -> bool:
    try:
        await (await roundhouse.driver_of(review.run)).answer(review.id, review.run, answer)
    except InvalidAnswer as not_offered:
        await roundhouse.store.write(pass_on, review, step, datetime.now(UTC), str(not_offered))
    except AnswerRefused:
        return False
    except RoundhouseError as refused:
        logger.warning("A question whose deadline has passed cannot take its course: %s", refused)
    else:
        return True
    return False
