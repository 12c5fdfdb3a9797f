"""The runs, as somebody meets them who asks why a case went where it went."""

import csv
import io

from graphs.workflow import Workflow
from runtime.desk.fake import FakeDesk
from state.run import RunFilter
from tests.app.conftest import Visit
from tests.app.words import read, shown, submit, table
from tests.support.triage import changed, triage
from tests.support.waiting import HOSTILE, fake_desk, lead_desk
from views.parts.runs_table import as_csv

PARTS = ("Story", "Timeline", "Checkpoints", "What if", "Audit")


def test_the_table_lists_the_runs(desk: FakeDesk, visit: Visit) -> None:
    rows = table(visit(desk, "runs"))
    assert {(row["case"], row["status"]) for row in rows} >= {("plain", "completed"), ("torn", "waiting")}


def test_a_part_of_an_id_finds_a_run(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs")
    at.text_input(key="q").input("TORN").run()
    assert [row["case"] for row in table(at)] == ["torn"]


def test_a_status_narrows_the_table(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs")
    at.selectbox(key="status").select("completed").run()
    assert {row["status"] for row in table(at)} == {"completed"}


def test_filters_that_nothing_fits_say_so(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs")
    at.text_input(key="q").input("nobody").run()
    assert "No run fits these filters" in at.info[0].value


def test_without_runs_the_page_leads_on(visit: Visit) -> None:
    assert "There are no runs yet" in visit(FakeDesk({}), "runs").info[0].value


def test_every_part_of_every_run_is_shown_without_a_failure(desk: FakeDesk, visit: Visit) -> None:
    for run in desk.stories:
        for part in PARTS:
            at = visit(desk, "runs", run=run, part=part)
            assert not at.exception, (run, part)
            assert not at.error, (run, part, at.error[0].value)


def test_the_story_shows_decisions_with_versions_and_what_they_were_built_from(desk: FakeDesk, visit: Visit) -> None:
    said = shown(visit(desk, "runs", run="run-torn"))
    assert "Team <small>v" in said
    assert "from Urgency v1, Topic v1" in said
    assert "night shift" in said


def test_the_checkpoints_are_gone_through_on_a_slider(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs", run="run-torn", part="Checkpoints")
    last = at.slider[0].value
    assert last == len(desk.replay("run-torn")) - 1
    at.slider[0].set_value(last - 1).run()
    assert not at.exception
    assert "What changed" in shown(at)


def test_pruned_checkpoints_are_said(visit: Visit) -> None:
    at = visit(lead_desk(), "runs", run=next(iter(lead_desk().stories)), part="Checkpoints")
    assert "they were pruned" in at.info[0].value


def test_a_what_if_says_what_would_be_made_again_before_it_runs(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs", run="run-plain", part="What if")
    at.number_input(key="what-if-run-plain-Urgency-level").set_value(99)
    submit(at, "See what would be made again")
    assert "At the most these are made again: Team, Reply" in read(at)
    assert desk.posted == []


def test_a_what_if_runs_as_a_fork_and_is_compared(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs", run="run-plain", part="What if")
    at.number_input(key="what-if-run-plain-Urgency-level").set_value(99)
    submit(at, "See what would be made again")
    submit(at, "Run it as a fork")
    assert [(post.what, post.by, dict(post.given)) for post in desk.posted] == [
        ("fork", "ann", {"Urgency": {"level": 99}})
    ]
    assert "decisions came out differently" in read(at)


def test_a_what_if_without_a_difference_says_so(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs", run="run-plain", part="What if")
    submit(at, "See what would be made again")
    assert "Nothing is different yet" in read(at)


def test_a_what_if_that_breaks_the_contract_says_so_at_the_field(visit: Visit) -> None:
    desk = lead_desk()
    run = next(iter(desk.stories))
    at = visit(desk, "runs", run=run, part="What if")
    at.number_input(key=f"what-if-{run}-LeadScore-probability").set_value(-1.0)
    submit(at, "See what would be made again")
    assert "greater than or equal to 0" in read(at)
    assert not at.exception


def test_a_run_that_does_not_exist_leads_back(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs", run="nobody")
    assert at.title[0].value == "No such run"
    submit(at, "All runs")
    assert len(table(at)) == len(desk.stories)


def test_a_run_of_a_changed_workflow_can_be_migrated(visit: Visit) -> None:
    desk = _changed(changed("2"))
    at = visit(desk, "runs", run="run-torn")
    assert "The workflow has changed since" in read(at)
    submit(at, "Migrate it")
    assert [(post.what, post.to, post.by) for post in desk.posted] == [("migrate", "run-torn", "ann")]


def test_a_run_of_a_workflow_that_is_gone_can_be_read(visit: Visit) -> None:
    desk = FakeDesk({"other": triage}, tuple(fake_desk().stories.values()))
    for part in PARTS:
        at = visit(desk, "runs", run="run-torn", part=part)
        assert not at.exception
        assert "is not known here" in read(at)


def test_a_failed_run_says_why_and_can_be_driven_on(desk: FakeDesk, visit: Visit) -> None:
    story = desk.stories["run-plain"]
    failed = story.run.model_copy(update={"status": "failed", "error": "the disk was full"})
    desk.stories["run-plain"] = story.model_copy(update={"run": failed})
    at = visit(desk, "runs", run="run-plain")
    assert "the disk was full" in at.error[0].value
    submit(at, "Drive it on")
    assert [(post.what, post.by) for post in desk.posted] == [("retry", "ann")]


def test_text_from_a_case_is_never_markup(desk: FakeDesk, visit: Visit) -> None:
    for part in PARTS:
        said = shown(visit(desk, "runs", run="run-hostile", part=part))
        assert "<script>" not in said, part
        assert HOSTILE not in said, part


def test_a_download_holds_no_formula(desk: FakeDesk) -> None:
    runs = list(desk.every_run(RunFilter()))
    evil = runs[0].model_copy(update={"case_id": "=HYPERLINK(1)"})
    rows = list(csv.DictReader(io.StringIO(as_csv([evil, *runs[1:]]))))
    assert rows[0]["case_id"] == "'=HYPERLINK(1)"
    assert len(rows) == len(runs)
    assert rows[0]["Team.team"]


def _changed(workflow: Workflow) -> FakeDesk:
    return FakeDesk({"triage": workflow}, tuple(fake_desk().stories.values()))


def test_the_name_is_asked_before_a_fork(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "runs", person=None, run="run-plain", part="What if")
    at.number_input(key="what-if-run-plain-Urgency-level").set_value(99)
    submit(at, "See what would be made again")
    at.text_input(key="given-name").input("cleo")
    submit(at, "Go on")
    submit(at, "Run it as a fork")
    assert [post.by for post in desk.posted] == ["cleo"]
