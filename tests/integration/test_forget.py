"""A person's case is forgotten: the words and the ids go, the figures stay, and nothing is made of them again."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from runtime.channels.folder import FolderChannel
from runtime.export import export
from runtime.roundhouse import Roundhouse
from state.errors import CaseForgotten, RunBusy, UnknownRun, UsageError
from state.sql.runs import statuses, take_lease
from state.sql.tables import tombstones
from state.sql.threads import threads_of
from tests.support.person import (
    PERSON,
    TRACES,
    catalogue,
    everything,
    execute,
    gone,
    later,
    lived,
    run_batch,
    start,
    tickets,
)
from tests.support.triage import changed


@pytest.fixture
async def roundhouse(database_url: str, tmp_path: Path) -> AsyncIterator[Roundhouse]:
    channels = {"default": FolderChannel(tmp_path / "outbox")}
    async with Roundhouse.open(database_url, catalogue(), channels) as opened:
        yield opened


async def test_the_checkpoints_from_before_a_migration_go_too(roundhouse: Roundhouse, database_url: str) -> None:
    run = await start(roundhouse, PERSON, "unsure")
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as moved:
        await moved.migrate(run.id, by="ann")
        assert await moved.store.read(threads_of, [run.id]) == [f"{run.id}~1"]
        await moved.forget(PERSON, by="ann")
        assert PERSON not in await moved.store.read(everything)


async def test_nothing_that_was_said_of_a_forgotten_person_is_in_any_table(
    roundhouse: Roundhouse, tmp_path: Path
) -> None:
    run = await lived(roundhouse, tmp_path)
    before = await roundhouse.store.read(everything)
    assert [trace for trace in TRACES if trace not in before] == []
    forgotten = await roundhouse.forget(PERSON, by="ann")
    assert (len(forgotten.runs), forgotten.busy, forgotten.lines) == (2, (), 1)
    assert run in forgotten.runs
    assert [(each.status, Path(str(each.receipt)).is_file()) for each in forgotten.sent] == [("delivered", True)]
    after = await roundhouse.store.read(everything)
    assert [trace for trace in (*TRACES, run) if trace in after] == []
    assert "bob" in after


async def test_what_is_left_are_figures_under_a_pseudonym(roundhouse: Roundhouse, tmp_path: Path) -> None:
    run = await lived(roundhouse, tmp_path)
    before = await roundhouse.show(run)
    await roundhouse.forget(PERSON, by="ann")
    [own, fork] = sorted(await gone(roundhouse), key=lambda row: row.created_at)
    story = await roundhouse.show(own.id)
    assert own.id.startswith("forgotten-")
    assert (own.case_id, own.status, own.decisions, own.error) == (fork.case_id, "completed", {}, None)
    assert own.questions == before.run.questions == 2
    assert [(each.specialist, each.outcome) for each in story.executions] == [
        (each.specialist, each.outcome) for each in before.executions
    ]
    assert [(each.decision, each.version, each.maker) for each in story.records] == [
        (each.decision, each.version, each.maker) for each in before.records
    ]
    assert [(each.id, each.kind, each.status, each.answered_by) for each in story.reviews] == [
        (each.id, each.kind, each.status, each.answered_by) for each in before.reviews
    ]
    assert [(each.answer or {})["action"] for each in story.reviews] == ["send_back", "edit"]
    assert [(each.status, each.payload, each.receipt) for each in story.effects] == [("delivered", {}, None)]
    for row in (own, fork):
        trail = await roundhouse.audit(row.id)
        assert trail.verdict.is_whole
        assert (trail.rows[-1].action, trail.rows[-1].actor) == ("forgotten", "ann")
        assert {each.payload for each in trail.rows[:-1]} == {None}


async def test_the_same_batch_again_does_not_run_a_forgotten_case(roundhouse: Roundhouse, tmp_path: Path) -> None:
    path = tickets(tmp_path)
    first = await run_batch(roundhouse, path)
    await roundhouse.forget(PERSON, by="ann")
    again = await run_batch(roundhouse, path)
    assert (first.cases, first.awaiting_review, first.quarantined) == (6, 3, 2)
    assert (again.cases, again.awaiting_review, again.rejected, again.quarantined) == (6, 2, 1, 2)
    assert again.completed + again.awaiting_review + again.rejected + again.failed + again.quarantined == 6
    assert (again.resumed, again.conflicts) == (4, first.conflicts)
    assert PERSON not in await roundhouse.store.read(everything)


async def test_the_export_leaves_a_forgotten_case_out(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await run_batch(roundhouse, tickets(tmp_path))
    await roundhouse.forget(PERSON, by="ann")
    await roundhouse.prune(later(1), by="ann")
    [batch] = {run.batch for run in await roundhouse.runs()}
    driver = await roundhouse.driver("triage")
    await asyncio.to_thread(export, roundhouse.store, driver.workflow, str(batch), tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["case"]["id"] for line in lines] == ["bob", "cid", "dan"]


async def test_the_ids_of_a_forgotten_case_say_so_and_are_not_used_again(
    roundhouse: Roundhouse, tmp_path: Path
) -> None:
    run = await start(roundhouse, PERSON, run="r1")
    await roundhouse.forget(PERSON, by="ann")
    for name in ("r1", PERSON):
        with pytest.raises(CaseForgotten, match=f"{name}' was forgotten by 'ann' at 20"):
            await roundhouse.show(name)
    with pytest.raises(CaseForgotten):
        await start(roundhouse, PERSON, run="r1")
    with pytest.raises(CaseForgotten):
        await start(roundhouse, PERSON, run="r1", if_exists="return")
    with pytest.raises(UnknownRun):
        await roundhouse.show("r")
    assert await roundhouse.store.read(statuses, ["r1", "r2"]) == {"r1": run.status}
    assert (await start(roundhouse, PERSON, run="r2")).case_id == PERSON, "who comes back is a new case"
    assert (await roundhouse.run(PERSON)).id == "r2"


async def test_a_tombstone_holds_digests_only(roundhouse: Roundhouse) -> None:
    await start(roundhouse, PERSON)
    await roundhouse.forget(PERSON, by="ann")
    [tombstone] = await roundhouse.store.read(lambda connection: connection.execute(select(tombstones)).all())
    [run] = await gone(roundhouse)
    assert (tombstone.run, tombstone.workflow, tombstone.forgotten_by) == (run.id, "triage", "ann")
    assert [len(tombstone.id), len(tombstone.case_digest)] == [32, 32]


async def test_a_run_that_waits_is_rejected_and_asks_nobody_any_more(roundhouse: Roundhouse) -> None:
    await start(roundhouse, PERSON, "unsure")
    await roundhouse.forget(PERSON, by="ann")
    [run] = await gone(roundhouse)
    assert (run.status, run.ended_at is not None) == ("rejected", True)
    assert await roundhouse.inbox() == []
    assert await roundhouse.sweep() == []
    assert await roundhouse.resume(run.id) == "rejected"


async def test_effects_that_wait_are_withdrawn_and_those_that_may_have_left_are_told(
    database_url: str,
) -> None:
    async with Roundhouse.open(database_url, catalogue()) as roundhouse:
        for case, status in (("a", "pending"), ("b", "dead"), ("c", "unknown")):
            run = await start(roundhouse, case)
            await roundhouse.store.write(
                execute, "UPDATE outbox SET status = :status WHERE run = :run", {"status": status, "run": run.id}
            )
        told = {case: (await roundhouse.forget(case, by="ann")).sent for case in "abc"}
        assert {case: [each.status for each in sent] for case, sent in told.items()} == {
            "a": [],
            "b": [],
            "c": ["unknown"],
        }
        rows, counts = await roundhouse.outbox()
        assert (counts, {row.message for row in rows}) == ({"withdrawn": 3}, {None})


async def test_a_run_that_is_driven_or_delivered_from_is_busy_and_as_it_was(database_url: str) -> None:
    async with Roundhouse.open(database_url, catalogue()) as roundhouse:
        driven, sending = await start(roundhouse, PERSON, "unsure"), await start(roundhouse, PERSON)
        now = datetime.now(UTC)
        await roundhouse.store.write(take_lease, driven.id, "elsewhere:1:2:3", now)
        mark = "UPDATE outbox SET status = 'sending', sender = :sender, sending_until = :until"
        until = now + timedelta(minutes=5)
        await roundhouse.store.write(execute, mark, {"sender": "elsewhere:1:2:3", "until": until})
        forgotten = await roundhouse.forget(PERSON, by="ann")
        assert (forgotten.runs, {each.run for each in forgotten.busy}) == ((), {driven.id, sending.id})
        assert isinstance(forgotten.busy[0], RunBusy)
        assert (await roundhouse.show(sending.id)).run == sending
        with time_machine.travel(now + timedelta(minutes=6), tick=True):
            again = await roundhouse.forget(PERSON, by="ann")
        assert (len(again.runs), again.busy, [each.status for each in again.sent]) == (2, (), ["sending"])
        assert len({run.case_id for run in await gone(roundhouse)}) == 1


async def test_several_workflows_with_one_case_id_are_told_apart(roundhouse: Roundhouse) -> None:
    await start(roundhouse, PERSON)
    other = await start(roundhouse, PERSON, workflow="second")
    with pytest.raises(UsageError, match=r"second, triage\. Say which with --workflow"):
        await roundhouse.forget(PERSON, by="ann")
    assert len((await roundhouse.forget(PERSON, by="ann", workflow="triage")).runs) == 1
    assert await roundhouse.run(PERSON) == other
    await roundhouse.forget(PERSON, by="ann", workflow="second")
    with pytest.raises(CaseForgotten):
        await roundhouse.run(PERSON)


async def test_forgetting_again_forgets_nothing_and_is_no_mistake(roundhouse: Roundhouse) -> None:
    await start(roundhouse, PERSON)
    await roundhouse.forget(PERSON, by="ann")
    assert (await roundhouse.forget(PERSON, by="bob")).runs == ()
    [run] = await gone(roundhouse)
    for name, says in (("nobody", "Nothing is known of a case 'nobody'"), (" ", "empty"), (run.case_id, "Nothing")):
        with pytest.raises(UsageError, match=says):
            await roundhouse.forget(name, by="ann")


async def test_two_who_forget_at_once_leave_nothing(roundhouse: Roundhouse, database_url: str) -> None:
    for number in range(4):
        await start(roundhouse, PERSON, run=f"r{number}")
    async with Roundhouse.open(database_url, catalogue()) as other:
        both = await asyncio.gather(roundhouse.forget(PERSON, by="ann"), other.forget(PERSON, by="bob"))
    assert sorted(run for each in both for run in each.runs) == ["r0", "r1", "r2", "r3"]
    assert PERSON not in await roundhouse.store.read(everything)
