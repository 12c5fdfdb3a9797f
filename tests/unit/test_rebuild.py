from datetime import timedelta
from typing import Any

import pytest

from state.note import Note
from state.progress import Progress, Rung
from state.rebuild import progress_of
from state.record import Maker, Record
from state.review import Action, Answer, Question, QuestionKind
from state.run import DecisionNote, ReviewRow, RunRow, RunStatus, RunStory
from tests.support.run import NOW


def record(name: str, version: int) -> Record:
    maker = Maker(kind="agent", name=name.lower())
    return Record(decision=name, version=version, outcome="decided", maker=maker, value={}, built_from={}, made_at=NOW)


def question(kind: QuestionKind = "low_confidence", asked_before: int = 0, **versions: int) -> Question:
    return Question(
        kind=kind,
        names=tuple(versions),
        versions=versions,
        asked_before=asked_before,
        offers=("approve", "edit", "send_back", "reject"),
        reason="why not",
    )


def review(
    asked: Question, action: Action = "approve", minutes: int = 0, status: Any = "answered", **fields: Any
) -> ReviewRow:
    answer = Answer(question=asked.key, action=action, by="ann", **fields)
    nothing = dict.fromkeys(("terms", "deadline", "claimed_by", "claimed_at", "claimed_until"))
    return ReviewRow(
        id=asked.key,
        run="r1",
        workflow="leads",
        case_id="t1",
        question=asked.key,
        kind=asked.kind,
        names=asked.names,
        payload={"question": asked.model_dump(mode="json"), "decisions": {}},
        status=status,
        queue="default",
        priority=0,
        opened_at=NOW,
        step=0,
        answer=answer.model_dump(mode="json"),
        answered_by="ann",
        answered_at=NOW + timedelta(minutes=minutes),
        **nothing,
    )


def story(status: RunStatus = "completed", **parts: Any) -> RunStory:
    run = RunRow(
        id="r1",
        workflow="leads",
        case_id="t1",
        status=status,
        batch=None,
        origin=None,
        flagged=False,
        questions=0,
        error=None,
        created_at=NOW,
        ended_at=None,
        decisions={},
    )
    nothing: dict[str, Any] = dict.fromkeys(("records", "notes", "conflicts", "reviews", "executions", "effects"), ())
    return RunStory(run=run, case={}, pins={}, **(nothing | parts))


def test_a_run_that_has_come_to_nothing_has_no_progress() -> None:
    assert progress_of(story()) == Progress()


def test_records_are_in_the_order_of_their_versions() -> None:
    records = (record("Score", 2), record("Check", 1), record("Score", 1))
    progress = progress_of(story(records=records))
    assert {name: [each.version for each in made] for name, made in progress.records.items()} == {
        "Score": [1, 2],
        "Check": [1],
    }


def test_notes_and_rungs_are_as_they_were() -> None:
    note = Note(kind="request", author="router", text="look again", at=NOW)
    rung = Rung(conflict="q", versions={"A": 1}, rung=0, action="human", preferred="A", by="ann", at=NOW)
    progress = progress_of(story(notes=(DecisionNote(decision="Score", note=note),), conflicts=(rung,)))
    assert (progress.notes, progress.rungs) == ({"Score": (note,)}, (rung,))


def test_an_approval_stands_for_the_version_that_was_asked_about() -> None:
    first, second = question(Score=1), question(Score=3)
    progress = progress_of(story(reviews=(review(second, minutes=2), review(first, minutes=1))))
    assert progress.approvals == {"Score": 3}
    assert [each.stem for each in progress.answers] == ["low_confidence:Score@1", "low_confidence:Score@3"]


def test_a_policy_approves_as_a_person_does() -> None:
    approved = review(question(Score=1), status="expired", voice="policy")
    assert progress_of(story(reviews=(approved,))).approvals == {"Score": 1}


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        # sent back, so that it does not stand
        (question(Score=1), {"action": "send_back", "text": "again"}),
        # the conflict is settled by a rung
        (question("conflict", A=1, B=1), {"action": "approve"}),
        # the record is a person's own
        (question("objection", Score=1), {"action": "approve"}),
        # put aside, as the run had moved on
        (question(Score=1), {"action": "approve", "status": "withdrawn"}),
    ],
)
def test_other_answers_approve_nothing(asked: Question, fields: dict[str, Any]) -> None:
    assert progress_of(story(reviews=(review(asked, **fields),))).approvals == {}


def test_a_question_that_was_asked_again_counts_as_the_same() -> None:
    again = question(asked_before=1, Score=1)
    progress = progress_of(story(reviews=(review(question(Score=1)), review(again, minutes=1))))
    assert progress.times_answered("low_confidence:Score@1") == 2


def test_the_key_tells_the_order_of_versions_that_the_database_lost() -> None:
    kept = review(question("conflict", Topic=1, Team=1))
    plain = kept.payload["question"]
    turned = {**plain, "versions": dict(sorted(plain["versions"].items()))}
    [answered] = progress_of(story(reviews=(kept.model_copy(update={"payload": {"question": turned}}),))).answers
    assert answered.stem == "conflict:Topic@1,Team@1"


def test_a_rejected_run_is_closed_for_the_reason_that_was_given() -> None:
    rejected = review(question(Score=1), "reject", text="spam")
    assert progress_of(story("rejected", reviews=(rejected,))).closed == "spam"
    assert progress_of(story("rejected")).closed == "rejected"
    assert progress_of(story("waiting", reviews=(rejected,))).closed is None
