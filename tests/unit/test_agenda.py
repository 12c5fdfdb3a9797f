import pytest

from agents.handoff import Ask, Escalate
from agents.making import Failed
from graphs.agenda import Consult, Dispatch, Finish, Settle, agenda, current_decisions
from graphs.conflict import AskHuman, Prefer
from state.errors import Stuck
from state.progress import Closed, Progress
from tests.support.leads import Check, Score, Update, Verdict, diamond
from tests.support.run import Run

CONTESTED = {"Score": Score(probability=0.9), "Check": Check(flagged=True)}


def finished(run: Run) -> Run:
    """Everything made once."""
    return run.make(Score=Score(), Check=Check()).make(Verdict=Verdict()).make(Update=Update())


def test_all_whose_inputs_are_ready_are_dispatched_together() -> None:
    assert Run(diamond()).plan == Dispatch(("Score", "Check"))


def test_a_decision_waits_until_all_its_needs_are_current() -> None:
    run = Run(diamond()).make(Score=Score())
    assert run.plan == Dispatch(("Check",))
    assert run.make(Check=Check()).plan == Dispatch(("Verdict",))


def test_a_run_finishes_when_everything_is_current() -> None:
    assert finished(Run(diamond())).plan == Finish("completed")


def test_a_closed_case_is_rejected_whatever_else_is_open() -> None:
    assert Run(diamond()).apply(Closed(reason="no")).plan == Finish("rejected")


def test_a_stale_decision_is_made_again() -> None:
    run = finished(Run(diamond())).note("Score").make(Score=Score(probability=0.6))
    assert run.plan == Dispatch(("Verdict",))


def test_a_decision_with_an_unseen_note_is_not_current() -> None:
    run = finished(Run(diamond())).note("Score")
    assert set(current_decisions(run.workflow, run.progress)) == {"Check"}
    assert run.plan == Dispatch(("Score",))


def test_early_cutoff_leaves_everything_downstream_alone() -> None:
    run = finished(Run(diamond())).note("Score").make(Score=Score())
    assert run.record("Score").version == 1
    assert run.record("Score").notes_seen == 1
    assert run.plan == Finish("completed")


def test_what_is_two_steps_downstream_waits_for_the_step_between() -> None:
    run = finished(Run(diamond())).note("Score").make(Score=Score(probability=0.6))
    assert "Update" not in run.dispatched
    assert run.make(Verdict=Verdict()).plan == Finish("completed"), "the verdict is equal, so the update stands"


def test_a_specialist_that_escalated_is_not_asked_again_by_itself() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Check())
    assert isinstance(run.plan, Consult)


def test_a_specialist_that_escalated_is_asked_again_when_its_inputs_change() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Escalate("unclear"))
    assert run.note("Score").make(Score=Score(probability=0.6)).plan == Dispatch(("Verdict",))


def test_a_specialist_that_failed_is_not_asked_again_by_itself() -> None:
    run = Run(diamond()).make(Score=Failed("down"), Check=Check())
    assert [question.kind for question in run.consulted] == ["failed"]


def test_only_what_depends_on_a_held_decision_waits() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"))
    assert run.plan == Dispatch(("Check",)), "the check does not depend on the score"
    assert [question.names for question in run.make(Check=Check()).consulted] == [("Score",)]


def test_both_sides_of_a_conflict_that_waits_for_a_human_are_held() -> None:
    run = Run(diamond(AskHuman())).make(**CONTESTED)
    assert [question.kind for question in run.consulted] == ["conflict"]


def test_all_other_work_is_done_before_a_human_is_asked() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"))
    assert run.open, "the question is there"
    assert isinstance(run.plan, Dispatch), "and waits until the rest is made"


def test_all_open_questions_are_asked_at_once() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Failed("down"))
    assert [question.kind for question in run.consulted] == ["escalated", "failed"]


def test_a_conflict_is_settled_before_anything_is_dispatched() -> None:
    run = Run(diamond(Prefer(Score))).make(**CONTESTED)
    assert isinstance(run.plan, Settle)
    assert run.settle().plan == Dispatch(("Verdict",))


def test_a_conflict_is_looked_for_only_when_both_sides_are_current() -> None:
    run = Run(diamond(Prefer(Score))).make(**CONTESTED).note("Score")
    assert run.plan == Dispatch(("Score",))


def test_an_escalated_side_is_in_no_conflict() -> None:
    run = Run(diamond(Prefer(Score))).make(Score=Escalate("unclear"), Check=Check(flagged=True))
    assert [question.kind for question in run.consulted] == ["escalated"]


def test_a_making_that_a_note_caused_uses_an_attempt() -> None:
    run = finished(Run(diamond())).note("Score").make(Score=Score())
    assert run.progress.attempts == {"Score": 1}


def test_an_ask_uses_an_attempt_of_the_asker() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Ask(Score, "why?"))
    assert run.progress.attempts == {"Verdict": 1}


def test_first_makings_and_rebuilds_use_no_attempt() -> None:
    run = (
        finished(Run(diamond())).note("Score").make(Score=Score(probability=0.6)).make(Verdict=Verdict(lane="nurture"))
    )
    assert run.make(Update=Update()).progress.attempts == {"Score": 1}


def test_the_handoff_says_how_many_attempts_are_left() -> None:
    run = finished(Run(diamond())).note("Score")
    assert run.handoff("Score").attempts_left == 4
    assert run.make(Score=Score()).handoff("Score").attempts_left == 3


def test_a_decision_whose_attempts_are_used_up_is_put_to_a_human() -> None:
    run = finished(Run(diamond()))
    for _ in range(4):
        assert run.note("Score").plan == Dispatch(("Score",))
        run.make(Score=Score())
    assert [question.kind for question in run.note("Score").consulted] == ["no_convergence"]


def test_what_is_built_on_a_decision_that_does_not_converge_waits() -> None:
    run = finished(Run(diamond()))
    for _ in range(4):
        run.note("Score").make(Score=Score())
    run.note("Score").note("Check")
    assert run.plan == Dispatch(("Check",))


def test_a_rebuild_needs_an_attempt_to_be_left() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check())
    for _ in range(4):
        run.make(Verdict=Ask(Score, "why?")).make(Score=Score())
    assert [question.kind for question in run.consulted] == ["no_convergence"]


def test_a_state_that_no_rule_fits_is_said_to_be_a_defect() -> None:
    workflow = diamond()
    broken = {"Score": ("Check",), "Check": ("Score",), "Verdict": ("Score",), "Update": ("Verdict",)}
    _ = workflow.order
    object.__setattr__(workflow, "needs", broken)
    with pytest.raises(Stuck, match="Score, Check, Verdict, Update") as stuck:
        agenda(workflow, Progress(), 0.0)
    assert stuck.value.decisions == ("Score", "Check", "Verdict", "Update")
