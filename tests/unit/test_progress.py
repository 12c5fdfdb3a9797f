import json

import pytest

from agents.handoff import Ask
from graphs.conflict import AskHuman, Prefer
from state.progress import Approved, Closed, Progress, advance, dump_events, reduce_events
from state.record import Maker, Record
from tests.support.leads import Check, Score, Verdict, diamond
from tests.support.run import NOW, Run

CONTESTED = {"Score": Score(probability=0.9), "Check": Check(flagged=True)}


def test_versions_count_from_one_within_a_decision() -> None:
    run = Run(diamond()).make(Score=Score()).make(Score=Score(probability=0.6))
    assert [record.version for record in run.progress.records["Score"]] == [1, 2]
    assert (run.progress.version("Score"), run.progress.version("Check")) == (2, 0)


def test_an_equal_value_by_the_same_maker_keeps_its_version_and_its_time() -> None:
    run = Run(diamond()).make(Score=Score()).note("Score")
    before = run.record("Score")
    renewed = run.make(Score=Score()).record("Score")
    assert renewed == before.model_copy(update={"notes_seen": 1})


def test_an_equal_value_renews_what_it_was_built_from() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Verdict())
    run.note("Score").make(Score=Score(probability=0.6)).make(Verdict=Verdict())
    assert run.record("Verdict").version == 1
    assert run.record("Verdict").built_from == {"Score": 2, "Check": 1}


def test_another_confidence_is_another_value() -> None:
    run = Run(diamond()).make(Score=Score()).make(Score=Score(confidence=0.5))
    assert run.record("Score").version == 2


def test_early_cutoff_keeps_approvals() -> None:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.4))
    run.answer(run.question("low_confidence"), "approve")
    run.note("Verdict").make(Verdict=Verdict(confidence=0.4))
    assert run.dispatched == ("Update",), "approved once, it stands"


def test_a_new_version_is_not_approved() -> None:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check()).make(Verdict=Verdict(confidence=0.4))
    run.answer(run.question("low_confidence"), "approve")
    run.note("Verdict").make(Verdict=Verdict(confidence=0.5))
    assert [question.kind for question in run.consulted] == ["low_confidence"]


def test_early_cutoff_keeps_settlements() -> None:
    run = Run(diamond(Prefer(Score))).make(**CONTESTED).settle()
    run.note("Score").make(Score=CONTESTED["Score"])
    assert run.dispatched == ("Verdict",)


def test_unseen_notes_are_those_after_the_newest_record() -> None:
    run = Run(diamond()).note("Score", "first").make(Score=Score()).note("Score", "second")
    assert [note.text for note in run.progress.notes_to("Score")] == ["first", "second"]
    assert [note.text for note in run.progress.unseen("Score")] == ["second"]


def test_the_latest_value_looks_through_escalations() -> None:
    escalated = Record(
        decision="Score",
        version=2,
        outcome="escalated",
        maker=Maker(kind="agent", name="score"),
        built_from={},
        made_at=NOW,
    )
    decided = escalated.model_copy(update={"version": 1, "outcome": "decided", "value": {"probability": 0.5}})
    assert Progress(records={"Score": (decided, escalated)}).latest_value("Score") == {"probability": 0.5}


def test_there_is_no_latest_value_before_the_first() -> None:
    assert Progress().latest_value("Score") is None
    assert Progress().latest("Score") is None


def test_attempts_are_counted_per_decision() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check())
    run.make(Verdict=Ask(Score, "why?")).make(Score=Score())
    assert run.progress.attempts == {"Verdict": 1, "Score": 1}


def test_a_case_is_closed_with_its_reason() -> None:
    assert advance(Progress(), [Closed(reason="spam")]).closed == "spam"


def test_advance_changes_nothing_that_it_is_given() -> None:
    before = Progress()
    after = advance(before, [Approved(decision="Score", version=1)])
    assert (before, after.approvals) == (Progress(), {"Score": 1})


@pytest.fixture
def eventful() -> Run:
    run = Run(diamond(Prefer(Score), AskHuman(), threshold=0.8)).make(**CONTESTED).settle()
    run.make(Verdict=Ask(Score, "why?")).make(Score=Score(probability=0.95))
    run.answer(run.question("conflict"), "approve", prefer="Check").make(Verdict=Verdict(confidence=0.2))
    run.answer(run.question("low_confidence"), "approve")
    return run.apply(Closed(reason="enough"))


def test_progress_survives_a_checkpoint(eventful: Run) -> None:
    assert Progress.parse(json.loads(json.dumps(eventful.progress.dump()))) == eventful.progress


def test_an_empty_progress_is_an_empty_object() -> None:
    assert Progress().dump() == {}
    assert Progress.parse({}) == Progress()


def test_the_reducer_is_advance_on_plain_json(eventful: Run) -> None:
    rung = eventful.progress.rungs[0]
    state = reduce_events(eventful.progress.dump(), json.loads(json.dumps(dump_events([rung]))))
    assert Progress.parse(state) == advance(eventful.progress, [rung])
