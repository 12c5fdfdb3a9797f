"""How questions wait: claimed by one person at a time, reminded of, answered by a declared policy when time is up."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import text

from graphs.catalogue import Catalogue, Entry
from graphs.terms import Deadline, Terms
from graphs.workflow import Workflow
from runtime.roundhouse import Roundhouse
from state.errors import AlreadyAnswered, ReviewClaimed, StaleAnswer
from state.review import Approve, Forward, Reject
from state.run import ReviewRow, RunStory
from state.sql.audit import read_trail
from state.sql.runs import statuses
from tests.support.triage import Team, triage

HOUR = timedelta(hours=1)
Opened = Callable[..., AbstractAsyncContextManager[Roundhouse]]


@pytest.fixture
def opened(database_url: str) -> Opened:
    """Roundhouse with the triage workflow on some terms."""

    @asynccontextmanager
    async def open_with(*terms: Terms) -> AsyncIterator[Roundhouse]:
        workflow: Workflow = replace(triage, terms=terms)
        async with Roundhouse.open(database_url, Catalogue({"triage": Entry(lambda profile: workflow)})) as roundhouse:
            yield roundhouse

    return open_with


async def asked(roundhouse: Roundhouse, trouble: str = "unsure", case: str = "t1") -> ReviewRow:
    run = await roundhouse.start("triage", {"id": case, "text": "printer hums", "trouble": trouble})
    [review] = await roundhouse.questions(run.id)
    return review


async def later(roundhouse: Roundhouse, **time: float) -> list[str]:
    """What a sweep does after so long a time."""
    with time_machine.travel(datetime.now(UTC) + timedelta(**time), tick=True):
        return await roundhouse.sweep()


async def told(roundhouse: Roundhouse, review: ReviewRow) -> RunStory:
    return await roundhouse.show(review.run)


async def actions(roundhouse: Roundhouse, run: str) -> list[tuple[str, str, str]]:
    trail, _ = await roundhouse.store.read(read_trail, run)
    return [(row.action, row.actor_kind, row.actor) for row in trail]


async def test_a_claimed_question_takes_nobody_elses_answer(opened: Opened) -> None:
    async with opened() as roundhouse:
        review = await asked(roundhouse)
        claimed = await roundhouse.claim(review.id, by="ann")
        assert (claimed.status, claimed.claimed_by) == ("claimed", "ann")
        with pytest.raises(ReviewClaimed, match="claimed by 'ann' until"):
            await roundhouse.claim(review.id, by="bob")
        with pytest.raises(ReviewClaimed):
            await roundhouse.answer(review.id, "approve", by="bob")
        with pytest.raises(ReviewClaimed):
            await roundhouse.release(review.id, by="bob")
        assert (await roundhouse.answer(review.id, "approve", by="ann")).status == "completed"


async def test_a_claim_is_let_go_of_by_its_owner_or_by_time(opened: Opened) -> None:
    async with opened() as roundhouse:
        review = await asked(roundhouse)
        await roundhouse.claim(review.id, by="ann")
        assert (await roundhouse.release(review.id, by="ann")).status == "open"
        await roundhouse.claim(review.id, by="ann", minutes=5)
        await later(roundhouse, minutes=6)
        assert (await roundhouse.review(review.id)).status == "open"
        await roundhouse.claim(review.id, by="bob")


async def test_a_claim_that_lapsed_is_no_obstacle_even_before_a_sweep(opened: Opened) -> None:
    async with opened() as roundhouse:
        review = await asked(roundhouse)
        await roundhouse.claim(review.id, by="ann", minutes=5)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6), tick=True):
            assert (await roundhouse.answer(review.id, "approve", by="bob")).status == "completed"


async def test_a_claim_from_before_the_clock_was_set_back_does_not_last(opened: Opened) -> None:
    async with opened() as roundhouse:
        review = await asked(roundhouse)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=30), tick=True):
            await roundhouse.claim(review.id, by="ann")
        assert (await roundhouse.claim(review.id, by="bob")).claimed_by == "bob"


async def test_claiming_again_holds_on_for_longer(opened: Opened) -> None:
    async with opened() as roundhouse:
        review = await asked(roundhouse)
        first = await roundhouse.claim(review.id, by="ann", minutes=5)
        second = await roundhouse.claim(review.id, by="ann", minutes=60)
        assert second.claimed_until is not None
        assert first.claimed_until is not None
        assert (second.claimed_until > first.claimed_until, second.claimed_at) == (True, first.claimed_at)


async def test_an_answered_question_cannot_be_claimed(opened: Opened) -> None:
    async with opened() as roundhouse:
        review = await asked(roundhouse)
        await roundhouse.answer(review.id, "approve", by="ann")
        with pytest.raises(AlreadyAnswered):
            await roundhouse.claim(review.id, by="bob")


APPROVE = Terms(deadlines=(Deadline(HOUR, Approve()),))


async def test_an_overdue_question_is_approved_by_its_policy_which_is_nobodys_word(opened: Opened) -> None:
    async with opened(APPROVE) as roundhouse:
        review = await asked(roundhouse)
        assert await roundhouse.sweep() == []
        assert await later(roundhouse, hours=2) == [review.run]
        story = await told(roundhouse, review)
        [answered] = story.reviews
        assert (story.run.status, answered.status, answered.answered_by) == (
            "completed",
            "expired",
            "approve after 1 h",
        )
        assert (answered.answer or {})["voice"] == "policy"
        assert {record.maker.kind for record in story.records} == {"agent"}
        done = await actions(roundhouse, review.run)
        assert ("expired", "policy", "approve after 1 h") in done
        assert ("approved", "policy", "approve after 1 h") in done
        with pytest.raises(AlreadyAnswered, match="by 'the policy approve after 1 h'"):
            await roundhouse.answer(review.id, "approve", by="ann")


async def test_an_overdue_question_is_rejected_where_that_is_declared(opened: Opened) -> None:
    async with opened(Terms(deadlines=(Deadline(HOUR, Reject(reason="too late")),))) as roundhouse:
        review = await asked(roundhouse)
        await later(roundhouse, hours=2)
        story = await told(roundhouse, review)
        assert (story.run.status, story.effects) == ("rejected", ())


async def test_an_overdue_question_goes_to_another_queue_and_then_takes_its_next_course(opened: Opened) -> None:
    ladder = (Deadline(HOUR, Forward(queue="managers")), Deadline(3 * HOUR, Approve()))
    async with opened(Terms(queue="desk", deadlines=ladder)) as roundhouse:
        review = await asked(roundhouse)
        assert [each.id for each in await roundhouse.inbox(queue="desk")] == [review.id]
        assert await later(roundhouse, hours=2) == []
        assert [each.id for each in await roundhouse.inbox(queue="managers")] == [review.id]
        assert await roundhouse.inbox(queue="desk") == []
        assert await later(roundhouse, hours=2) == []
        assert await later(roundhouse, hours=4) == [review.run]
        assert ("forwarded", "policy", "forward after 1 h") in await actions(roundhouse, review.run)


async def test_a_policy_that_is_not_offered_leaves_the_question_open(opened: Opened) -> None:
    async with opened(APPROVE) as roundhouse:
        review = await asked(roundhouse, "escalate")
        assert await later(roundhouse, hours=2) == []
        waiting = await roundhouse.review(review.id)
        assert (waiting.status, waiting.deadline, waiting.step) == ("open", None, 1)


async def test_a_claim_suspends_the_deadline(opened: Opened) -> None:
    async with opened(APPROVE) as roundhouse:
        review = await asked(roundhouse)
        now = datetime.now(UTC)
        with time_machine.travel(now + timedelta(minutes=50), tick=True):
            await roundhouse.claim(review.id, by="ann", minutes=30)
        with time_machine.travel(now + timedelta(minutes=70), tick=True):
            assert await roundhouse.sweep() == []
            released = await roundhouse.release(review.id, by="ann")
        assert released.deadline is not None
        assert timedelta(minutes=79) < released.deadline - now < timedelta(minutes=81)
        with time_machine.travel(now + timedelta(minutes=82), tick=True):
            assert await roundhouse.sweep() == [review.run]


async def test_terms_hold_for_what_they_name_and_the_first_that_fit_count(opened: Opened) -> None:
    terms = (Terms(kinds=("conflict",), priority=5, queue="board"), Terms(about=Team, priority=1))
    async with opened(*terms) as roundhouse:
        plain = await asked(roundhouse, "escalate", "a")
        unsure = await asked(roundhouse, "unsure", "b")
        dispute = await asked(roundhouse, "disagree", "c")
        assert [(each.id, each.queue, each.priority) for each in await roundhouse.inbox()] == [
            (dispute.id, "board", 5),
            (unsure.id, "default", 1),
            (plain.id, "default", 0),
        ]
        await roundhouse.prioritise(plain.id, 9, by="ann")
        assert (await roundhouse.inbox())[0].id == plain.id
        assert ("prioritised", "human", "ann") in await actions(roundhouse, plain.run)


async def test_a_reminder_is_an_effect_and_goes_with_the_question(opened: Opened) -> None:
    terms = Terms(reminders=(timedelta(0), HOUR, 2 * HOUR), channel="desk")
    async with opened(terms) as roundhouse:
        review = await asked(roundhouse)
        await roundhouse.sweep()
        await roundhouse.sweep()
        [first] = (await told(roundhouse, review)).effects
        assert (first.effect, first.channel, first.status) == (f"remind:{review.id}:1", "desk", "pending")
        assert first.message is not None
        assert review.payload["question"]["reason"] in first.message.text
        await later(roundhouse, hours=5)
        assert [each.effect for each in (await told(roundhouse, review)).effects] == [
            f"remind:{review.id}:1",
            f"remind:{review.id}:3",
        ]
        await roundhouse.answer(review.id, "approve", by="ann")
        effects = {each.effect: each.status for each in (await told(roundhouse, review)).effects}
        assert effects.pop("deliver:Reply:default") == "pending"
        assert set(effects.values()) == {"withdrawn"}


async def test_a_stale_answer_is_told_what_has_changed(opened: Opened) -> None:
    async with opened() as roundhouse:
        review = await asked(roundhouse)
        await roundhouse.answer(review.id, "send_back", by="ann", text="surer, please")
        [again] = await roundhouse.questions(review.run)
        assert again.id != review.id
        await roundhouse.store.write(_withdraw_and_move, review.id)
        with pytest.raises(StaleAnswer, match="Team is at version 9, and the question was about 1"):
            await roundhouse.answer(review.id, "approve", by="bob")


def _withdraw_and_move(connection: Any, review: str) -> None:
    connection.execute(text("UPDATE reviews SET status = 'withdrawn' WHERE id = :id"), {"id": review})
    connection.execute(text("UPDATE records SET version = 9 WHERE decision = 'Team'"))


async def test_two_sweeps_at_once_take_one_course(opened: Opened) -> None:
    async with opened(APPROVE) as first, opened(APPROVE) as second:
        review = await asked(first)
        with time_machine.travel(datetime.now(UTC) + 2 * HOUR, tick=True):
            await first.sweep()
            assert await second.sweep() == []
        assert await first.store.read(statuses, [review.run]) == {review.run: "completed"}
