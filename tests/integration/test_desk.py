"""The desk: what holds of every desk, the fake one included, and what only an open Roundhouse can do."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.files import FileLost, FileStore
from graphs.catalogue import Catalogue, Entry
from graphs.terms import Deadline, Terms
from runtime.batch import Selection
from runtime.desk.background import Background
from runtime.desk.desk import Desk
from runtime.desk.fake import FakeDesk
from runtime.desk.live import LiveDesk
from runtime.settings import Settings
from state.errors import (
    AlreadyAnswered,
    InvalidAnswer,
    InvalidCase,
    ReviewClaimed,
    UnknownReview,
    UnknownRun,
    UnknownWorkflow,
    UnreadableSource,
    UnusableDatabase,
    UnusableModel,
)
from state.review import Approve
from state.run import RunFilter
from state.staffing import Staffing
from tests.support.model_server import ModelServer
from tests.support.model_thread import calling, serving_model
from tests.support.triage import triage
from tests.support.waiting import TICKETS, fake_desk

CATALOGUE = Catalogue({"triage": Entry(lambda profile: triage)})


def open_desk(url: str, folder: Path) -> LiveDesk:
    channels = {"default": f"folder:{folder / 'outbox'}"}
    return LiveDesk.open(Settings(database_url=url, channels=channels, files=folder / "files"), CATALOGUE)


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[LiveDesk]:
    """A desk on an open Roundhouse, without any run."""
    opened = open_desk(database_url, tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=["fake", "live"])
def desk(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk at which the tickets wait."""
    if request.param == "fake":
        yield fake_desk()
        return
    opened = open_desk(sqlite_url, tmp_path)
    for case, given in TICKETS.items():
        opened.start("triage", None, {"id": case, **given})
    yield opened
    opened.close()


def about(desk: Desk, case: str) -> str:
    return next(review.id for review in desk.inbox().reviews if review.case_id == case)


def run_of(desk: Desk, case: str) -> str:
    return desk.runs(RunFilter(text=case), 1)[0].id


def test_a_file_that_a_decision_names_is_read_or_said_to_be_lost(desk: Desk, tmp_path: Path) -> None:
    kept = FileStore(tmp_path / "files").keep(b"%PDF", "paper.pdf")
    if isinstance(desk, FakeDesk):
        desk.kept[kept.digest] = b"%PDF"
    assert desk.artifact(kept) == b"%PDF"
    assert desk.holds(kept)
    assert not desk.holds(kept.model_copy(update={"digest": "0" * 64}))
    with pytest.raises(FileLost, match=r"The file 'paper\.pdf' \(0{12}\) is not in"):
        desk.artifact(kept.model_copy(update={"digest": "0" * 64}))


def test_what_waits_is_the_oldest_first(desk: Desk) -> None:
    box = desk.inbox()
    assert [review.case_id for review in box.reviews] == [
        "unsure-1", "unsure-2", "unsure-3", "torn", "empty", "hostile"
    ]  # fmt: skip
    assert box.total == 6
    assert list(box.queues) == ["default"]
    assert len(desk.inbox(limit=2).reviews) == 2
    assert desk.inbox(workflow="other").total == 0


def test_a_question_comes_with_its_run_and_with_what_follows(desk: Desk) -> None:
    matter = desk.matter(about(desk, "torn"))
    assert matter.is_open
    assert matter.story.case["text"] == "disk is full"
    assert [each.action for each in matter.consequences] == [
        "approve", "approve", "edit", "edit", "send_back", "send_back", "reject"
    ]  # fmt: skip
    assert matter.known.trouble == ""


def test_an_answer_takes_the_question_out_of_the_inbox(desk: Desk) -> None:
    review = about(desk, "unsure-1")
    desk.answer(review, "approve", by="ann")
    assert review not in [each.id for each in desk.inbox().reviews]
    row = desk.review(review)
    assert (row.status, row.answered_by) == ("answered", "ann")


def test_a_second_answer_is_refused(desk: Desk) -> None:
    review = about(desk, "unsure-1")
    desk.answer(review, "approve", by="ann")
    with pytest.raises(AlreadyAnswered):
        desk.answer(review, "approve", by="ben")


def test_an_edit_is_held_to_the_contract_field_by_field(desk: Desk) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        desk.answer(about(desk, "empty"), "edit", by="ann", value={"level": "high"})
    assert [field for field, _ in refused.value.problems] == ["level"]


def test_a_claim_keeps_others_out_until_it_is_let_go(desk: Desk) -> None:
    review = about(desk, "unsure-1")
    assert desk.claim(review, by="ann").claimed_by == "ann"
    with pytest.raises(ReviewClaimed):
        desk.answer(review, "approve", by="ben")
    desk.release(review, by="ann")
    desk.answer(review, "approve", by="ben")


def test_questions_that_are_alike_are_answered_together(desk: Desk) -> None:
    alike = [review.id for review in desk.alike(about(desk, "unsure-1"))]
    assert len(alike) == 4
    desk.answer(alike[0], "approve", by="ben")
    answered = desk.answer_all(alike, "approve", by="ann")
    assert [each.refused is None for each in answered] == [False, True, True, True]


def test_runs_are_found_by_a_part_of_their_case(desk: Desk) -> None:
    assert [run.case_id for run in desk.runs(RunFilter(text="PLAI"), 10)] == ["plain"]
    assert desk.count_runs(RunFilter()) == len(TICKETS)
    assert desk.count_runs(RunFilter(status="completed")) == 1
    assert len(list(desk.every_run(RunFilter()))) == len(TICKETS)


def test_a_what_if_is_foreseen_and_then_run(desk: Desk) -> None:
    run = run_of(desk, "plain")
    foreseen = desk.what_if(run, {"Urgency": {"level": 99}})
    assert foreseen.makes == ("Team", "Reply")
    assert foreseen.cost.calls == 2
    made = desk.fork(run, {"Urgency": {"level": 99}}, by="ann")
    view = desk.run(made.run.id)
    assert view.origin is not None
    assert view.origin.id == run
    assert [fork.id for fork in desk.run(run).forks] == [made.run.id]


def test_a_what_if_is_held_to_the_contract(desk: Desk) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        desk.what_if(run_of(desk, "plain"), {"Urgency": {"level": "high"}})
    assert [field for field, _ in refused.value.problems] == ["level"]


def test_the_ledger_sums_up_who_worked_and_what_people_did(desk: Desk) -> None:
    review = desk.claim(about(desk, "unsure-1"), by="ann")
    desk.answer(review.id, "approve", by="ann")
    found = desk.ledger("triage", None)
    assert found.cases == len(TICKETS)
    assert {work.specialist for work in found.work} >= {"urgency", "topic", "team"}
    assert (found.human.answers, found.human.claimed) == (1, 1)
    assert found.human.open == len(desk.inbox().reviews)
    assert desk.ledger("other", None).cases == desk.ledger(None, datetime.now(UTC) + timedelta(days=1)).cases == 0


def test_what_does_not_exist_is_said(desk: Desk) -> None:
    with pytest.raises(UnknownReview):
        desk.matter("none")
    with pytest.raises(UnknownRun):
        desk.run("none")
    with pytest.raises(UnknownWorkflow):
        desk.workflow("none")


def test_a_case_that_breaks_its_contract_is_not_started(desk: Desk) -> None:
    with pytest.raises(InvalidCase) as refused:
        desk.start("triage", None, {"id": "x"})
    assert refused.value.problems == (("text", "Field required"),)


def test_where_no_model_thinks_nothing_is_thought(desk: Desk) -> None:
    assert desk.staffing() == Staffing()
    assert desk.thoughts() == ()
    assert desk.thoughts("plain") == ()


# what only an open Roundhouse can do


def test_an_answer_drives_its_run_to_the_end_and_its_effect_goes_out(live: LiveDesk, tmp_path: Path) -> None:
    run = live.start("triage", None, {"id": "t1", "text": "printer is on fire", "trouble": "unsure"})
    assert run.status == "waiting"
    assert live.answer(about(live, "t1"), "approve", by="ann").status == "completed"
    _until(lambda: [effect.status for effect in live.run(run.id).story.effects] == ["delivered"])
    assert len(list((tmp_path / "outbox").glob("*.json"))) == 1


def test_a_file_runs_in_the_background_and_tells_how_far_it_is(live: LiveDesk, tmp_path: Path) -> None:
    path = live.upload("tickets.csv", b"id,text,trouble\n1,a b,\n2,c d,unsure\n3,,nonsense\n")
    found = live.preview("triage", None, path)
    assert (found.good, found.bad, found.is_whole) == (2, 1, True)
    job = live.run_file("triage", None, path, Selection())
    _until(lambda: job.state != "running")
    assert job.error == ""
    assert dict(job.counts) == {"completed": 1, "waiting": 1, "quarantined": 1}
    assert job.summary is not None
    assert job.summary.awaiting_review == 1
    assert [(row.source, row.counts, row.quarantined) for row in live.batches()] == [
        ("tickets.csv", {"completed": 1, "waiting": 1}, 1)
    ]


def test_the_same_file_goes_on_where_it_was_stopped(live: LiveDesk) -> None:
    rows = "".join(f"{number},a b,\n" for number in range(400))
    path = live.upload("many.csv", f"id,text,trouble\n{rows}".encode())
    job = live.run_file("triage", None, path, Selection())
    _until(lambda: job.counts.total() > 5)
    live.stop_job(job.id)
    _until(lambda: job.state != "running")
    assert job.state == "stopped"
    again = live.run_file("triage", None, path, Selection())
    _until(lambda: again.state == "done")
    assert again.summary is not None
    assert again.summary.completed == 400
    assert again.counts["resumed"] > 0
    assert [each.id for each in live.jobs()] == [again.id, job.id]


def test_a_file_that_cannot_be_run_says_why(live: LiveDesk, tmp_path: Path) -> None:
    job = live.run_file("triage", None, tmp_path / "gone.csv", Selection())
    _until(lambda: job.state != "running")
    assert job.state == "failed"
    assert "there is no such file" in job.error


def test_an_upload_keeps_its_name_and_nothing_of_a_path(live: LiveDesk) -> None:
    kept = [live.upload(name, b"x").name for name in ("../../etc/cases.csv", "C:\\tmp\\cases.csv", "..", "a\0b.csv")]
    assert kept == ["cases.csv", "cases.csv", "cases.csv", "a-b.csv"]
    assert live.upload("cases.csv", b"x") == live.upload("cases.csv", b"x")
    assert live.upload("cases.csv", b"x") != live.upload("cases.csv", b"y")
    with pytest.raises(UnreadableSource):
        live.preview("triage", None, live.upload("cases.pdf", b"x"))


def test_a_page_need_not_wait_for_a_slow_specialist(live: LiveDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.desk.live.PATIENCE", 0.01)
    run = live.start("triage", None, {"id": "slow", "text": "a b", "trouble": "slow"})
    assert run.status == "running"
    _until(lambda: live.run(run.id).story.run.status == "waiting")


@pytest.fixture
def modelled(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[LiveDesk, ModelServer]]:
    """A desk at which a chat model has every seat, and the model's server."""
    with serving_model(ModelServer()) as server:
        channels = {"default": f"folder:{tmp_path / 'outbox'}"}
        opened = LiveDesk.open(calling(server, database_url=sqlite_url, channels=channels), CATALOGUE)
        yield opened, server
        opened.close()


def test_a_model_thinks_aloud_and_is_silent_when_it_is_done(modelled: tuple[LiveDesk, ModelServer]) -> None:
    desk, server = modelled
    server.pace = 0.02
    path = desk.upload("tickets.csv", b"id,text,trouble\nt1,a b,\nt2,c d,\n")
    job = desk.run_file("triage", None, path, Selection())
    _until(lambda: any(thought.text for thought in desk.thoughts() if thought.case == "t2"))
    run = next(thought.run for thought in desk.thoughts() if thought.case == "t2")
    assert {thought.case for thought in desk.thoughts(run)} <= {"t2"}
    assert {thought.specialist for thought in desk.thoughts()} <= {"urgency", "topic", "team", "reply"}
    _until(lambda: job.state == "done")
    assert desk.thoughts() == ()
    assert job.summary is not None
    assert job.summary.model_calls > 0


def test_a_job_that_is_stopped_leaves_no_thoughts(modelled: tuple[LiveDesk, ModelServer]) -> None:
    desk, server = modelled
    server.latency = 30.0
    job = desk.run_file("triage", None, desk.upload("t.csv", b"id,text,trouble\nt1,a b,\n"), Selection())
    _until(lambda: bool(desk.thoughts()))
    desk.stop_job(job.id)
    _until(lambda: job.state == "stopped" and desk.thoughts() == ())


def test_a_run_with_models_is_known_as_it_was_started(modelled: tuple[LiveDesk, ModelServer]) -> None:
    desk, _ = modelled
    assert desk.staffing() == Staffing("roundhouse-test")
    run = desk.start("triage", None, {"id": "t1", "text": "a b"})
    view = desk.run(run.id)
    assert view.known.trouble == ""
    assert {each.model for each in view.story.executions} == {"roundhouse-test"}
    assert "Reply" in desk.what_if(run.id, {"Urgency": {"level": 99}}).makes


def test_a_run_may_be_started_by_rules_where_the_settings_name_a_model(modelled: tuple[LiveDesk, ModelServer]) -> None:
    desk, server = modelled
    run = desk.start("triage", None, {"id": "t1", "text": "a b"}, Staffing())
    assert run.status == "completed"
    assert server.calls == 0
    job = desk.run_file("triage", None, desk.upload("t.csv", b"id,text,trouble\nt2,a b,\n"), Selection(), Staffing())
    _until(lambda: job.state == "done")
    assert server.calls == 0


def test_a_question_of_a_run_with_models_is_answered(sqlite_url: str, tmp_path: Path) -> None:
    channels = {"default": f"folder:{tmp_path / 'outbox'}"}
    with serving_model(ModelServer()) as server:
        settings = calling(server, database_url=sqlite_url, channels=channels, case_budget={"calls": 1})
        desk = LiveDesk.open(settings, CATALOGUE)
        run = desk.start("triage", None, {"id": "t1", "text": "a b"})
        assert run.status == "waiting"
        [review, *_] = desk.run(run.id).open_reviews
        value = {"topic": "a"} if review.names[0] == "Topic" else {"level": 1}
        after = desk.answer(review.id, "edit", by="ann", value=value)
        assert after.status == "waiting"
        assert desk.review(review.id).status == "answered"
        desk.close()


def test_a_run_whose_model_cannot_be_used_any_more_says_so(sqlite_url: str, tmp_path: Path) -> None:
    with serving_model(ModelServer()) as server:
        desk = LiveDesk.open(calling(server, database_url=sqlite_url, channels={}), CATALOGUE)
        run = desk.start("triage", None, {"id": "t1", "text": "a b"})
        desk.close()
    desk = open_desk(sqlite_url, tmp_path)
    known = desk.run(run.id).known
    assert "Set OPENAI_API_KEY" in known.trouble
    assert "can be read" in known.trouble
    with pytest.raises(UnusableModel):
        desk.what_if(run.id, {"Urgency": {"level": 99}})
    desk.close()


def test_a_job_that_runs_out_of_money_says_so(sqlite_url: str, tmp_path: Path) -> None:
    with serving_model(ModelServer()) as server:
        settings = calling(server, database_url=sqlite_url, channels={}, batch_budget={"calls": 1}, concurrency=1)
        desk = LiveDesk.open(settings, CATALOGUE)
        path = desk.upload("t.csv", b"id,text,trouble\nt1,a b,\nt2,a b,\n")
        job = desk.run_file("triage", None, path, Selection())
        _until(lambda: job.state != "running")
        assert "budget of 1 model calls is used up" in str(job.shortage)
        desk.close()


def test_deadlines_pass_while_a_desk_is_open(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.desk.background.PAUSE", 0.05)
    hurried = replace(triage, terms=(Terms(deadlines=(Deadline(timedelta(seconds=0.1), Approve()),)),))
    channels = {"default": f"folder:{tmp_path / 'outbox'}"}
    desk = LiveDesk.open(
        Settings(database_url=sqlite_url, channels=channels), Catalogue({"triage": Entry(lambda profile: hurried)})
    )
    run = desk.start("triage", None, {"id": "t1", "text": "a b", "trouble": "unsure"})
    _until(lambda: desk.run(run.id).story.run.status == "completed")
    assert [review.status for review in desk.run(run.id).story.reviews] == ["expired"]
    desk.close()


def test_a_database_that_cannot_be_opened_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnusableDatabase):
        Background(f"sqlite:///{tmp_path / 'none' / 'x.db'}", CATALOGUE)


def test_closing_twice_is_closing_once(sqlite_url: str, tmp_path: Path) -> None:
    desk = open_desk(sqlite_url, tmp_path)
    desk.close()
    desk.close()


def _until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
