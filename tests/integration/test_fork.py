"""Forks of runs on a real database: what they keep, what they pay for, and what they keep to themselves."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from runtime.roundhouse import Roundhouse
from state.errors import InvalidAnswer, SignatureChanged, UnknownRun, UsageError
from state.run import ReviewRow, RunStory
from state.sql.checkpoint_upkeep import delete_threads
from state.sql.effects import UNSENT
from state.sql.tables import outbox, records, runs
from tests.support.desks import catalogue
from tests.support.triage import changed, triage

CALM = {"id": "t1", "text": "printer hums"}
UNSURE = {"id": "t1", "text": "printer hums", "trouble": "unsure"}
DISAGREE = {"id": "t1", "text": "printer hums", "trouble": "disagree"}


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue(triage)) as opened:
        yield opened


async def question(roundhouse: Roundhouse, run: str) -> ReviewRow:
    [review] = await roundhouse.questions(run)
    return review


def called(story: RunStory) -> list[str]:
    return [execution.specialist for execution in story.executions]


async def test_a_fork_makes_again_only_what_depends_on_the_change(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    made = await roundhouse.fork("r1", {"Urgency": {"level": 99}}, by="zoe")
    story = await roundhouse.show(made.run.id)
    assert (story.run.status, story.run.origin, story.run.case_id, story.run.batch) == ("completed", "r1", "t1", None)
    assert called(story) == ["team", "reply"]
    assert story.run.decisions["Reply"]["text"] == "printer desk looks at it, urgency 99"
    assert [each.decision for each in made.differences if each.changed] == ["Urgency", "Reply"]
    assert made.of.decisions["Reply"]["text"] == "printer desk looks at it, urgency 12"
    assert (await roundhouse.run("r1")).origin is None


async def test_a_fork_delivers_nothing(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    made = await roundhouse.fork("r1", {"Urgency": {"level": 99}}, by="zoe")
    assert (await roundhouse.show(made.run.id)).effects == ()
    [effect] = (await roundhouse.show("r1")).effects
    assert (effect.status, effect.payload["text"]) == ("pending", "printer desk looks at it, urgency 12")


async def test_a_fork_delivers_nothing_after_its_question_is_answered(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", UNSURE, run="r1")
    made = await roundhouse.fork("r1", {"Topic": {"topic": "fire"}}, by="zoe")
    assert (made.run.status, [each.kind for each in made.questions]) == ("waiting", ["low_confidence"])
    run = await roundhouse.answer(made.questions[0].id, "approve", by="zoe")
    assert (run.id, run.status) == (made.run.id, "completed")
    assert (await roundhouse.show(run.id)).effects == ()
    assert (await roundhouse.run("r1")).status == "waiting"


async def test_a_fork_that_is_told_to_deliver_corrects_what_went_out(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    await roundhouse.store.write(_send)
    made = await roundhouse.fork("r1", {"Urgency": {"level": 99}}, by="zoe", effects="deliver")
    [first], [second] = (await roundhouse.show("r1")).effects, (await roundhouse.show(made.run.id)).effects
    assert (second.corrects, second.status, second.payload["text"]) == (
        first.id,
        "pending",
        "printer desk looks at it, urgency 99",
    )


def _send(connection: Connection) -> None:
    connection.execute(outbox.update().where(outbox.c.status.in_(UNSENT)).values(status="delivered"))


async def test_a_fork_of_a_fork_delivers_only_when_it_is_told_to_itself(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    loud = await roundhouse.fork("r1", {"Urgency": {"level": 99}}, by="zoe", effects="deliver")
    quiet = await roundhouse.fork(loud.run.id, {"Urgency": {"level": 98}}, by="zoe")
    assert (await roundhouse.show(quiet.run.id)).effects == ()
    assert quiet.run.origin == loud.run.id


async def test_what_people_said_holds_in_a_fork(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", UNSURE, run="r1")
    await roundhouse.answer((await question(roundhouse, "r1")).id, "approve", by="ann")
    made = await roundhouse.fork("r1", {"Reply": {"text": "soon"}}, by="zoe")
    assert (made.run.status, made.questions, made.run.questions) == ("completed", (), 0)
    await roundhouse.start("triage", DISAGREE, run="r2")
    await roundhouse.answer((await question(roundhouse, "r2")).id, "approve", by="ann", prefer="Team")
    made = await roundhouse.fork("r2", {"Reply": {"text": "soon"}}, by="zoe")
    story = await roundhouse.show(made.run.id)
    assert (story.run.status, called(story)) == ("completed", [])
    assert [rung.preferred for rung in story.conflicts] == [None, "Team"]


async def test_a_fork_needs_no_checkpoints_of_its_origin(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", DISAGREE, run="r1")
    await roundhouse.answer((await question(roundhouse, "r1")).id, "approve", by="ann", prefer="Team")
    await roundhouse.store.write(lambda connection: delete_threads(["r1"])(connection))
    made = await roundhouse.fork("r1", {"Reply": {"text": "soon"}}, by="zoe")
    assert (made.run.status, called(await roundhouse.show(made.run.id))) == ("completed", [])


async def test_a_rejected_run_can_be_forked(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", UNSURE, run="r1")
    await roundhouse.answer((await question(roundhouse, "r1")).id, "reject", by="ann", text="spam")
    made = await roundhouse.fork("r1", {"Team": {"team": "post"}}, by="zoe")
    assert (made.run.status, made.run.decisions["Reply"]["text"]) == ("completed", "post looks at it, urgency 12")


async def test_a_fork_is_pinned_as_its_origin_but_for_when_it_was_started(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    made = await roundhouse.fork("r1", {"Urgency": {"level": 99}}, by="zoe")
    before, now = (await roundhouse.show("r1")).pins, (await roundhouse.show(made.run.id)).pins
    assert now == {**before, "started_at": now["started_at"], "delivers": False}
    assert now["started_at"] > before["started_at"]


async def test_the_trail_of_a_fork_begins_with_the_change_and_its_origin_tells_of_it(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", DISAGREE, run="r1")
    await roundhouse.answer((await question(roundhouse, "r1")).id, "approve", by="ann", prefer="Team")
    made = await roundhouse.fork("r1", {"Urgency": {"level": 99}, "Reply": {"text": "soon"}}, by="zoe")
    trail, origin = await roundhouse.audit(made.run.id), await roundhouse.audit("r1")
    assert (trail.verdict.is_whole, origin.verdict.is_whole) == (True, True)
    assert [(row.action, row.actor_kind, row.subject) for row in trail.rows] == [
        ("started", "system", "run"),
        ("decided", "human", "Urgency@2"),
        ("decided", "human", "Reply@2"),
        ("renewed", "agent", "Team@1"),
        ("completed", "system", "run"),
    ]
    change: dict[str, Any] = trail.rows[1].change or {}
    assert (change["before"]["value"]["level"], change["after"]["value"]["level"]) == (12, 99)
    last = origin.rows[-1]
    told: dict[str, Any] = last.change or {}
    assert (last.action, last.actor, told["after"]["run"]) == ("forked", "zoe", made.run.id)


async def test_an_id_of_a_fork_leaves_the_beginning_of_its_origins_to_that(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="printer-one")
    made = await roundhouse.fork("printer-one", {"Urgency": {"level": 99}}, by="zoe")
    assert (await roundhouse.run("printer-o")).id == "printer-one"
    assert (await roundhouse.run(made.run.id[:9])).id == made.run.id


async def test_a_cases_id_means_its_run_and_not_an_earlier_fork(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    await roundhouse.fork("t1", {"Urgency": {"level": 99}}, by="zoe")
    second = await roundhouse.fork("t1", {"Topic": {"topic": "fire"}}, by="zoe")
    assert second.of.id == "r1"
    assert second.run.decisions["Urgency"]["level"] == 12


async def test_a_run_of_another_signature_is_not_forked(roundhouse: Roundhouse, database_url: str) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as later:
        with pytest.raises(SignatureChanged, match="specialist topic was"):
            await later.fork("r1", {"Urgency": {"level": 99}}, by="zoe")
    assert [run.id for run in await roundhouse.runs()] == ["r1"]


@pytest.mark.parametrize(
    ("run", "changes", "error", "says"),
    [
        # no such run
        ("nonsense", {"Urgency": {"level": 9}}, UnknownRun, "'nonsense' does not exist"),
        # no such decision
        ("r1", {"Urgence": {"level": 9}}, UsageError, "does not decide 'Urgence'. It decides Urgency, Topic"),
        # a value that breaks the contract
        ("r1", {"Urgency": {"level": "high"}}, InvalidAnswer, "breaks the contract of Urgency: level:"),
    ],
)
async def test_a_fork_that_cannot_be_is_refused_and_leaves_nothing(
    roundhouse: Roundhouse, run: str, changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    with pytest.raises(error, match=says):
        await roundhouse.fork(run, changes, by="zoe")
    assert [run.id for run in await roundhouse.runs()] == ["r1"]
    assert "forked" not in [row.action for row in (await roundhouse.audit("r1")).rows]


async def test_a_fork_that_was_cut_off_goes_on(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    made = await roundhouse.fork("r1", {"Urgency": {"level": 99}}, by="zoe")
    await roundhouse.store.write(_cut_off, made.run.id)
    assert await roundhouse.sweep() == [made.run.id]
    run = await roundhouse.run(made.run.id)
    assert (run.status, run.decisions["Reply"]["text"]) == ("completed", "printer desk looks at it, urgency 99")


def _cut_off(connection: Connection, run: str) -> None:
    """As if the process had died before the first checkpoint."""
    delete_threads([run])(connection)
    connection.execute(runs.update().where(runs.c.id == run).values(status="running", journal_kept=0))
    connection.execute(delete(records).where(records.c.run == run))
