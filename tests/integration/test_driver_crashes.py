"""A driver that dies at any of its waits, before or after the commit: nothing is lost and nothing is done twice."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from graphs.catalogue import Catalogue, Entry
from runtime import leases
from runtime.roundhouse import Roundhouse
from state.errors import AlreadyAnswered, RunExists
from state.sql import runs
from state.sql.committer import GroupCommit
from tests.support.triage import triage

CATALOGUE = Catalogue({"triage": Entry(lambda profile: triage)})
CASE = {"id": "t1", "text": "printer hums", "trouble": "unsure"}


class Died(BaseException):
    """Stands for SIGKILL: nothing in the code may catch it and go on."""


@pytest.fixture(autouse=True)
def _all_other_drivers_are_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "is_dead", lambda driver: True)
    monkeypatch.setattr(runs, "LEASE", runs.LEASE * 0)


def die_at(monkeypatch: pytest.MonkeyPatch, place: int, when: str) -> Callable[[], bool]:
    """Have the process die at its so-manieth write, before or after the commit; afterwards every write dies too."""
    write, writes = GroupCommit.run, [0]

    async def counted(self: GroupCommit, work: Any) -> Any:
        writes[0] += 1
        if writes[0] > place or (writes[0] == place and when == "before"):
            raise Died
        done = await write(self, work)
        if writes[0] == place:
            raise Died
        return done

    monkeypatch.setattr(GroupCommit, "run", counted)
    return lambda: writes[0] >= place


async def carry_to_its_end(url: str) -> None:
    """What a person does: start the case, answer what is asked."""
    async with Roundhouse.open(url, CATALOGUE) as roundhouse:
        try:
            await roundhouse.start("triage", CASE, run="r1")
        except RunExists:
            await roundhouse.resume("r1")
        await roundhouse.sweep()
        for review in await roundhouse.inbox():
            with suppress(AlreadyAnswered):
                await roundhouse.answer(review.id, "approve", by="ann")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_death_at_any_write_costs_nothing(sqlite_url: str, when: str, tmp_path_factory: Any) -> None:
    died_at = 0
    for place in range(1, 100):
        url = f"sqlite:///{tmp_path_factory.mktemp('crash')}/roundhouse.db"
        with pytest.MonkeyPatch.context() as patch:
            was_reached = die_at(patch, place, when)
            with suppress(Died):
                await carry_to_its_end(url)
        if not was_reached():
            break
        died_at = place
        await carry_to_its_end(url)
        async with Roundhouse.open(url, CATALOGUE) as roundhouse:
            story = await roundhouse.show("r1")
            assert story.run.status == "completed", place
            assert [review.status for review in story.reviews] == ["answered"], place
            assert len(story.effects) == 1, place
            assert len([record for record in story.records if record.decision == "Reply"]) == 1, place
            assert await roundhouse.inbox() == [], place
            assert await roundhouse.sweep() == [], place
    assert died_at > 20
