"""Starting, as somebody meets it who has cases."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graphs.data_reporting import data_reporting
from runtime.desk.fake import FakeDesk
from runtime.desk.jobs import Job
from state.errors import UnreadableSource
from tests.app.conftest import Visit
from tests.app.words import press, read, submit, table


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    path.write_text("id,text,trouble\n1,printer is broken,\n2,mail is slow,nonsense\n3,door is open,\n1,twice,\n")
    return path


def test_a_form_is_made_from_the_contract_with_its_documentation(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "start")
    at.segmented_control(key="start-how").select("One case").run()
    assert [field.label for field in at.text_input] == ["Id *"]
    assert at.text_area(key="start-triage-None-text").label == "Text *"
    assert "Identifies the case within its workflow, 1 to 200 characters" in read(at)
    assert "unsure" in at.selectbox(key="start-triage-None-trouble").options


def test_a_case_is_started_from_the_form_and_its_run_is_shown(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "start")
    at.segmented_control(key="start-how").select("One case").run()
    at.text_input(key="start-triage-None-id").input("new")
    at.text_area(key="start-triage-None-text").input("screen is black")
    submit(at, "Start the run")
    assert desk.posted[0].given["case"] == {"id": "new", "text": "screen is black", "trouble": ""}
    assert at.title[0].value == "plain"


def test_a_case_that_breaks_its_contract_says_so_at_the_field(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "start")
    at.segmented_control(key="start-how").select("One case").run()
    submit(at, "Start the run")
    assert read(at).count("Field required") == 2
    assert desk.posted == []


def test_a_file_is_looked_at_before_it_runs(desk: FakeDesk, visit: Visit, file: Path) -> None:
    desk.files["triage"] = file
    at = visit(desk, "start")
    assert "2 are cases" in read(at)
    assert "2 would be quarantined" in read(at)
    assert "the id stands on an earlier line" in read(at)
    assert [row["id"] for row in table(at)] == ["1", "3"]
    assert desk.posted == []


def test_a_file_runs_in_the_background_and_shows_how_far_it_is(desk: FakeDesk, visit: Visit, file: Path) -> None:
    desk.files["triage"] = file
    at = visit(desk, "start")
    press(at, "run-file")
    assert [post.what for post in desk.posted] == ["run_file"]
    job = desk.working[0]
    job.rows, job.counts = 4, Counter(completed=2, quarantined=1)
    at.run()
    assert at.get("progress")[0].proto.text.replace("\\", "") == "3 of 4: 2 completed, 1 quarantined"


def test_progress_survives_another_session(desk: FakeDesk, visit: Visit) -> None:
    desk.working.append(Job("1", "triage", None, "mine.csv", datetime.now(UTC), rows=10, counts=Counter(completed=4)))
    for page in ("start", "overview"):
        at = visit(desk, page)
        assert "mine.csv" in read(at)
        assert "4 of 10" in at.get("progress")[0].proto.text


def test_a_job_can_be_stopped(desk: FakeDesk, visit: Visit) -> None:
    desk.working.append(Job("1", "triage", None, "mine.csv", datetime.now(UTC)))
    press(visit(desk, "start"), "stop-1")
    assert [(post.what, post.to) for post in desk.posted] == [("stop_job", "1")]


def test_a_job_that_failed_says_why(desk: FakeDesk, visit: Visit) -> None:
    desk.working.append(Job("1", "triage", None, "mine.csv", datetime.now(UTC), state="failed", error="no <b>disk</b>"))
    at = visit(desk, "start")
    assert "no \\<b\\>disk\\<\\/b\\>" in at.error[0].value


def test_a_file_that_cannot_be_read_says_so(desk: FakeDesk, visit: Visit, tmp_path: Path) -> None:
    desk.files["triage"] = tmp_path / "gone.csv"
    at = visit(desk, "start")
    assert "there is no such file" in at.error[0].value
    assert not at.exception


def test_a_source_that_is_not_here_says_where_to_get_it(
    desk: FakeDesk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(workflow: str, profile: str | None) -> Path | None:
        raise UnreadableSource("The leads are not here. Download them.")

    monkeypatch.setattr(desk, "sample", missing)
    assert "Download them" in visit(desk, "start").info[0].value


def test_a_report_request_is_made_from_choices_and_wrong_fields_say_so(visit: Visit) -> None:
    desk = FakeDesk({"data-reporting": data_reporting()})
    at = visit(desk, "start")
    at.segmented_control(key="start-how").select("One case").run()
    sources = at.multiselect(key="start-data-reporting-None-sources")
    assert (sources.options, sources.value) == (["exchange", "broker"], ["exchange", "broker"])
    at.text_input(key="start-data-reporting-None-id").input("new")
    for name, text in (("period", "2026-99"), ("schedule", "hourly, please"), ("zone", "Mars")):
        at.text_input(key=f"start-data-reporting-None-{name}").input(text)
    submit(at, "Start the run")
    said = read(at)
    assert "'2026-99' is no period; write a month as 2026-03" in said
    assert "is no cron expression" in said
    assert "'Mars' is no time zone" in said
    assert desk.posted == []
