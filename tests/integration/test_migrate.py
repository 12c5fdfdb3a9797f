"""Runs that go on after their workflow has changed, on a real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select

from runtime.migrating import migrate_all, not_migrated, plan_all
from runtime.roundhouse import Roundhouse
from state.errors import ContractBroken, InvalidCase, RunBusy, RunEnded, SignatureChanged, UnknownRun
from state.progress import Progress
from state.review import Answer
from state.run import ReviewRow, RunStory
from state.sql.fork import read_progress
from state.sql.reviews import accept
from state.sql.runs import pinned_run, take_lease
from state.sql.tables import saved_checkpoints
from tests.support.desks import BROKEN, LONGER, SILENT, Topic, Urgency, catalogue, desk
from tests.support.triage import changed, triage


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue(triage)) as opened:
        yield opened


@pytest.fixture
async def later(roundhouse: Roundhouse, database_url: str) -> AsyncIterator[Roundhouse]:
    """The same database after one specialist has got another version."""
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as opened:
        yield opened


async def waiting(roundhouse: Roundhouse, trouble: str = "unsure", case: str = "t1") -> ReviewRow:
    """The one question of a new run."""
    run = await roundhouse.start("triage", {"id": case, "text": "printer hums", "trouble": trouble}, run=f"run-{case}")
    [review] = await roundhouse.questions(run.id)
    return review


def called(story: RunStory) -> list[str]:
    return sorted(execution.specialist for execution in story.executions)


async def actions(roundhouse: Roundhouse, run: str = "run-t1") -> list[str]:
    """What the trail says, once it is known to be whole."""
    trail = await roundhouse.audit(run)
    assert trail.verdict.is_whole, trail.verdict.reason
    return [row.action for row in trail.rows]


async def test_a_run_that_waits_goes_on_with_all_that_was_decided(roundhouse: Roundhouse, later: Roundhouse) -> None:
    review = await waiting(roundhouse)
    with pytest.raises(SignatureChanged, match=r"specialist topic was .* 'roundhouse migrate run-t1'"):
        await later.answer(review.id, "approve", by="ann")
    migration = await later.migrate("run-t1", by="ann")
    assert (migration.status, len(migration.differences)) == ("waiting", 1)
    assert migration.carried is not None
    assert migration.carried.kept == ("Urgency", "Topic", "Team")
    assert [each.id for each in await later.inbox()] == [review.id]
    assert (await later.answer(review.id, "approve", by="ann")).status == "completed"
    story = await later.show("run-t1")
    assert called(story) == ["reply", "team", "topic", "urgency"]
    assert len(story.effects) == 1


async def test_the_trail_tells_who_migrated_and_what_became_of_what(roundhouse: Roundhouse, later: Roundhouse) -> None:
    review = await waiting(roundhouse)
    await later.migrate("run-t1", by="ann")
    await later.answer(review.id, "approve", by="bob")
    done = await actions(later)
    expected = {"migrated": 1, "decided": 4, "withdrawn": 1, "asked": 2, "completed": 1}
    assert {action: done.count(action) for action in expected} == expected
    [row] = [row for row in (await later.audit("run-t1")).rows if row.action == "migrated"]
    assert (row.actor_kind, row.actor, row.subject) == ("human", "ann", "run")
    change: dict[str, Any] = row.change or {}
    assert change["before"]["signature"] == triage.signature
    assert "specialist topic was" in change["before"]["differences"][0]
    assert change["after"] == {
        "signature": changed("2").signature,
        "kept": ["Urgency", "Topic", "Team"],
        "made_again": [],
        "unconfirmed": [],
        "dropped": [],
    }


async def test_only_what_the_change_touches_is_made_again(roundhouse: Roundhouse, database_url: str) -> None:
    await waiting(roundhouse)
    async with Roundhouse.open(database_url, catalogue(desk(topic=Topic))) as later:
        migration = await later.migrate("run-t1", by="ann")
        story = await later.show("run-t1")
    assert migration.carried is not None
    assert (migration.carried.kept, migration.carried.made_again) == (("Urgency",), ("Topic", "Team"))
    assert (migration.status, story.run.decisions["Topic"]["language"]) == ("completed", "en")
    assert called(story) == ["reply", "team", "team", "topic", "topic", "urgency"]
    versions = {record.decision: record.version for record in sorted(story.records, key=lambda each: each.version)}
    assert versions == {"Urgency": 1, "Topic": 2, "Team": 2, "Reply": 1}


async def test_a_human_word_that_does_not_fit_is_dropped_and_written_down(database_url: str) -> None:
    async with Roundhouse.open(database_url, catalogue(desk(confidence=0.2))) as roundhouse:
        review = await waiting(roundhouse, "escalate")
        assert (await roundhouse.answer(review.id, "edit", by="ann", value={"level": 7})).status == "waiting"
    async with Roundhouse.open(database_url, catalogue(desk(urgency=Urgency, confidence=0.2))) as later:
        assert (await later.migrate("run-t1", by="bob")).status == "waiting"
        [question] = await later.questions("run-t1")
        assert question.question == "escalated:Urgency@3"
        [row] = [row for row in (await later.audit("run-t1")).rows if row.action == "migrated"]
        assert "ann decided Urgency; it does not fit its contract any more" in (row.payload or "")


async def test_a_human_word_that_fits_is_kept(database_url: str) -> None:
    async with Roundhouse.open(database_url, catalogue(desk(confidence=0.2))) as roundhouse:
        review = await waiting(roundhouse, "escalate")
        await roundhouse.answer(review.id, "edit", by="ann", value={"level": 4})
    async with Roundhouse.open(database_url, catalogue(desk(urgency=Urgency))) as later:
        assert (await later.migrate("run-t1", by="bob")).status == "waiting"
        [question] = await later.questions("run-t1")
        await later.answer(question.id, "approve", by="bob")
        story = await later.show("run-t1")
        assert (story.run.status, story.run.decisions["Urgency"]["level"]) == ("completed", 4)


async def test_a_run_that_failed_is_migrated(database_url: str) -> None:
    async with Roundhouse.open(database_url, catalogue(BROKEN)) as roundhouse:
        run = await roundhouse.start("triage", {"id": "t1", "text": "printer hums"}, run="run-t1")
        assert run.status == "failed"
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as later:
        assert (await later.migrate("run-t1", by="ann")).status == "completed"
        story = await later.show("run-t1")
        assert (story.run.error, called(story)) == (None, ["reply", "team", "topic", "urgency"])
        assert "completed" in await actions(later)


async def test_a_migration_to_a_workflow_that_cannot_look_at_the_run_is_refused(
    roundhouse: Roundhouse, database_url: str
) -> None:
    review = await waiting(roundhouse)
    async with Roundhouse.open(database_url, catalogue(BROKEN)) as later:
        with pytest.raises(ContractBroken, match="no rule for that"):
            await later.migrate("run-t1", by="ann")
    assert (await roundhouse.answer(review.id, "approve", by="ann")).status == "completed"
    assert "migrated" not in await actions(roundhouse)


@pytest.mark.parametrize(("action", "status"), [("approve", "completed"), ("reject", "rejected")])
async def test_a_run_at_its_end_is_left_as_it_is(
    roundhouse: Roundhouse, later: Roundhouse, action: Any, status: str
) -> None:
    review = await waiting(roundhouse)
    await roundhouse.answer(review.id, action, by="ann", text="spam")
    with pytest.raises(RunEnded, match=f"Run 'run-t1' is {status}"):
        await later.migrate("run-t1", by="ann")
    assert (await later.run("run-t1")).status == status


async def test_a_run_of_the_present_signature_is_left_as_it_is(roundhouse: Roundhouse) -> None:
    review = await waiting(roundhouse)
    trail = await actions(roundhouse)
    migration = await roundhouse.migrate("run-t1", by="ann")
    assert (migration.status, migration.carried, migration.differences) == ("waiting", None, ())
    assert (await roundhouse.review(review.id)).status == "open"
    assert await actions(roundhouse) == trail


async def test_a_case_that_does_not_fit_its_contract_any_more_is_refused(
    roundhouse: Roundhouse, database_url: str
) -> None:
    review = await waiting(roundhouse)
    async with Roundhouse.open(database_url, catalogue(LONGER)) as later:
        with pytest.raises(InvalidCase, match="customer: Field required"):
            await later.migrate("run-t1", by="ann")
    assert (await roundhouse.answer(review.id, "approve", by="ann")).status == "completed"


async def test_a_run_that_somebody_drives_is_not_migrated(roundhouse: Roundhouse, later: Roundhouse) -> None:
    await waiting(roundhouse)
    await roundhouse.store.write(take_lease, "run-t1", "elsewhere:1:2:3", datetime.now(UTC))
    with pytest.raises(RunBusy, match="elsewhere"):
        await later.migrate("run-t1", by="ann")
    assert (await later.migration("run-t1")).differences


async def test_an_answer_that_was_accepted_before_is_applied_afterwards(
    roundhouse: Roundhouse, later: Roundhouse
) -> None:
    review = await waiting(roundhouse)
    answer = Answer(question=review.question, action="approve", by="ann")
    await roundhouse.store.write(accept, review.id, answer, datetime.now(UTC))
    assert (await later.migrate("run-t1", by="bob")).status == "completed"
    assert (await later.review(review.id)).status == "answered"


async def test_a_claim_ends_and_the_question_is_put_again(roundhouse: Roundhouse, later: Roundhouse) -> None:
    review = await waiting(roundhouse)
    await roundhouse.claim(review.id, by="ann")
    await later.migrate("run-t1", by="bob")
    again = await later.review(review.id)
    assert (again.status, again.claimed_by) == ("open", None)


async def test_what_is_not_carried_is_not_in_the_tables(roundhouse: Roundhouse, database_url: str) -> None:
    await waiting(roundhouse, "disagree")
    async with Roundhouse.open(database_url, catalogue(desk())) as later:
        await later.migrate("run-t1", by="ann")
        assert (await later.show("run-t1")).conflicts == ()
    async with Roundhouse.open(database_url, catalogue(desk(confidence=0.2))) as roundhouse:
        await waiting(roundhouse, case="t2")
        [question] = await roundhouse.questions("run-t2")
        await roundhouse.answer(question.id, "send_back", by="ann", text="surer, please")
    async with Roundhouse.open(database_url, catalogue(SILENT)) as later:
        await later.migrate("run-t2", by="ann")
        story = await later.show("run-t2")
        assert {record.decision for record in story.records} == {"Urgency", "Topic", "Team"}


async def test_a_run_is_migrated_again_and_has_one_thread_of_checkpoints(
    roundhouse: Roundhouse, later: Roundhouse, database_url: str
) -> None:
    review = await waiting(roundhouse)
    started = (await roundhouse.show("run-t1")).pins["started_at"]
    await later.migrate("run-t1", by="ann")
    async with Roundhouse.open(database_url, catalogue(changed("3"))) as latest:
        assert await latest.store.read(threads) == ["run-t1~1"]
        assert (await latest.migrate("run-t1", by="ann")).status == "waiting"
        assert await latest.store.read(threads) == ["run-t1~2"]
        pins = (await latest.show("run-t1")).pins
        assert (pins["signature"], pins["started_at"]) == (changed("3").signature, started)
        assert (await latest.answer(review.id, "approve", by="ann")).status == "completed"
        assert (await actions(latest)).count("decided") == 4


def threads(connection: Connection) -> list[str]:
    return list(connection.execute(select(saved_checkpoints.c.thread).distinct()).scalars())


async def test_a_run_goes_back_to_the_signature_that_it_had(roundhouse: Roundhouse, later: Roundhouse) -> None:
    review = await waiting(roundhouse)
    await later.migrate("run-t1", by="ann")
    await roundhouse.migrate("run-t1", by="ann")
    assert (await roundhouse.answer(review.id, "approve", by="ann")).status == "completed"
    assert called(await roundhouse.show("run-t1")) == ["reply", "team", "topic", "urgency"]


async def test_the_tables_tell_the_same_progress_as_the_checkpoints(roundhouse: Roundhouse, later: Roundhouse) -> None:
    review = await waiting(roundhouse, "disagree")
    await roundhouse.answer(review.id, "send_back", by="ann", text="by day", decision="Team")
    await later.migrate("run-t1", by="ann")
    [question] = await later.questions("run-t1")
    await later.answer(question.id, "approve", by="ann", prefer="Topic")
    found = await later.store.read(pinned_run, "run-t1")
    graph = (await later.driver("triage")).graph
    state = await graph.aget_state({"configurable": {"thread_id": found.pins["thread"]}})
    kept = Progress.parse(state.values["progress"])
    rebuilt = await later.store.read(read_progress, "run-t1")
    assert [(each.answer, each.stem) for each in rebuilt.answers] == [(each.answer, each.stem) for each in kept.answers]
    elsewhere: dict[str, Any] = {"answers": (), "attempts": {}, "journal": ()}
    assert rebuilt.model_copy(update=elsewhere) == kept.model_copy(update=elsewhere)


async def test_many_runs_are_migrated_and_one_that_is_refused_leaves_the_others(
    roundhouse: Roundhouse, later: Roundhouse
) -> None:
    for case in ("t1", "t2", "t3", "t4"):
        await waiting(roundhouse, case=case)
    await roundhouse.answer((await roundhouse.questions("run-t4"))[0].id, "approve", by="ann")
    assert await not_migrated(later, "triage", None) == ["run-t1", "run-t2", "run-t3"]
    assert await not_migrated(roundhouse, "triage", None) == []
    assert await not_migrated(later, "other", None) == []
    assert await not_migrated(later, None, "no batch") == []
    await roundhouse.store.write(take_lease, "run-t2", "elsewhere:1:2:3", datetime.now(UTC))
    plans = await plan_all(later, ["run-t1", "run-t2", "run-t4"])
    assert [type(plan.refused) for plan in plans] == [type(None), type(None), RunEnded]
    migrated = await migrate_all(later, ["run-t1", "run-t2", "run-t3"], 2, "ann")
    assert [type(each.refused) for each in migrated] == [type(None), RunBusy, type(None)]
    assert await not_migrated(later, "triage", None) == ["run-t2"]
    with pytest.raises(UnknownRun):
        await plan_all(later, ["nonsense"])
