"""Spot checks on the inbox, as a reviewer meets them."""

import pytest
from streamlit.testing.v1 import AppTest

from graphs.workflow import Workflow
from runtime.desk.fake import FakeDesk
from state.judgement import AlreadyChecked
from tests.app.conftest import Visit
from tests.app.words import press, read, shown, submit
from tests.support.followed import followed
from tests.support.triage import triage
from tests.support.waiting import HOSTILE, ticket_stories


def checking(workflow: Workflow, *runs: str) -> FakeDesk:
    """A desk at which some tickets are to be decided once more."""
    desk = FakeDesk({"triage": workflow}, ticket_stories()[0])
    for run in runs:
        desk.checks.draw(run)
    return desk


def turned(visit: Visit, desk: FakeDesk, person: str | None = "ann") -> AppTest:
    """The inbox, turned to the spot checks."""
    at = visit(desk, "inbox", person=person)
    at.segmented_control(key="inbox-tab").set_value("checks").run()
    assert not at.exception
    return at


@pytest.fixture
def graded() -> FakeDesk:
    return checking(followed(), "run-plain", "run-torn")


def test_nothing_is_said_of_spot_checks_where_none_was_ever_drawn(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "inbox")
    assert "inbox-tab" not in [each.key for each in at.segmented_control]
    assert "pot check" not in read(at)


def test_the_inbox_opens_with_its_questions(graded: FakeDesk, visit: Visit) -> None:
    at = visit(graded, "inbox")
    assert "The hub suggests" in shown(at)


def test_the_case_is_shown_alone(graded: FakeDesk, visit: Visit) -> None:
    at = turned(visit, graded)
    assert "Team: which team?" in read(at)
    assert "printer is broken" in shown(at)
    story = graded.stories["run-plain"]
    said = read(at) + " ".join(str(link.proto) for link in at.get("page_link"))
    values = [str(value) for each in story.run.decisions.values() for value in each.values() if isinstance(value, str)]
    assert values
    hidden = [value for value in values if value and value not in ("printer desk", *story.case.values(), "printer")]
    assert [value for value in hidden if value in said] == []
    assert "run-plain" not in said
    assert "onfidence" not in said
    assert [button.label for button in at.button if (button.key or "").startswith("check-")] == [
        "printer desk", "mail desk", "night"
    ]  # fmt: skip


def test_after_a_verdict_the_next_case_comes_and_agreement_is_told(graded: FakeDesk, visit: Visit) -> None:
    at = turned(visit, graded)
    press(at, "check-run-plain-printer desk")
    assert "plain: printer desk. The hub had decided the same." in read(at)
    assert "disk is full" in shown(at)
    assert "Agreement so far: 1 of 1 verdicts, 95 % within 2.5% to 100.0%" in read(at)
    press(at, "check-run-torn-mail desk")
    assert "torn: mail desk. The hub had decided otherwise." in read(at)
    assert "No spot check waits for you" in at.success[0].value
    assert at.metric[0].label == "Agreement"
    assert (at.metric[0].value, [(post.to, post.by) for post in graded.posted]) == (
        "50.0%",
        [("run-plain", "ann"), ("run-torn", "ann")],
    )
    assert "and not error" in read(at)


def test_a_verdict_that_comes_late_says_so(graded: FakeDesk, visit: Visit) -> None:
    at = turned(visit, graded)
    graded.refuses["check"] = AlreadyChecked("run-plain", "ben", "now")
    press(at, "check-run-plain-night")
    assert "was already answered by 'ben'" in at.warning[0].value.replace("\\", "")


def test_a_name_is_asked_before_a_verdict(graded: FakeDesk, visit: Visit) -> None:
    at = turned(visit, graded, person=None)
    assert [button for button in at.button if (button.key or "").startswith("check-")] == []
    at.text_input(key="given-name").input("ben")
    submit(at, "Go on")
    press(at, "check-run-plain-night")
    assert [post.by for post in graded.posted] == ["ben"]


def test_without_choices_the_verdict_is_written(visit: Visit) -> None:
    desk = checking(triage, "run-plain")
    at = turned(visit, desk)
    submit(at, "Decide")
    assert "A verdict has 1 to 200 characters" in read(at)
    at.text_input(key="check-text-run-plain").input("Printer desk")
    submit(at, "Decide")
    assert desk.checks.rows["run-plain"].agreed is True


def test_a_workflow_that_is_gone_is_said_and_nothing_can_be_answered(visit: Visit) -> None:
    desk = checking(triage, "run-plain")
    desk._workflows.clear()
    at = turned(visit, desk)
    assert "is not known" in at.warning[0].value
    assert [button for button in at.button if (button.key or "").startswith("check-")] == []


def test_text_from_a_case_is_never_markup(visit: Visit) -> None:
    at = turned(visit, checking(followed(), "run-hostile"))
    assert "&lt;script&gt;" in shown(at)
    assert HOSTILE not in shown(at)
