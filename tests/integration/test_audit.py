"""The audit trail of real runs: everything that changed a run is in it, once, and tampering in the tables shows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from graphs.catalogue import Catalogue, Entry
from runtime.roundhouse import Roundhouse
from state.audit import Trail
from tests.support.triage import triage

CATALOGUE = Catalogue({"triage": Entry(lambda profile: triage)})


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, CATALOGUE) as opened:
        yield opened


async def start(roundhouse: Roundhouse, trouble: str = "") -> str:
    return (await roundhouse.start("triage", {"id": "t1", "text": "printer hums", "trouble": trouble})).id


async def answer(roundhouse: Roundhouse, run: str, action: Any, **said: Any) -> None:
    [review] = await roundhouse.questions(run)
    await roundhouse.answer(review.id, action, by="ann", **said)


def deeds(trail: Trail) -> list[tuple[str, str, str]]:
    return [(row.action, row.actor, row.subject) for row in trail.rows if row.action != "started"]


async def test_a_run_without_trouble_is_told_from_start_to_end(roundhouse: Roundhouse) -> None:
    trail = await roundhouse.audit(await start(roundhouse))
    told = deeds(trail)
    assert trail.verdict.is_whole
    assert trail.rows[0].action == "started"
    assert sorted(told[:2]) == [("decided", "topic", "Topic@1"), ("decided", "urgency", "Urgency@1")]
    assert told[2:4] == [("decided", "team", "Team@1"), ("decided", "reply", "Reply@1")]
    assert [action for action, _, _ in told[4:]] == ["queued", "completed"]


async def test_before_and_after_of_an_edit_are_kept_with_who_and_why(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "unsure")
    await answer(roundhouse, run, "edit", value={"team": "fire brigade"}, text="smoke")
    trail = await roundhouse.audit(run)
    [edit] = [row for row in trail.rows if row.subject == "Team@2"]
    change = edit.change or {}
    assert (edit.actor_kind, edit.actor) == ("human", "ann")
    assert change["before"]["value"]["team"] == "printer desk"
    assert (change["after"]["value"]["team"], change["after"]["value"]["rationale"]) == ("fire brigade", "smoke")
    actions = [row.action for row in trail.rows]
    assert actions.index("asked") < actions.index("accepted") < actions.index("answered") < actions.index("completed")


async def test_notes_rungs_attempts_and_renewals_are_in_it(roundhouse: Roundhouse) -> None:
    asked = await roundhouse.audit(await start(roundhouse, "ask"))
    assert ("noted", "team", "Urgency") in deeds(asked)
    assert ("attempt_used", "hub", "Team") in deeds(asked)
    run = await start(roundhouse, "disagree")
    await answer(roundhouse, run, "approve", prefer="Team")
    told = deeds(await roundhouse.audit(run))
    assert ("rung", "hub", "night shift") in told
    assert ("renewed", "team", "Team@1") in told
    assert ("rung", "ann", "night shift") in told


async def test_going_over_a_run_again_adds_nothing(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "unsure")
    before = await roundhouse.audit(run)
    await roundhouse.resume(run)
    await roundhouse.resume(run)
    assert await roundhouse.audit(run) == before


TAMPERED = [
    ("UPDATE audit SET actor = 'eve' WHERE ordinal = 3", 3),
    ("UPDATE audit SET payload = '{}' WHERE ordinal = 2", 2),
    ("UPDATE audit SET payload = NULL, salt = NULL WHERE ordinal = 4", 4),
    ("DELETE FROM audit WHERE ordinal = 5", 5),
    ("DELETE FROM audit WHERE ordinal = (SELECT max(ordinal) FROM audit)", 7),
    ("DELETE FROM audit", 1),
]
"""What somebody does to the table, and the first row that is named."""


@pytest.mark.parametrize(("statement", "named"), TAMPERED)
async def test_the_first_bad_row_of_a_tampered_database_is_named(
    roundhouse: Roundhouse, statement: str, named: int
) -> None:
    run = await start(roundhouse)
    assert (await roundhouse.audit(run)).verdict.rows == 7
    await roundhouse.store.write(lambda connection: connection.execute(text(statement)))
    verdict = (await roundhouse.audit(run)).verdict
    assert (verdict.is_whole, verdict.bad) == (False, named)


async def test_a_lease_that_was_taken_over_is_in_it(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "unsure")
    crash = "UPDATE runs SET driver = 'gone:1:2:3', lease_until = NULL, status = 'running'"
    await roundhouse.store.write(lambda connection: connection.execute(text(crash)))
    await roundhouse.resume(run)
    trail = await roundhouse.audit(run)
    [taken] = [row for row in trail.rows if row.action == "taken_over"]
    assert (taken.change or {})["before"] == {"driver": "gone:1:2:3"}


UNREADABLE = [
    ("UPDATE audit SET ordinal = 'abc' WHERE ordinal = 4", 4),
    ("UPDATE audit SET at = 'yesterday' WHERE ordinal = 4", 4),
    ("UPDATE audit SET payload = x'ff' WHERE ordinal = 4", 4),
    ("UPDATE runs SET audit_rows = 'x'", 7),
    ("UPDATE runs SET audit_rows = 0, audit_head = ''", 1),
]
"""What SQLite lets somebody write, and the row that is named."""


@pytest.mark.parametrize(("statement", "named"), UNREADABLE)
async def test_rows_that_cannot_even_be_read_are_named(sqlite_url: str, statement: str, named: int) -> None:
    async with Roundhouse.open(sqlite_url, CATALOGUE) as roundhouse:
        run = await start(roundhouse)
        await roundhouse.store.write(lambda connection: connection.execute(text(statement)))
        verdict = (await roundhouse.audit(run)).verdict
        assert (verdict.is_whole, verdict.bad) == (False, named)
