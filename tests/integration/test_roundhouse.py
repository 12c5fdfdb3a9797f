"""Roundhouse as a whole on a real database: runs, questions, answers, leases, signatures."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from graphs.catalogue import Catalogue, Entry
from graphs.workflow import Workflow
from runtime.roundhouse import Roundhouse
from state.errors import (
    AlreadyAnswered,
    InvalidAnswer,
    InvalidCase,
    RunBusy,
    RunExists,
    SignatureChanged,
    StaleAnswer,
    UnknownReview,
    UnknownRun,
)
from state.review import Answer
from state.run import ReviewRow, RunRow
from state.sql.database import Database
from state.sql.fence import Lease
from state.sql.reviews import accept
from state.sql.runs import take_lease
from tests.support.triage import changed, triage


def catalogue(workflow: Workflow = triage) -> Catalogue:
    return Catalogue({"triage": Entry(lambda profile: workflow)})


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue()) as opened:
        yield opened


async def start(roundhouse: Roundhouse, trouble: str = "", **options: Any) -> RunRow:
    return await roundhouse.start("triage", {"id": "t1", "text": "printer is on fire", "trouble": trouble}, **options)


async def the_question(roundhouse: Roundhouse) -> ReviewRow:
    [review] = await roundhouse.inbox()
    return review


async def test_a_case_without_trouble_is_completed(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse)
    story = await roundhouse.show(run.id)
    assert (run.status, run.questions, run.flagged) == ("completed", 0, False)
    assert run.decisions["Reply"]["text"] == "printer desk looks at it, urgency 18"
    assert {record.decision: record.built_from for record in story.records}["Team"] == {"Urgency": 1, "Topic": 1}
    assert [execution.specialist for execution in story.executions] == ["topic", "urgency", "team", "reply"]
    assert [effect.payload["text"] for effect in story.effects] == [run.decisions["Reply"]["text"]]


async def test_a_flag_is_counted_and_asks_nobody(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "flag")
    assert (run.status, run.flagged, run.questions) == ("completed", True, 0)


@pytest.mark.parametrize(
    ("trouble", "kind", "says"),
    [
        ("unsure", "low_confidence", "confidence 0.20"),
        ("raise", "failed", "RuntimeError: no thermometer, 2 tries"),
        ("breach", "failed", "level: Input should be a valid integer"),
        ("slow", "failed", "not ready after 0.2 s, 2 tries"),
        ("escalate", "escalated", "the ticket is empty"),
        ("exit", "failed", "it raised SystemExit 3, 2 tries"),
        ("stop", "failed", "it raised StopIteration"),
        ("null", "failed", "a \\0 and \\ud800"),
        ("disagree", "conflict", "Topic and Team disagree (night shift)"),
    ],
)
async def test_trouble_becomes_a_question_with_its_reason(
    roundhouse: Roundhouse, trouble: str, kind: str, says: str
) -> None:
    run = await start(roundhouse, trouble)
    review = await the_question(roundhouse)
    assert (run.status, run.questions) == ("waiting", 1)
    assert review.kind == kind
    assert says in review.payload["question"]["reason"]


async def test_approving_lets_the_run_go_on_to_its_end(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "unsure")
    run = await roundhouse.answer((await the_question(roundhouse)).id, "approve", by="ann")
    assert run.status == "completed"
    assert await roundhouse.inbox() == []


async def test_sending_back_a_failure_has_it_made_again(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "raise")
    run = await roundhouse.answer((await the_question(roundhouse)).id, "send_back", by="ann", text="try the cellar")
    assert (run.status, run.decisions["Urgency"]["level"]) == ("completed", 19)


async def test_an_edit_stands_as_the_persons_own_decision(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "unsure")
    run = await roundhouse.answer((await the_question(roundhouse)).id, "edit", by="ann", value={"team": "fire brigade"})
    story = await roundhouse.show(run.id)
    assert run.decisions["Reply"]["text"].startswith("fire brigade")
    assert [(r.maker.kind, r.maker.name) for r in story.records if r.decision == "Team"][-1] == ("human", "ann")


async def test_a_conflict_is_settled_for_the_side_that_is_preferred(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "disagree")
    run = await roundhouse.answer((await the_question(roundhouse)).id, "approve", by="ann", prefer="Team")
    story = await roundhouse.show(run.id)
    assert run.status == "completed"
    assert [(rung.action, rung.preferred) for rung in story.conflicts] == [("reconsider", None), ("human", "Team")]


async def test_rejecting_closes_the_case_without_effects(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "unsure")
    run = await roundhouse.answer((await the_question(roundhouse)).id, "reject", by="ann", text="spam")
    assert run.status == "rejected"
    assert (await roundhouse.show(run.id)).effects == ()


async def test_asking_upstream_remakes_only_what_depends_on_it(roundhouse: Roundhouse) -> None:
    story = await roundhouse.show((await start(roundhouse, "ask")).id)
    assert [execution.specialist for execution in story.executions] == [
        "topic", "urgency", "team", "urgency", "team", "reply",
    ]  # fmt: skip


async def test_a_second_answer_is_refused_and_names_the_first(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "unsure")
    review = await the_question(roundhouse)
    await roundhouse.answer(review.id, "approve", by="ann")
    with pytest.raises(AlreadyAnswered, match="'ann'"):
        await roundhouse.answer(review.id, "reject", by="bob", text="no")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"action": "edit", "value": {"team": 7}}, InvalidAnswer),  # breaks the contract
        ({"action": "edit", "value": {"crew": "x"}}, InvalidAnswer),  # no such field
        ({"action": "edit"}, InvalidAnswer),  # no value
        ({"action": "send_back", "text": " "}, InvalidAnswer),  # no guidance
        ({"action": "approve", "prefer": "Topic"}, InvalidAnswer),  # no conflict to prefer in
        ({"action": "edit", "value": {}, "decision": "Reply"}, InvalidAnswer),  # not what was asked
        ({"action": None}, InvalidAnswer),  # no action at all
        ({"action": "approve", "by": ""}, InvalidAnswer),  # nobody
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_and_the_question_stays_open(
    roundhouse: Roundhouse, answer: dict[str, Any], error: type[Exception]
) -> None:
    await start(roundhouse, "unsure")
    review = await the_question(roundhouse)
    with pytest.raises(error):
        await roundhouse.answer(review.id, **{"by": "ann", **answer})
    assert (await the_question(roundhouse)).id == review.id
    assert (await roundhouse.answer(review.id, "approve", by="ann")).status == "completed"


async def test_what_does_not_exist_is_said_so(roundhouse: Roundhouse) -> None:
    with pytest.raises(UnknownReview):
        await roundhouse.answer("nonsense", "approve", by="ann")
    with pytest.raises(UnknownRun):
        await roundhouse.show("nonsense")
    with pytest.raises(InvalidCase, match="text: Field required"):
        await roundhouse.start("triage", {"id": "t1"})


async def test_twenty_people_answer_at_once_and_one_is_taken(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "unsure")
    review = await the_question(roundhouse)
    answers = [roundhouse.answer(review.id, "edit", by=f"person {n}", value={"team": f"team {n}"}) for n in range(20)]
    results = await asyncio.gather(*answers, return_exceptions=True)
    [taken] = [result for result in results if isinstance(result, RunRow)]
    assert sum(isinstance(result, AlreadyAnswered) for result in results) == 19
    story = await roundhouse.show(taken.id)
    assert len(story.effects) == 1
    assert len([record for record in story.records if record.maker.kind == "human"]) == 1


async def test_two_starts_of_one_run_are_one_run(roundhouse: Roundhouse) -> None:
    results = await asyncio.gather(*(start(roundhouse, run="r1") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(result, RunRow) for result in results) == 1
    assert sum(isinstance(result, RunExists) for result in results) == 7
    assert (await start(roundhouse, run="r1", if_exists="return")).id == "r1"
    assert len((await roundhouse.show("r1")).executions) == 4


async def test_a_run_that_somebody_drives_is_not_driven_by_another(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "unsure")
    now = datetime.now(UTC)
    await roundhouse.store.write(take_lease, run.id, "elsewhere:1:2:3", now)
    with pytest.raises(RunBusy, match="elsewhere"):
        await roundhouse.resume(run.id)
    later = await roundhouse.store.write(take_lease, run.id, "other:1:2:3", now + timedelta(hours=1))
    assert isinstance(later, Lease)
    assert later.fence == 3


async def test_a_run_under_another_signature_is_refused_with_the_difference(
    roundhouse: Roundhouse, database_url: str
) -> None:
    await start(roundhouse, "unsure")
    review = await the_question(roundhouse)
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as later:
        with pytest.raises(SignatureChanged, match=r"specialist topic was 'version 1, .*is 'version 2") as refused:
            await later.answer(review.id, "approve", by="ann")
    assert len(refused.value.differences) == 1
    assert (await roundhouse.answer(review.id, "approve", by="ann")).status == "completed"


async def test_an_answer_that_a_crash_kept_from_being_applied_is_applied_by_the_sweep(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "unsure")
    review = await the_question(roundhouse)
    answer = Answer(question=review.question, action="approve", by="ann")
    await roundhouse.store.write(accept, review.id, answer, datetime.now(UTC))
    with pytest.raises(AlreadyAnswered):
        await roundhouse.answer(review.id, "reject", by="bob", text="no")
    assert await roundhouse.sweep() == [review.run]
    assert (await roundhouse.run(review.run)).status == "completed"
    assert await roundhouse.sweep() == []


async def test_a_question_that_a_crash_kept_from_the_inbox_comes_with_the_next_drive(
    roundhouse: Roundhouse, database_url: str
) -> None:
    run = await start(roundhouse, "unsure")
    with Database.open(database_url) as database, database.engine.begin() as connection:
        connection.execute(text("DELETE FROM reviews"))
        connection.execute(text("UPDATE runs SET status = 'running'"))
    assert await roundhouse.inbox() == []
    assert await roundhouse.resume(run.id) == "waiting"
    assert (await the_question(roundhouse)).run == run.id


async def test_a_question_that_was_withdrawn_and_stands_again_is_open_again(
    roundhouse: Roundhouse, database_url: str
) -> None:
    run = await start(roundhouse, "unsure")
    with Database.open(database_url) as database, database.engine.begin() as connection:
        connection.execute(text("UPDATE reviews SET status = 'withdrawn'"))
    await roundhouse.resume(run.id)
    assert (await roundhouse.answer((await the_question(roundhouse)).id, "approve", by="ann")).status == "completed"


async def test_a_stale_accepted_answer_is_put_aside_and_the_question_asked_again(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "unsure")
    review = await the_question(roundhouse)
    stale = Answer(question="low_confidence:Team@9", action="approve", by="ann")
    await roundhouse.store.write(accept, review.id, stale, datetime.now(UTC))
    await roundhouse.sweep()
    assert ((await the_question(roundhouse)).id, (await the_question(roundhouse)).answer) == (review.id, None)


async def test_a_withdrawn_question_takes_no_answer(roundhouse: Roundhouse, database_url: str) -> None:
    await start(roundhouse, "unsure")
    review = await the_question(roundhouse)
    with Database.open(database_url) as database, database.engine.begin() as connection:
        connection.execute(text("UPDATE reviews SET status = 'withdrawn'"))
    with pytest.raises(StaleAnswer):
        await roundhouse.answer(review.id, "approve", by="ann")
