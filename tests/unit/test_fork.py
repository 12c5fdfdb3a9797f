import pytest

from agents.handoff import Escalate
from graphs.agenda import Dispatch, Finish
from graphs.conflict import AskHuman
from graphs.fork import Difference, forked, made_again, side_by_side
from state.errors import InvalidAnswer, UsageError
from state.execution import Execution
from state.journal import deeds_of
from state.progress import AttemptUsed, Closed, Entry, Executed
from tests.support.leads import Check, Score, Update, Verdict, diamond
from tests.support.run import NOW, Run


@pytest.fixture
def finished() -> Run:
    run = Run(diamond()).make(Score=Score(probability=0.2), Check=Check())
    return run.make(Verdict=Verdict(confidence=0.9, rationale="low score")).make(Update=Update())


def fork(run: Run, **changes: dict[str, object]) -> Run:
    """A new run that goes on from the fork of another one."""
    new = Run(run.workflow)
    new.progress = forked(run.workflow, run.progress, changes, "zoe", NOW)
    return new


def test_a_fork_makes_again_only_what_is_built_on_the_change(finished: Run) -> None:
    run = fork(finished, Score={"probability": 0.8})
    assert run.plan == Dispatch(("Verdict",))
    assert run.record("Check") == finished.record("Check")


def test_a_fork_is_finished_where_the_change_makes_no_difference_downstream(finished: Run) -> None:
    run = fork(finished, Score={"probability": 0.8}).make(Verdict=Verdict(confidence=0.9, rationale="low score"))
    assert run.plan == Finish("completed"), "the verdict is equal, so the update stands"


def test_a_change_goes_over_the_newest_value_and_is_a_persons(finished: Run) -> None:
    record = fork(finished, Verdict={"lane": "nurture"}).record("Verdict")
    assert record.value == {"lane": "nurture", "confidence": 1.0, "rationale": "decided by zoe"}
    assert (record.maker.kind, record.maker.name, record.version) == ("human", "zoe", 2)
    assert record.built_from == {"Score": 1, "Check": 1}


def test_a_change_can_say_how_sure_and_why(finished: Run) -> None:
    record = fork(finished, Verdict={"confidence": 0.3, "rationale": "a guess"}).record("Verdict")
    assert record.value == {"lane": "sales", "confidence": 0.3, "rationale": "a guess"}


def test_an_equal_change_is_still_a_persons_word(finished: Run) -> None:
    run = fork(finished, Score={"probability": 0.2})
    assert run.record("Score").maker.kind == "human"
    assert run.plan == Dispatch(("Verdict",))


def test_a_change_of_a_persons_word_by_an_equal_one_touches_nothing(finished: Run) -> None:
    once = fork(finished, Update={"text": "hi"})
    assert fork(once, Update={"text": "hi"}).record("Update").version == 2


def test_a_change_of_what_was_never_decided_starts_from_nothing() -> None:
    run = fork(Run(diamond()).make(Score=Escalate("unclear")), Score={})
    assert run.record("Score").value == {"probability": 0.5, "confidence": 1.0, "rationale": "decided by zoe"}


def test_a_change_on_needs_that_are_not_decided_yet_is_a_question_once_they_are() -> None:
    run = fork(Run(diamond()), Verdict={"lane": "nurture"}).make(Score=Score(), Check=Check())
    assert [question.kind for question in run.consulted] == ["upstream_moved"]


def test_a_change_stands_on_the_versions_that_the_other_changes_make(finished: Run) -> None:
    run = fork(finished, Verdict={"lane": "nurture"}, Score={"probability": 0.8})
    assert run.record("Verdict").built_from == {"Score": 2, "Check": 1}
    assert run.plan == Dispatch(("Update",))


def test_a_change_over_one_that_is_made_again_stands_while_that_comes_out_equal(finished: Run) -> None:
    run = fork(finished, Score={"probability": 0.8}, Update={"text": "hi"})
    assert run.plan == Dispatch(("Verdict",))
    assert run.make(Verdict=Verdict(confidence=0.9, rationale="low score")).plan == Finish("completed")


def test_a_change_over_one_that_comes_out_differently_is_a_question(finished: Run) -> None:
    run = fork(finished, Score={"probability": 0.8}, Update={"text": "hi"}).make(Verdict=Verdict(lane="partner"))
    assert [question.kind for question in run.consulted] == ["upstream_moved"]


def test_a_fork_of_a_rejected_run_is_open(finished: Run) -> None:
    finished.apply(Closed(reason="spam"))
    run = fork(finished, Score={"probability": 0.8})
    assert run.progress.closed is None
    assert run.plan == Dispatch(("Verdict",))


def test_a_fork_without_a_change_only_opens_the_run_again(finished: Run) -> None:
    assert fork(finished).plan == Finish("completed")


def test_the_ledger_of_a_fork_counts_only_its_own_work(finished: Run) -> None:
    done = {"ready_at": NOW, "started_at": NOW, "ended_at": NOW}
    finished.apply(Executed(execution=Execution(decision="Score", specialist="score", outcome="decided", **done)))
    assert fork(finished, Score={}).progress.executions == ()


def test_the_journal_of_a_fork_begins_with_its_changes(finished: Run) -> None:
    assert [entry.event for entry in finished.progress.journal] == ["recorded"] * 4
    run = fork(finished, Verdict={"lane": "nurture"}, Score={"probability": 0.8})
    assert run.progress.journal == (Entry("recorded", "Score", 2), Entry("recorded", "Verdict", 2))
    first, second = deeds_of(run.progress, 0, NOW)
    assert (first.subject, first.actor, first.before["value"]["probability"]) == ("Score@2", "zoe", 0.2)
    assert second.after["built_from"] == {"Score": 2, "Check": 1}


def test_a_change_gives_its_decision_and_all_downstream_their_attempts_back(finished: Run) -> None:
    finished.apply(*(AttemptUsed(decision=name) for name in ("Score", "Check", "Verdict", "Update")))
    assert fork(finished, Verdict={}).progress.attempts == {"Score": 1, "Check": 1}


def test_a_change_has_seen_all_notes(finished: Run) -> None:
    assert fork(finished.note("Update"), Update={"text": "hi"}).plan == Finish("completed")


def test_a_settlement_holds_in_a_fork_until_a_side_changes() -> None:
    run = Run(diamond(AskHuman())).make(Score=Score(probability=0.9), Check=Check(flagged=True))
    run.answer(run.question("conflict"), "approve").make(Verdict=Verdict())
    assert fork(run, Verdict={}).plan == Dispatch(("Update",))
    assert [question.kind for question in fork(run, Score={"probability": 0.8}).consulted] == ["conflict"]


def test_a_change_of_an_unknown_decision_is_refused_with_the_names(finished: Run) -> None:
    with pytest.raises(UsageError, match=r"does not decide 'Skore'\. It decides Score, Check, Verdict, Update\."):
        fork(finished, Skore={})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        # a value out of its range
        ({"probability": 3}, r"The edit breaks the contract of Score: probability: .*less than or equal"),
        # a field that is not there
        ({"probabilty": 0.5}, r"The edit breaks the contract of Score: probabilty: Extra inputs"),
        # text that no database keeps
        ({"rationale": "\0"}, r"The edit of Score holds a null"),
    ],
)
def test_a_change_is_held_to_the_contract(finished: Run, fields: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidAnswer, match=message):
        fork(finished, Score=fields)


def again(run: Run, **changes: dict[str, object]) -> tuple[str, ...]:
    """What a fork of another run would make."""
    return made_again(run.workflow, run.progress, changes, "zoe", NOW)


def test_what_a_fork_would_make_is_known_before_it_is_run(finished: Run) -> None:
    assert again(finished, Score={"probability": 0.8}) == ("Verdict", "Update")
    assert again(finished, Update={"text": "hi"}) == ()
    assert again(finished) == ()


def test_a_change_over_one_that_is_made_again_is_not_made_by_its_owner(finished: Run) -> None:
    assert again(finished, Score={"probability": 0.8}, Update={"text": "hi"}) == ("Verdict",)


def test_a_fork_of_a_run_that_has_not_ended_would_make_what_is_left() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check())
    assert again(run, Verdict={"lane": "nurture"}) == ("Update",)
    assert again(run, Score={"probability": 0.8}) == ("Verdict", "Update")


def test_what_a_fork_would_make_is_held_to_the_names_and_contracts_as_the_fork_is(finished: Run) -> None:
    with pytest.raises(UsageError, match="does not decide 'Skore'"):
        again(finished, Skore={})
    with pytest.raises(InvalidAnswer, match="breaks the contract of Score"):
        again(finished, Score={"probability": 3})


def test_two_runs_are_shown_side_by_side(finished: Run) -> None:
    run = fork(finished, Update={"text": "hi"})
    score, _, _, update = side_by_side(run.workflow, finished.progress, run.progress)
    assert score == Difference("Score", score.before, score.before, changed=False)
    assert update.changed
    assert update.after == {"text": "hi", "confidence": 1.0, "rationale": "decided by zoe"}


def test_values_are_as_good_as_a_progress_side_by_side(finished: Run) -> None:
    text = {"text": "hi"}
    [*others, update] = side_by_side(finished.workflow, {}, {"Update": text})
    assert [each.changed for each in others] == [False, False, False]
    assert update == Difference("Update", None, text, changed=True)
