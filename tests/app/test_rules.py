"""Rules from people's answers, as an operations lead meets them on the overview."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.desk.fake import FakeDesk
from state.rule import Said
from tests.app.conftest import Visit
from tests.app.test_overview import FIGURES
from tests.app.words import press, read, submit
from tests.support.triage import triage

ACCEPT, REVOKE = "accept-triage-night shift-Topic", "revoke-triage-night shift-Topic"


def said(count: int, stood: str = "Topic") -> list[Said]:
    """So many answers that let the same side stand, the newest a minute ago."""
    end, sides = datetime.now(UTC), frozenset({"Topic", "Team"})
    ago = [timedelta(minutes=count - place) for place in range(count)]
    people = ["ann", "bob"] * count
    return [
        Said("night shift", sides, stood, by, end - each, f"r{each}") for by, each in zip(people, ago, strict=False)
    ]


@pytest.fixture
def desk() -> FakeDesk:
    """A desk at which people have always answered the same conflict the same way."""
    made = FakeDesk({"triage": triage}, figures=FIGURES)
    made.rules.answers["triage"] = said(14)
    return made


def test_what_people_always_answer_is_proposed_and_accepted_with_a_second_click(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "overview")
    assert "People have answered **night shift** the same way **14 times in a row**: **Topic** stands." in read(at)
    assert "So far it would have saved 14 questions, and no answer of people was ever another." in read(at)
    press(at, ACCEPT)
    assert "Reconsider Team, Prefer Topic, AskHuman suggesting Topic" in read(at)
    assert "Runs that began before keep the version that they began with" in read(at)
    assert "A certificate of the version before does not hold for the new one" in read(at)
    assert desk.rules.rules == []
    press(at, "rules-do")
    [rule] = desk.rules.rules
    assert (rule.conflict, rule.prefer, rule.accepted_by, rule.support.in_a_row) == ("night shift", "Topic", "ann", 14)
    assert "Topic stands in night shift from now on" in read(at)
    assert "accepted by ann" in read(at)
    assert "times in a row" not in read(at)


def test_a_person_may_think_again(desk: FakeDesk, visit: Visit) -> None:
    at = press(press(visit(desk, "overview"), ACCEPT), "rules-leave")
    assert "This makes a new version" not in read(at)
    assert desk.rules.rules == []
    press(at, ACCEPT)
    assert "This makes a new version" in read(at)


def test_whoever_accepts_gives_a_name_first(desk: FakeDesk, visit: Visit) -> None:
    at = press(visit(desk, "overview", person=None), ACCEPT)
    assert "**Who accepts the rule?**" in read(at)
    at.text_input(key="given-name").input("cem")
    submit(at, "Go on")
    press(at, "rules-do")
    assert desk.rules.rules[0].accepted_by == "cem"


def test_a_rule_is_revoked_with_a_second_click(desk: FakeDesk, visit: Visit) -> None:
    desk.rules.accept(desk.rules.acceptance("triage", "night shift"), by="bob")
    at = visit(desk, "overview")
    assert "In **night shift**, **Topic** stands" in read(at)
    press(at, REVOKE)
    assert "This takes the rule out of triage" in read(at)
    press(at, "rules-do")
    assert desk.rules.rules[0].revoked_by == "ann"
    assert "night shift asks a human again" in read(at)


def test_what_is_proposed_otherwise_meanwhile_is_not_accepted_by_the_second_click(desk: FakeDesk, visit: Visit) -> None:
    at = press(visit(desk, "overview"), ACCEPT)
    desk.rules.answers["triage"] = said(14, "Team")
    press(at, "rules-do")
    assert desk.rules.rules == []
    assert "**Team** stands" in read(at)
    assert not at.exception


def test_without_proposal_and_rule_there_is_no_section(visit: Visit) -> None:
    assert "Rules from people's answers" not in read(visit(FakeDesk({"triage": triage}, figures=FIGURES), "overview"))
