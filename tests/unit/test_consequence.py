from datetime import timedelta
from typing import Any

import pytest

from agents.handoff import Escalate
from graphs.conflict import AskHuman
from graphs.consequence import Consequence, Cost, consequences, cost_of, last_making
from state.errors import StaleAnswer
from state.execution import Execution
from state.progress import Closed
from state.review import Action, Question
from tests.support.leads import CHECK, SCORE, Check, Score, Update, Verdict, diamond
from tests.support.run import NOW, Run


@pytest.fixture
def unsure() -> Run:
    run = Run(diamond(threshold=0.8)).make(Score=Score(), Check=Check())
    return run.make(Verdict=Verdict(lane="sales", confidence=0.4))


@pytest.fixture
def contested() -> Run:
    return Run(diamond(AskHuman())).make(Score=Score(probability=0.9), Check=Check(flagged=True))


@pytest.fixture
def decided_by_ann(unsure: Run) -> Run:
    return unsure.answer(unsure.question("low_confidence"), "edit", value={"lane": "nurture"})


def foreseen(run: Run, question: Question | None = None) -> dict[tuple[Action, str], Consequence]:
    """What follows from each answer to the only open question, by action and decision."""
    asked = question or run.open[0]
    told = consequences(run.workflow, run.progress, run.workflow.threshold, asked)
    return {(each.action, each.decision): each for each in told}


def test_approving_makes_what_waited_for_the_first_time(unsure: Run) -> None:
    told = foreseen(unsure)["approve", "Verdict"]
    assert (told.makes, told.remakes, told.asks, told.closes, told.ends) == (("Update",), (), (), False, False)


def test_editing_makes_all_that_is_built_on_the_edited_decision(unsure: Run) -> None:
    told = foreseen(unsure)["edit", "Verdict"]
    assert (told.makes, told.remakes, told.asks) == (("Update",), (), ())


def test_sending_back_makes_the_decision_itself_again(unsure: Run) -> None:
    told = foreseen(unsure)["send_back", "Verdict"]
    assert (told.makes, told.remakes) == (("Update",), ("Verdict",))


def test_rejecting_closes_the_case_and_makes_nothing(unsure: Run) -> None:
    told = foreseen(unsure)["reject", "Verdict"]
    assert told == Consequence("reject", "Verdict", closes=True, ends=True)


def test_a_conflict_has_an_approval_for_each_side_the_suggestion_first(contested: Run) -> None:
    question = contested.question("conflict")
    approvals = [key for key in foreseen(contested) if key[0] == "approve"]
    assert question.suggestion == "Score"
    assert approvals == [("approve", "Score"), ("approve", "Check")]


def test_the_suggestion_comes_first_whichever_side_it_is() -> None:
    run = Run(diamond(AskHuman(suggest=Check))).make(Score=Score(probability=0.9), Check=Check(flagged=True))
    assert [each for each in foreseen(run) if each[0] == "approve"] == [("approve", "Check"), ("approve", "Score")]


def test_both_sides_of_a_conflict_can_be_edited_and_sent_back(contested: Run) -> None:
    told = foreseen(contested)
    assert told["send_back", "Check"].remakes == ("Check",)
    assert told["edit", "Score"].remakes == ()
    assert all(each.makes == ("Verdict", "Update") for key, each in told.items() if key[0] != "reject")


def test_there_is_one_for_each_answer_that_is_offered_in_that_order() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Check())
    assert [*foreseen(run)] == [("edit", "Score"), ("send_back", "Score"), ("reject", "Score")]


def test_what_failed_or_was_declined_before_is_made_again() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Check())
    assert foreseen(run)["send_back", "Score"].remakes == ("Score",)


def test_what_depends_on_another_open_question_waits_for_that() -> None:
    run = Run(diamond()).make(Score=Escalate("unclear"), Check=Escalate("no data"))
    first, second = run.open
    told = foreseen(run, first)["edit", "Score"]
    assert (told.makes, told.waits, told.asks) == (("Verdict", "Update"), ("Verdict", "Update"), (second,))
    assert foreseen(run, first)["send_back", "Score"].waits == ("Verdict", "Update"), "the score itself does not wait"


def test_a_persons_decision_on_what_is_made_again_is_not_made_by_its_owner(decided_by_ann: Run) -> None:
    run = decided_by_ann.make(Update=Update())
    run.note("Score").make(Score=Escalate("unclear"))
    told = foreseen(run)["send_back", "Score"]
    assert (told.remakes, told.unconfirmed) == (("Score", "Update"), ("Verdict",))


def test_approving_what_stands_on_old_inputs_spares_what_is_built_on_it(decided_by_ann: Run) -> None:
    run = decided_by_ann.make(Update=Update())
    run.note("Score").make(Score=Score(probability=0.6))
    told = foreseen(run)
    assert told["approve", "Verdict"].ends, "a person's word by another person is the same word"
    assert told["edit", "Verdict"].remakes == ("Update",)
    assert not told["edit", "Verdict"].ends


def test_an_edit_ends_a_run_where_nothing_is_built_on_it() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Verdict()).make(Update=Escalate("why?"))
    told = foreseen(run)
    assert told["edit", "Update"].ends
    assert not told["send_back", "Update"].ends


def test_an_edit_of_what_may_disagree_is_not_certain_to_end_a_run() -> None:
    conflict = diamond(AskHuman()).conflicts
    run = Run(diamond(specialists=(SCORE, CHECK), conflicts=conflict, escalation=None))
    run.make(Score=Score(probability=0.9), Check=Check(flagged=True))
    told = foreseen(run)
    assert told["approve", "Score"].ends
    assert not told["edit", "Score"].ends


def test_a_question_whose_order_of_versions_was_lost_is_the_same_question(contested: Run) -> None:
    question = contested.question("conflict")
    lost = question.model_copy(update={"versions": dict(reversed(question.versions.items()))})
    assert lost.key != question.key
    assert foreseen(contested, lost) == foreseen(contested, question)


def test_what_the_tables_tell_of_a_run_is_enough_for_a_decision_that_does_not_converge() -> None:
    run = Run(diamond()).make(Score=Score(), Check=Check()).make(Verdict=Verdict()).make(Update=Update())
    for _ in range(4):
        run.note("Verdict").make(Verdict=Verdict())
    question = run.note("Verdict").question("no_convergence")
    known = foreseen(run, question)
    run.progress = run.progress.model_copy(update={"attempts": {}})
    assert foreseen(run, question) == known
    assert known["send_back", "Verdict"].remakes == ("Verdict", "Update")
    assert known["approve", "Verdict"].remakes == ("Update",)


def test_nothing_follows_from_a_question_that_is_not_open(unsure: Run) -> None:
    question = unsure.question("low_confidence")
    unsure.answer(question, "approve")
    with pytest.raises(StaleAnswer):
        foreseen(unsure, question)


def test_nothing_follows_in_a_case_that_is_closed(unsure: Run) -> None:
    question = unsure.question("low_confidence")
    with pytest.raises(StaleAnswer):
        foreseen(unsure.apply(Closed(reason="spam")), question)


def call(decision: str, **facts: Any) -> Execution:
    """One call that took a second."""
    minute = facts.pop("minute", 0)
    moment = NOW + timedelta(minutes=minute)
    times = {"ready_at": moment, "started_at": moment, "ended_at": moment + timedelta(seconds=1)}
    given = {"specialist": decision.lower(), "outcome": "decided", **times, **facts}
    return Execution(decision=decision, **given)


def test_a_cost_is_that_of_the_last_making_with_all_its_tries() -> None:
    ledger = (
        call("Score", cost=9.0, model="m", tokens_in=900),
        call("Score", minute=5, outcome="timeout", cost=0.25, model="m", tokens_in=10),
        call("Score", minute=5, attempt=2, cost=0.5, model="m", tokens_in=20, tokens_out=2),
        call("Check", minute=1),
    )
    assert cost_of(ledger, ["Score", "Check"]) == Cost(3, 2, 32, 0.75, 3.0)
    assert cost_of(ledger, ["Check"]) == Cost(calls=1, seconds=1.0)


def test_a_making_is_told_from_the_one_before_where_its_inputs_were_there_at_the_same_moment() -> None:
    asked, decided = call("Verdict", outcome="asked", cost=1.0), call("Verdict", cost=2.0)
    assert last_making((asked, call("Score", minute=1), decided), "Verdict") == (decided,)


def test_all_members_of_a_panel_are_paid_for() -> None:
    ledger = (call("Score", specialist="ann"), call("Score", specialist="ben"))
    again = (
        call("Score", specialist="ann", minute=5),
        call("Score", specialist="ben", minute=5, outcome="error"),
        call("Score", specialist="ben", minute=5, attempt=2),
    )
    assert last_making(ledger + again, "Score") == again


def test_what_was_never_made_costs_nobody_knows_what() -> None:
    assert cost_of((call("Score"),), ["Score", "Verdict"]).unknown == ("Verdict",)
    assert cost_of((), []) == Cost()


def test_a_clock_that_was_set_back_makes_no_work_negative() -> None:
    backwards = call("Score").model_copy(update={"ended_at": NOW - timedelta(hours=1)})
    assert cost_of((backwards,), ["Score"]).seconds == 0.0
