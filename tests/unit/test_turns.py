from datetime import timedelta

import pytest
from pydantic import ValidationError

from agents.handoff import Ask, Escalate, Request
from agents.making import Failed, Making
from graphs.conflict import AskHuman
from graphs.turns import ready_since, rung_events, turn_events
from state.execution import Execution
from state.note import Note
from state.progress import Executed, Noted
from state.record import Record
from tests.support.leads import Check, Score, Verdict, diamond
from tests.support.run import NOW, Run


@pytest.fixture
def judging() -> Run:
    """The verdict is to be made."""
    return Run(diamond()).make(Score=Score(), Check=Check())


def test_a_record_says_what_it_was_built_from(judging: Run) -> None:
    judging.note("Score").make(Score=Score(probability=0.6)).make(Verdict=Verdict(lane="nurture"))
    verdict = judging.record("Verdict")
    assert verdict == Record(
        decision="Verdict",
        version=1,
        outcome="decided",
        maker=verdict.maker,
        value={"lane": "nurture", "confidence": 1.0, "rationale": ""},
        built_from={"Score": 2, "Check": 1},
        made_at=NOW,
    )
    assert (verdict.maker.kind, verdict.maker.name) == ("agent", "verdict")


def test_a_record_has_seen_the_notes_that_were_there_when_it_was_dispatched(judging: Run) -> None:
    dispatched_on = judging.progress
    judging.note("Score", "too late")
    judging.apply(*turn_events(judging.workflow, dispatched_on, "Score", Making(Score(), ()), NOW))
    assert [note.text for note in judging.progress.unseen("Score")] == ["too late"]


@pytest.mark.parametrize(
    ("result", "outcome", "reason"),
    [
        # it declined
        (Escalate("unclear"), "escalated", "unclear"),
        # its tries were used up
        (Failed("no connection, 3 tries"), "failed", "no connection, 3 tries"),
    ],
)
def test_a_turn_without_a_decision_is_kept_with_its_reason(
    judging: Run, result: Escalate | Failed, outcome: str, reason: str
) -> None:
    record = judging.make(Verdict=result).record("Verdict")
    assert (record.outcome, record.reason, record.value) == (outcome, reason, None)


def test_requests_become_notes_to_the_owners(judging: Run) -> None:
    judging.make(Verdict=Ask(Request(Score, "why?"), Request(Check, "sure?")))
    assert judging.progress.notes_to("Score") == (
        Note(kind="request", author="verdict", text="why?", about_version=1, at=NOW),
    )
    assert judging.progress.notes_to("Check")[0].text == "sure?"
    assert judging.progress.latest("Verdict") is None
    assert judging.dispatched == ("Score", "Check")


def test_every_execution_goes_into_the_ledger(judging: Run) -> None:
    execution = Execution(
        decision="Verdict", specialist="verdict", ready_at=NOW, started_at=NOW, ended_at=NOW, outcome="decided"
    )
    events = turn_events(judging.workflow, judging.progress, "Verdict", Making(Verdict(), (execution,)), NOW)
    assert events[0] == Executed(execution=execution)


def test_inputs_are_ready_when_the_last_of_them_came(judging: Run) -> None:
    assert ready_since(judging.workflow, judging.progress, "Verdict", NOW - timedelta(hours=1)) == NOW
    late = Note(kind="request", author="update", text="again", at=NOW + timedelta(hours=1))
    judging.apply(Noted(to="Verdict", note=late))
    assert ready_since(judging.workflow, judging.progress, "Verdict", NOW) == late.at


def test_a_decision_without_needs_is_ready_when_the_run_started() -> None:
    run = Run(diamond())
    assert ready_since(run.workflow, run.progress, "Score", NOW) == NOW


def test_what_is_handed_over_is_held_to_its_contract(judging: Run) -> None:
    broken = judging.record("Score").model_copy(update={"value": {"probability": 7}})
    judging.progress = judging.progress.model_copy(update={"records": {**judging.progress.records, "Score": (broken,)}})
    with pytest.raises(ValidationError, match="probability"):
        judging.handoff("Verdict")


async def test_a_rung_of_a_human_is_not_taken_by_the_hub() -> None:
    run = Run(diamond(AskHuman())).make(Score=Score(probability=0.9), Check=Check(flagged=True))
    with pytest.raises(AssertionError, match="taken by the gate"):
        await rung_events(run.workflow.conflicts[0], run.progress, run.case, run.workflow, NOW)
