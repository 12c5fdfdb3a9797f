"""A migration that is cut off at any of its writes, before or after the commit: the run goes on, and pays for nothing
twice."""

from contextlib import suppress
from typing import Any

import pytest
from langgraph.checkpoint.base import id as numbers
from langgraph.checkpoint.base.id import uuid6

from runtime import leases
from runtime.roundhouse import Roundhouse
from state.errors import AlreadyAnswered, RunEnded, UnknownRun
from state.sql import runs
from tests.integration.test_driver_crashes import Died, die_at
from tests.support.desks import Topic, catalogue, desk
from tests.support.triage import changed

CASE = {"id": "t1", "text": "printer hums"}


@pytest.fixture(autouse=True)
def _all_other_drivers_are_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "is_dead", lambda driver: True)
    monkeypatch.setattr(runs, "LEASE", runs.LEASE * 0)


async def migrate_to_the_end(url: str) -> None:
    """What a person does once the workflow has changed: migrate the run, answer what it asks."""
    async with Roundhouse.open(url, catalogue(desk(topic=Topic, confidence=0.2))) as roundhouse:
        with suppress(RunEnded):
            await roundhouse.migrate("r1", by="ann")
        await roundhouse.sweep()
        for review in await roundhouse.inbox():
            with suppress(AlreadyAnswered):
                await roundhouse.answer(review.id, "approve", by="ann")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_death_at_any_write_leaves_a_run_that_goes_on(
    sqlite_url: str, when: str, tmp_path_factory: Any
) -> None:
    died_at = 0
    for place in range(1, 100):
        url = f"sqlite:///{tmp_path_factory.mktemp('crash')}/roundhouse.db"
        async with Roundhouse.open(url, catalogue(desk(confidence=0.2))) as roundhouse:
            assert (await roundhouse.start("triage", CASE, run="r1")).status == "waiting"
        with pytest.MonkeyPatch.context() as patch:
            was_reached = die_at(patch, place, when)
            with suppress(Died):
                await migrate_to_the_end(url)
        if not was_reached():
            break
        died_at = place
        await migrate_to_the_end(url)
        await check(url, place)
    assert died_at > 15


async def test_it_goes_on_as_well_when_the_clock_was_set_back_meanwhile(
    sqlite_url: str, tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid6()  # after which there is a last number
    last: int = vars(numbers)["_last_v6_timestamp"]
    monkeypatch.setattr(numbers, "_last_v6_timestamp", last + 30 * 86_400 * 10**7)
    await test_a_death_at_any_write_leaves_a_run_that_goes_on(sqlite_url, "before", tmp_path_factory)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_run_that_was_cut_off_anywhere_is_migrated(sqlite_url: str, when: str, tmp_path_factory: Any) -> None:
    died_at = 0
    for place in range(1, 100):
        url = f"sqlite:///{tmp_path_factory.mktemp('crash')}/roundhouse.db"
        with pytest.MonkeyPatch.context() as patch:
            was_reached = die_at(patch, place, when)
            with suppress(Died):
                async with Roundhouse.open(url, catalogue(desk(confidence=0.2))) as roundhouse:
                    await roundhouse.start("triage", CASE, run="r1")
        if not was_reached():
            break
        with suppress(UnknownRun):
            await migrate_to_the_end(url)
            await check_all_is_decided(url, place)
            died_at = place
    assert died_at > 5


async def check_all_is_decided(url: str, place: int) -> None:
    async with Roundhouse.open(url, catalogue(changed("2"))) as roundhouse:
        story, trail = await roundhouse.show("r1"), await roundhouse.audit("r1")
        assert (story.run.status, len(story.run.decisions), len(story.effects)) == ("completed", 4, 1), place
        assert trail.verdict.is_whole, (place, trail.verdict)
        done = [f"{row.action} {row.subject}" for row in trail.rows if row.action == "decided"]
        assert sorted(done) == sorted(f"decided {each.decision}@{each.version}" for each in story.records), place


async def check(url: str, place: int) -> None:
    """The run is at its end, nothing was decided twice, and its trail tells it all once."""
    async with Roundhouse.open(url, catalogue(changed("2"))) as roundhouse:
        story, trail = await roundhouse.show("r1"), await roundhouse.audit("r1")
        assert story.run.status == "completed", place
        assert len(story.effects) == 1, place
        versions = sorted((record.decision, record.version) for record in story.records)
        assert versions == [("Reply", 1), ("Team", 1), ("Topic", 1), ("Topic", 2), ("Urgency", 1)], place
        assert [execution.specialist for execution in story.executions].count("urgency") == 1, place
        assert trail.verdict.is_whole, (place, trail.verdict)
        done = [f"{row.action} {row.subject}" for row in trail.rows]
        once = ["migrated run", "decided Urgency@1", "decided Topic@1", "decided Topic@2", "decided Reply@1"]
        assert [done.count(each) for each in once] == [1] * len(once), (place, done)
        assert await roundhouse.inbox() == [], place
        assert await roundhouse.sweep() == [], place
