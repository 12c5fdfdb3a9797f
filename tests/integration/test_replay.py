"""Runs replayed from their checkpoints, on a real database."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Connection, delete, update

from graphs.catalogue import Catalogue
from runtime.held import thread_of
from runtime.replay import Moment
from runtime.roundhouse import Roundhouse
from state.errors import UnknownRun
from state.run import ReviewRow
from state.sql.checkpoint_upkeep import delete_threads
from state.sql.prune import Ended
from state.sql.tables import records, runs
from tests.support.desks import catalogue
from tests.support.triage import changed, triage

CALM = {"id": "t1", "text": "printer hums"}
UNSURE = {"id": "t1", "text": "printer hums", "trouble": "unsure"}
DISAGREE = {"id": "t1", "text": "printer hums", "trouble": "disagree"}

JOURNAL = ("decided", "renewed", "noted", "attempt_used", "rung", "answered", "approved", "closed")
"""What a run does itself, of all that is in its trail."""


@pytest.fixture(autouse=True)
def _in_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have checkpoints made now, where a test before has set the clock ahead: their ids never go back in a process."""
    monkeypatch.setattr("langgraph.checkpoint.base.id._last_v6_timestamp", None)


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue(triage)) as opened:
        yield opened


async def question(roundhouse: Roundhouse, run: str = "r1") -> ReviewRow:
    [review] = await roundhouse.questions(run)
    return review


def changes(moment: Moment) -> list[tuple[str, str]]:
    return [(each.action, each.subject) for each in moment.changes]


async def lively(roundhouse: Roundhouse) -> None:
    """A run with an objection, guidance, two questions and an edit."""
    await roundhouse.start("triage", DISAGREE, run="r1")
    await roundhouse.answer((await question(roundhouse)).id, "send_back", by="ann", decision="Topic", text="again")
    edit: dict[str, Any] = {"value": {"team": "post"}, "decision": "Team"}
    await roundhouse.answer((await question(roundhouse)).id, "edit", by="ben", **edit)


async def test_a_run_is_replayed_checkpoint_by_checkpoint(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    moments = await roundhouse.replay("r1")
    assert [each.number for each in moments] == list(range(1, len(moments) + 1))
    assert [each.next for each in moments] == [("start",), ("urgency", "topic"), ("hub",), ("team",), ("reply",), ()]
    assert [changes(each) for each in moments] == [
        [],
        [],
        [("decided", "Topic@1"), ("decided", "Urgency@1")],
        [],
        [("decided", "Team@1")],
        [("decided", "Reply@1")],
    ]
    assert [sorted(each.decisions) for each in moments] == [
        [],
        [],
        ["Topic", "Urgency"],
        ["Topic", "Urgency"],
        ["Team", "Topic", "Urgency"],
        ["Reply", "Team", "Topic", "Urgency"],
    ]
    assert [each.specialist for each in moments[4].executions] == ["team"]
    assert [each.at for each in moments] == sorted(each.at for each in moments)
    assert not any(each.carried for each in moments)


async def test_it_ends_where_the_run_stands(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", UNSURE, run="r1")
    last = (await roundhouse.replay("r1"))[-1]
    assert (last.next, last.decisions) == (("ask",), (await roundhouse.run("r1")).decisions)
    await roundhouse.answer((await question(roundhouse)).id, "approve", by="ann")
    moments = await roundhouse.replay("r1")
    [answered] = [each for each in moments if "answered" in [change.action for change in each.changes]]
    assert changes(answered) == [("answered", "low_confidence:Team@1"), ("approved", "Team")]
    assert {change.actor for change in answered.changes} == {"ann"}
    assert moments[-1].next == ()


async def test_all_changes_together_are_what_the_trail_tells(roundhouse: Roundhouse) -> None:
    await lively(roundhouse)
    trail = await roundhouse.audit("r1")
    told = [
        (row.action, row.actor_kind, row.actor, row.subject, row.change) for row in trail.rows if row.action in JOURNAL
    ]
    moments = await roundhouse.replay("r1")
    done = [
        (each.action, each.actor_kind, each.actor, each.subject, {"before": each.before, "after": each.after})
        for moment in moments
        for each in moment.changes
    ]
    assert json.loads(json.dumps(done)) == json.loads(json.dumps(told))
    assert len(done) > 10


async def test_all_calls_together_are_the_ledger(roundhouse: Roundhouse) -> None:
    await lively(roundhouse)
    moments = await roundhouse.replay("r1")
    assert tuple(call for each in moments for call in each.executions) == (await roundhouse.show("r1")).executions


async def test_the_nodes_that_come_next_are_those_of_the_graph(roundhouse: Roundhouse) -> None:
    await lively(roundhouse)
    driver = await roundhouse.driver_of("r1")
    history = [each async for each in driver.graph.aget_state_history({"configurable": {"thread_id": "r1"}})]
    expected = [tuple(sorted(name.strip("_") for name in each.next)) for each in reversed(history)]
    moments = await roundhouse.replay("r1")
    assert [tuple(sorted(each.next)) for each in moments] == expected
    ids = [each.config["configurable"]["checkpoint_id"] for each in reversed(history)]
    assert [each.checkpoint_id for each in moments] == ids


async def test_a_value_is_shown_as_it_was_then(roundhouse: Roundhouse) -> None:
    await lively(roundhouse)
    teams = [each.decisions["Team"]["team"] for each in await roundhouse.replay("r1") if "Team" in each.decisions]
    assert list(dict.fromkeys(teams)) == ["night", "post"]


async def test_a_run_is_found_by_the_beginning_of_its_id_and_by_its_case(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="printer-one")
    assert await roundhouse.replay("printer-o") == await roundhouse.replay("t1") != ()
    with pytest.raises(UnknownRun):
        await roundhouse.replay("nonsense")


async def test_a_run_whose_checkpoints_were_pruned_has_nothing_to_replay(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    await roundhouse.prune(Ended(datetime.now(UTC) + timedelta(days=1)), by="ann")
    assert await roundhouse.replay("r1") == ()


async def test_a_run_can_be_replayed_after_its_workflow_has_changed(roundhouse: Roundhouse, database_url: str) -> None:
    await roundhouse.start("triage", UNSURE, run="r1")
    now = await roundhouse.replay("r1")
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as later:
        assert await later.replay("r1") == now
    async with Roundhouse.open(database_url, Catalogue({})) as without:
        assert await without.replay("r1") == now


async def test_the_replay_of_a_fork_begins_with_the_change(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    made = await roundhouse.fork("r1", {"Urgency": {"level": 99}}, by="zoe")
    _, first, *rest = await roundhouse.replay(made.run.id)
    assert [(each.action, each.actor, each.subject) for each in first.changes] == [("decided", "zoe", "Urgency@2")]
    assert (first.decisions["Urgency"]["level"], first.executions, first.carried) == (99, (), False)
    assert [changes(each) for each in rest] == [[("renewed", "Team@1")], [("decided", "Reply@2")]]


async def test_the_replay_of_a_migrated_run_begins_with_what_it_carried_over(
    roundhouse: Roundhouse, database_url: str
) -> None:
    await roundhouse.start("triage", DISAGREE, run="r1")
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as later:
        await later.migrate("r1", by="ann")
        await later.answer((await question(later)).id, "approve", by="ann")
        start, first, *rest = await later.replay("r1")
        assert (start.decisions, start.carried) == ({}, False)
        assert (sorted(first.decisions), first.changes, first.executions) == (["Team", "Topic", "Urgency"], (), ())
        assert first.carried
        assert not any(each.carried for each in rest)
        answered, replied = (each for each in rest if each.changes)
        assert [each.action for each in answered.changes] == ["answered", "rung"]
        assert changes(replied) == [("decided", "Reply@1")]


async def test_a_run_that_began_anew_for_its_clock_is_replayed_from_there(roundhouse: Roundhouse) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1), tick=True):
        await roundhouse.start("triage", UNSURE, run="r1")
    await roundhouse.answer((await question(roundhouse)).id, "approve", by="ann")
    assert thread_of("r1", (await roundhouse.show("r1")).pins) != "r1"  # type: ignore[arg-type]  # as plain JSON
    start, first, *rest = await roundhouse.replay("r1")
    assert (start.decisions, first.carried, first.changes) == ({}, True, ())
    assert [change for each in rest for change in changes(each)] == [
        ("answered", "low_confidence:Team@1"),
        ("approved", "Team"),
        ("decided", "Reply@1"),
    ]


async def test_a_run_that_was_cut_off_before_its_first_checkpoint_has_nothing_to_replay(roundhouse: Roundhouse) -> None:
    await roundhouse.start("triage", CALM, run="r1")
    await roundhouse.store.write(_cut_off, "r1")
    assert await roundhouse.replay("r1") == ()
    assert await roundhouse.sweep() == ["r1"]
    assert (await roundhouse.replay("r1"))[-1].next == ()


def _cut_off(connection: Connection, run: str) -> None:
    """As if the process had died before the first checkpoint."""
    delete_threads([run])(connection)
    connection.execute(update(runs).where(runs.c.id == run).values(status="running", journal_kept=0))
    connection.execute(delete(records).where(records.c.run == run))
