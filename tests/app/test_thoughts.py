"""Chat models, as somebody meets them who watches: who has which seat, what they think, and what it rests on."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.chat.session import Phase, Thought
from runtime.desk.fake import FakeDesk
from runtime.desk.jobs import Job
from state.execution import Execution
from state.figures import Figures
from state.provenance import Evidence, Provenance
from state.staffing import Staffing
from tests.app.conftest import Visit
from tests.app.words import press, read, shown, submit
from tests.support.triage import triage
from tests.support.waiting import HOSTILE, fake_desk

EVIDENCE = Evidence(tool="lookup", asked='{"id": "<7>"}', text=f"Acme {HOSTILE}", source="crm.csv, line 12")


@pytest.fixture
def modelled(desk: FakeDesk) -> FakeDesk:
    """A desk at whose first run a model had a seat."""
    story = desk.stories["run-plain"]
    told = Provenance(confidence_by="probabilities", remarks=("4 of 5 answers <agree>",), evidence=(EVIDENCE,))
    records = tuple(record.model_copy(update={"provenance": told}) for record in story.records)
    calls = [_as_model(call) for call in story.executions]
    looked_up = calls[0].model_copy(update={"model": None, "tool": "lookup", "outcome": "gathered"})
    given = {"records": records, "executions": (*calls, looked_up), "pins": {**story.pins, "staff": {"*": "gpt"}}}
    desk.stories["run-plain"] = story.model_copy(update=given)
    return desk


def _as_model(call: Execution) -> Execution:
    took = {"tokens_in": 1_200, "tokens_cached": 512, "tokens_out": 30, "cost": 0.0025}
    return call.model_copy(update={"model": "gpt-<x>", **took})


def think(desk: FakeDesk, case: str, text: str = "", phase: Phase = "thinking", specialist: str = "team") -> None:
    desk.board.heard(Thought(case, specialist, phase, text, run=f"run-{case}"))


def running(desk: FakeDesk) -> FakeDesk:
    """The desk with a file on its way."""
    desk.working.append(Job("1", "triage", None, "mine.csv", datetime.now(UTC), rows=10))
    return desk


def test_a_running_file_shows_who_thinks_and_the_end_of_it(desk: FakeDesk, visit: Visit) -> None:
    think(desk, "plain", "pelican " * 100 + "so the team is network")
    think(desk, "torn", 'lookup {"id": 7}', "looking up", "topic")
    think(desk, "empty")
    running(desk)
    for page in ("start", "overview"):
        said = shown(visit(desk, page))
        assert "plain · team" in said
        assert "so the team is network" in said
        assert said.count("pelican") < 100
        assert "looks up lookup {&quot;id&quot;: 7}" in said
        assert "thinks …" in said


def test_many_thoughts_are_counted(desk: FakeDesk, visit: Visit) -> None:
    for number in range(30):
        think(desk, f"case-{number}", "hm")
    assert "and 26 more" in shown(visit(running(desk), "start"))


def test_a_thought_is_never_markup(desk: FakeDesk, visit: Visit) -> None:
    think(desk, HOSTILE, HOSTILE, specialist="<b>team</b>")
    said = shown(visit(running(desk), "start"))
    assert "<script>" not in said
    assert "<b>team" not in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_without_a_running_file_nobody_is_shown(desk: FakeDesk, visit: Visit) -> None:
    think(desk, "plain", "so it is")
    assert "so it is" not in shown(visit(desk, "start"))


def test_a_run_that_goes_on_shows_its_own_thoughts_in_full(desk: FakeDesk, visit: Visit) -> None:
    story = desk.stories["run-plain"]
    desk.stories["run-plain"] = story.model_copy(update={"run": story.run.model_copy(update={"status": "running"})})
    think(desk, "plain", "pelican " * 100 + "so the team is network")
    think(desk, "torn", "another case")
    said = shown(visit(desk, "runs", run="run-plain"))
    assert said.count("pelican") == 100
    assert "another case" not in said


def test_a_decision_says_what_it_rests_on(modelled: FakeDesk, visit: Visit) -> None:
    said = shown(visit(modelled, "runs", run="run-plain"))
    assert "by token probabilities" in said
    assert "4 of 5 answers &lt;agree&gt;" in said
    assert "lookup {&quot;id&quot;: &quot;&lt;7&gt;&quot;} in crm.csv, line 12" in said
    assert "<script>" not in said
    assert "\x1b" not in said


def test_a_run_says_who_had_which_seat_and_what_that_took(modelled: FakeDesk, visit: Visit) -> None:
    said = shown(visit(modelled, "runs", run="run-plain"))
    assert "seats: gpt; where a model fails, a human is asked" in said
    assert "4 model calls · tokens: 4,800 in (2,048 cached), 120 out · cost 0.01" in said
    assert "seats:" not in shown(visit(fake_desk(), "runs", run="run-torn"))


def test_the_timeline_lists_the_calls_with_what_they_took(modelled: FakeDesk, visit: Visit) -> None:
    said = shown(visit(modelled, "runs", run="run-plain", part="Timeline"))
    assert all(f"<th>{heading}</th>" in said for heading in ("model", "tokens in", "cached", "out", "cost"))
    assert "gpt-&lt;x&gt;" in said
    assert "lookup: gathered" in said
    assert "<th>model</th>" not in shown(visit(modelled, "runs", run="run-torn", part="Timeline"))


def test_the_overview_says_what_was_spent(visit: Visit) -> None:
    figures = Figures(
        cases=2,
        by_status={"completed": 2},
        ended=2,
        alone=2,
        asked=0,
        flagged=0,
        model_calls=10,
        tokens=12_345,
        cost=0.0042,
        conflicts=(),
        waiting=0,
        oldest=None,
        days=(),
    )
    at = visit(FakeDesk({"triage": triage}, figures=figures), "overview")
    assert "0.0042" in [metric.value for metric in at.metric]
    assert "10 model calls · 12,345 tokens · cost 0.0042" in shown(at)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    path.write_text("id,text,trouble\n1,printer is broken,\n")
    return path


def test_where_no_model_is_set_nothing_is_said_of_seats(desk: FakeDesk, visit: Visit, file: Path) -> None:
    desk.files["triage"] = file
    at = visit(desk, "start")
    assert not [each for each in at.segmented_control if each.key == "start-seats"]
    press(at, "run-file")
    assert desk.posted[0].given["staffing"] is None


def test_the_seats_of_the_settings_are_shown_and_rules_can_be_had(desk: FakeDesk, visit: Visit, file: Path) -> None:
    desk.files["triage"], desk.staff = file, Staffing("gpt-5", (("team", "rules+big"), ("nobody", "small")))
    at = visit(desk, "start")
    assert "team: rules and big beside them" in read(at)
    assert "all others: gpt-5" in read(at)
    assert "triage has no seat nobody" in read(at)
    press(at, "run-file")
    at.segmented_control(key="start-seats").select("rules alone").run()
    assert "gpt-5" not in read(at)
    press(at, "run-file")
    assert [post.given["staffing"] for post in desk.posted] == [None, Staffing()]


def test_one_case_is_started_by_rules_where_these_are_chosen(desk: FakeDesk, visit: Visit) -> None:
    desk.staff = Staffing("gpt-5")
    at = visit(desk, "start")
    at.segmented_control(key="start-how").select("One case").run()
    at.segmented_control(key="start-seats").select("rules alone").run()
    at.text_input(key="start-triage-None-id").input("new")
    at.text_area(key="start-triage-None-text").input("screen is black")
    submit(at, "Start the run")
    assert desk.posted[0].given["staffing"] == Staffing()


def test_the_sample_that_needs_no_model_calls_none(visit: Visit, file: Path) -> None:
    desk = FakeDesk({"lead-qualification": triage})
    desk.files["lead-qualification"], desk.staff = file, Staffing("gpt-5")
    press(visit(desk, "overview"), "run-sample")
    assert desk.posted[0].given["staffing"] == Staffing()


def test_a_file_whose_budget_is_used_up_says_so(desk: FakeDesk, visit: Visit) -> None:
    job = Job("1", "triage", None, "mine.csv", datetime.now(UTC), state="done")
    job.shortage = "the batch's budget of 1 model calls is used up"
    desk.working.append(job)
    assert "Not all rows were decided: the batch's budget of 1 model calls" in read(visit(desk, "start"))
