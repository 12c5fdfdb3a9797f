"""The overview, as an operations lead meets it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from runtime.desk.fake import FakeDesk
from state.errors import DatabaseLost
from state.figures import ConflictFigures, Day, Figures
from tests.app.conftest import Visit
from tests.app.words import press, read
from tests.support.audits import audit_stories, audits
from tests.support.triage import triage
from tests.support.waiting import ticket_stories

FIGURES = Figures(
    cases=200,
    by_status={"completed": 180, "waiting": 20},
    ended=180,
    alone=170,
    asked=30,
    flagged=25,
    model_calls=0,
    tokens=0,
    cost=0.0,
    conflicts=(ConflictFigures(name="night shift", cases=12, settled={"reconsidered": 9, "waits for a human": 3}),),
    waiting=21,
    oldest=None,
    days=(Day(date=date(2026, 7, 1), cases=200, alone=170, asked=30, flagged=25),),
)


@pytest.fixture
def busy() -> FakeDesk:
    oldest = datetime.now(UTC) - timedelta(hours=3, minutes=5, seconds=5)
    return FakeDesk({"triage": triage}, figures=FIGURES.model_copy(update={"oldest": oldest}))


def test_the_share_that_asked_is_held_against_the_budget(busy: FakeDesk, visit: Visit) -> None:
    at = visit(busy, "overview")
    tiles = {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert tiles["Finished without a human"] == ("85.0%", "")
    assert tiles["Asked a human"] == ("15.0%", "over the budget of 10%")
    assert tiles["Flagged"] == ("12.5%", "")


def test_of_several_workflows_the_budget_of_the_one_that_has_runs_counts(visit: Visit) -> None:
    desk = FakeDesk({"other": audits, "triage": triage}, ticket_stories()[0], FIGURES)
    assert {metric.label: metric.delta for metric in visit(desk, "overview").metric}["Asked a human"].startswith("over")
    both = FakeDesk({"audits": audits, "triage": triage}, (*ticket_stories()[0], *audit_stories()), FIGURES)
    assert {metric.label: metric.delta for metric in visit(both, "overview").metric}["Asked a human"] == ""


def test_what_waits_and_since_when_is_said(busy: FakeDesk, visit: Visit) -> None:
    assert "**21** questions wait for a human, the oldest since 3 h 5 min" in read(visit(busy, "overview"))


def test_conflicts_are_told_by_how_they_were_settled(busy: FakeDesk, visit: Visit) -> None:
    said = read(visit(busy, "overview"))
    assert "**night shift** arose in 12 cases, 6.0%" in said
    assert "reconsidered" in said


def test_an_empty_database_says_what_to_do_first_and_runs_the_sample(visit: Visit, tmp_path: Path) -> None:
    sample = tmp_path / "leads.csv"
    sample.write_text("id\n1\n")
    desk = FakeDesk({"lead-qualification": triage})
    desk.files["lead-qualification"] = sample
    at = visit(desk, "overview")
    assert "Nothing has run yet" in read(at)
    press(at, "run-sample")
    assert [(post.what, post.to) for post in desk.posted] == [("run_file", "lead-qualification")]
    assert "leads.csv" in read(at)


def test_a_period_without_cases_says_so(visit: Visit) -> None:
    at = visit(FakeDesk({"triage": triage}), "overview")
    at.segmented_control(key="overview-period").select("7 days").run()
    assert "No case was started in this period" in at.info[0].value


def test_a_lost_database_is_one_line(busy: FakeDesk, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> Figures:
        raise DatabaseLost("the server closed the connection")

    monkeypatch.setattr(busy, "figures", lost)
    at = visit(busy, "overview")
    assert "The database was lost" in at.error[0].value
    assert not at.exception


def test_a_defect_shows_no_traceback(busy: FakeDesk, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Figures:
        raise ZeroDivisionError

    monkeypatch.setattr(busy, "figures", broken)
    at = visit(busy, "overview")
    assert "a defect of Roundhouse" in at.error[0].value
    assert not at.exception
    assert "ZeroDivisionError" not in read(at)


def test_somebody_else_can_take_over(busy: FakeDesk, visit: Visit) -> None:
    at = visit(busy, "overview")
    assert "You answer as **ann**" in read(at)
    press(at, "somebody-else")
    assert "You answer as" not in read(at)
