"""Spot checks: drawn from what no human saw, decided once more after delivery, and blind to what the hub decided."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graphs.catalogue import Catalogue
from runtime.channels.folder import FolderChannel
from runtime.desk.live import LiveDesk
from runtime.roundhouse import Roundhouse
from runtime.settings import Settings
from runtime.spot_checks import Check, agreement_of, answer_check, asked_of, waiting_checks
from state.errors import UsageError
from state.graded import Agreement
from state.judgement import AlreadyChecked, SpotCheck
from state.sql.spot_checks import count_checks, read_spot_checks
from tests.support.desks import SILENT
from tests.support.followed import catalogue, checked, followed
from tests.support.person import everything, execute
from tests.support.triage import triage

CATALOGUE = catalogue(checked)


@pytest.fixture
async def roundhouse(database_url: str, tmp_path: Path) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, CATALOGUE, {"default": FolderChannel(tmp_path / "outbox")}) as opened:
        yield opened


async def start(roundhouse: Roundhouse, case: str, trouble: str = "") -> None:
    ticket = {"id": case, "text": "printer hums", "trouble": trouble}
    await roundhouse.start("triage", ticket, run=f"run-{case}")
    await roundhouse.delivery.drain()


def waiting(roundhouse: Roundhouse, workflow: str | None = None) -> list[Check]:
    return waiting_checks(roundhouse.store, CATALOGUE.load, workflow)


async def answer(roundhouse: Roundhouse, run: str, verdict: str, by: str = "ann") -> SpotCheck:
    return await answer_check(roundhouse.store, CATALOGUE.load, run, verdict, by)


async def test_a_case_that_no_human_saw_is_put_to_a_reviewer_alone(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "a")
    await start(roundhouse, "b", "unsure")
    [check] = waiting(roundhouse)
    assert (check.run, check.case["text"]) == ("run-a", "printer hums")
    assert check.asked == asked_of(checked)
    assert "printer desk" not in repr(check.case)
    assert (waiting(roundhouse, "triage"), waiting(roundhouse, "second")) == ([check], [])


async def test_a_case_is_not_checked_before_its_delivery(database_url: str) -> None:
    async with Roundhouse.open(database_url, CATALOGUE) as roundhouse:
        await start(roundhouse, "a")
        for status, count in {
            "pending": 0,
            "sending": 0,
            "unknown": 0,
            "delivered": 1,
            "withdrawn": 1,
            "dead": 1,
        }.items():
            await roundhouse.store.write(execute, "UPDATE outbox SET status = :status", {"status": status})
            assert await roundhouse.store.read(count_checks) == len(waiting(roundhouse)) == count, status
            if not count:
                with pytest.raises(UsageError, match="not delivered yet"):
                    await answer(roundhouse, "run-a", "night")
        assert agreement_of(roundhouse.store) == Agreement(drawn=1, open=1)


async def test_a_verdict_is_held_against_what_was_delivered(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "a")
    await start(roundhouse, "b")
    same, other = await answer(roundhouse, "run-a", "printer desk"), await answer(roundhouse, "run-b", "night", "ben")
    assert (same.agreed, same.verdict, same.by, same.status) == (True, "printer desk", "ann", "answered")
    assert (other.agreed, other.verdict, other.by) == (False, "night", "ben")
    assert waiting(roundhouse) == []
    assert agreement_of(roundhouse.store) == Agreement(drawn=2, open=0, answered=2, agreed=1)
    assert same.answered_at is not None
    assert await roundhouse.store.read(read_spot_checks, "triage", same.answered_at) == Agreement()
    assert agreement_of(roundhouse.store, "second") == Agreement()


async def test_the_first_verdict_stands_and_is_in_the_trail(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "a")
    await answer(roundhouse, "run-a", "night")
    with pytest.raises(AlreadyChecked, match="run 'run-a' was already answered by 'ann' at 20"):
        await answer(roundhouse, "run-a", "printer desk", "ben")
    trail = await roundhouse.audit("run-a")
    assert trail.verdict.is_whole
    assert (trail.rows[-1].action, trail.rows[-1].actor, trail.rows[-1].actor_kind) == ("checked", "ann", "human")
    assert trail.rows[-1].change == {"before": None, "after": {"verdict": "night", "agreed": False}}


@pytest.mark.parametrize(
    ("run", "verdict", "says"),
    [
        ("run-a", "roof", "'roof' is none of the choices: printer desk, mail desk, night"),
        ("run-b", "night", "No spot check is known by 'run-b'"),
        ("", "night", "No spot check is known by ''"),
        ("run", "night", "or several begin so"),
    ],
)
async def test_what_cannot_be_answered_is_one_line(roundhouse: Roundhouse, run: str, verdict: str, says: str) -> None:
    await start(roundhouse, "a")
    await start(roundhouse, "aa")
    with pytest.raises(UsageError, match=says):
        await answer(roundhouse, run, verdict)
    assert len(waiting(roundhouse)) == 2


async def test_without_choices_any_short_text_is_a_verdict(roundhouse: Roundhouse) -> None:
    asked = asked_of(triage)
    assert (asked.decision, asked.field, asked.choices) == ("Team", "team", ())
    assert asked.checked("  the roof ") == "the roof"
    for verdict in ("", "x" * 201, "a\0b"):
        with pytest.raises(UsageError):
            asked.checked(verdict)
    assert asked.agrees("Printer Desk", {"Team": {"team": "printer desk"}})
    assert not asked.agrees("printer desk", {})


async def test_a_case_without_effects_is_checked_at_once(sqlite_url: str) -> None:
    quiet = catalogue(followed(spot_checks=1.0, workflow=SILENT))
    async with Roundhouse.open(sqlite_url, quiet) as roundhouse:
        await start(roundhouse, "a")
        assert [check.run for check in waiting_checks(roundhouse.store, quiet.load)] == ["run-a"]
        unknown = waiting_checks(roundhouse.store, Catalogue({}).load)
        assert (unknown[0].asked, "not known" in unknown[0].trouble) == (None, True)


def test_a_desk_puts_them_to_its_person(database_url: str, tmp_path: Path) -> None:
    settings = Settings(
        database_url=database_url, channels={"default": f"folder:{tmp_path / 'out'}"}, files=tmp_path / "files"
    )
    desk = LiveDesk.open(settings, CATALOGUE)
    try:
        run = desk.start("triage", None, {"id": "a", "text": "printer hums"}).id
        end = time.monotonic() + 10
        while not desk.checks.waiting() and time.monotonic() < end:
            time.sleep(0.02)
        [check] = desk.checks.waiting("triage")
        assert check.run == run
        assert desk.checks.answer(run, "night", by="ann").agreed is False
        with pytest.raises(AlreadyChecked):
            desk.checks.answer(run, "night", by="ben")
        assert (desk.checks.waiting(), desk.checks.agreement().answered) == ([], 1)
    finally:
        desk.close()


async def test_nothing_of_a_verdict_is_left_of_a_forgotten_case(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "ada")
    await start(roundhouse, "bob")
    await answer(roundhouse, "run-ada", "mail desk")
    await roundhouse.forget("ada", by="ann")
    await roundhouse.forget("bob", by="ann")
    said = await roundhouse.store.read(everything)
    assert [trace for trace in ("run-ada", "mail desk", "'ada'", "run-bob", "'bob'") if trace in said] == []
    assert waiting(roundhouse) == []
    assert agreement_of(roundhouse.store) == Agreement(drawn=1, open=0, answered=1, agreed=0)
