"""The simulated person who answers the questions of a trial."""

from typing import Any

import pytest

from graphs.answers import answer_events
from graphs.workflow import Workflow
from lab.simulation.opinion import opinion, title
from lab.simulation.person import SimulatedPerson
from lab.simulation.plan import Plan
from lab.simulation.scene import Scene, playing
from lab.simulation.stand_in import Shifted
from lab.simulation.team import simulated_case, team, truth_of
from lab.simulation.truth import is_right
from state.decision import Decision
from state.progress import Progress
from state.review import Answer, Question
from tests.support.run import NOW, Run

PLAN = Plan(agents=4, width=3, overlap=1.0)
TRUTH = truth_of(PLAN, 0)
FIRST, LAST = title(0), title(3)


def opinions(**values: int) -> dict[str, Decision]:
    """The right opinions on all decisions, with other values where some are given."""
    return {
        name: opinion(place)(value=values.get(name, right["value"]), views=right["views"], confidence=0.9)
        for place, (name, right) in enumerate(TRUTH.items())
    }


def run_of(made: dict[str, Any]) -> Run:
    run = Run(team(PLAN), simulated_case(PLAN, 0))
    for name in run.workflow.order:
        run.make(**{name: made[name]})
    return run


def answered(run: Run, question: Question, accuracy: float = 1.0) -> Answer:
    person = SimulatedPerson(Shifted(), accuracy)
    with playing(Scene(TRUTH)):
        return person.answer(run.workflow, run.progress, (question,))


def about(kind: Any, *names: str, offers: Any = ("approve", "edit", "send_back", "reject")) -> Question:
    return Question(kind=kind, names=names, versions=dict.fromkeys(names, 1), offers=offers, reason="it was asked.")


def test_in_a_conflict_the_disputed_side_is_put_right_first() -> None:
    run = run_of(opinions(**{FIRST: (TRUTH[FIRST]["value"] + 1) % 10, LAST: (TRUTH[LAST]["value"] + 1) % 10}))
    answer = answered(run, about("conflict", FIRST, LAST))
    assert (answer.action, answer.decision, answer.value) == ("edit", FIRST, TRUTH[FIRST])


def test_in_a_conflict_with_a_right_disputed_side_the_other_is_put_right() -> None:
    run = run_of(opinions(**{LAST: (TRUTH[LAST]["value"] + 1) % 10}))
    answer = answered(run, about("conflict", FIRST, LAST))
    assert (answer.action, answer.decision) == ("edit", LAST)


def test_in_a_conflict_where_both_are_right_the_disputed_side_stands() -> None:
    answer = answered(run_of(opinions()), about("conflict", FIRST, LAST))
    assert (answer.action, answer.prefer) == ("approve", FIRST)


@pytest.mark.parametrize("kind", ["low_confidence", "no_convergence", "upstream_moved", "objection"])
def test_what_is_right_stands_and_what_is_wrong_is_decided(kind: Any) -> None:
    assert answered(run_of(opinions()), about(kind, LAST)).action == "approve"
    wrong = run_of(opinions(**{LAST: (TRUTH[LAST]["value"] + 1) % 10}))
    assert answered(wrong, about(kind, LAST)).value == TRUTH[LAST]


def test_what_nobody_decided_is_decided() -> None:
    run = Run(team(PLAN), simulated_case(PLAN, 0))
    question = about("failed", FIRST, offers=("edit", "send_back", "reject"))
    assert answered(run, question).value == TRUTH[FIRST]
    mistaken = answered(run, question, accuracy=0.0)
    assert mistaken.action == "edit"
    assert mistaken.value is not None
    assert mistaken.value["value"] != TRUTH[FIRST]["value"]


def test_a_mistake_lets_stand_what_is_there() -> None:
    wrong = run_of(opinions(**{LAST: (TRUTH[LAST]["value"] + 1) % 10}))
    assert answered(wrong, about("low_confidence", LAST), accuracy=0.0).action == "approve"


def test_mistakes_happen_as_often_as_the_accuracy_says() -> None:
    wrong = run_of(opinions(**{LAST: (TRUTH[LAST]["value"] + 1) % 10}))
    asked = [about("low_confidence", LAST).model_copy(update={"asked_before": count}) for count in range(400)]
    right = sum(answered(wrong, question, accuracy=0.7).action == "edit" for question in asked)
    assert right / 400 == pytest.approx(0.7, abs=0.06)


def test_a_case_that_nobody_can_decide_is_closed() -> None:
    run = Run(team(PLAN), simulated_case(PLAN, 0))
    with playing(Scene({})):
        answer = SimulatedPerson(Shifted()).answer(
            run.workflow, run.progress, (about("failed", FIRST, offers=("edit", "send_back", "reject")),)
        )
    assert answer.action == "reject"


def test_a_view_that_stays_wrong_is_settled_and_not_asked_again() -> None:
    made = opinions()
    made[LAST] = made[LAST].model_copy(update={"views": {FIRST: (TRUTH[FIRST]["value"] + 1) % 10}})
    run = run_of(made)
    settle_once(run)
    for _ in range(5):
        if not run.consulted:
            break
        with playing(Scene(TRUTH)):
            answer = SimulatedPerson(Shifted()).answer(run.workflow, run.progress, run.consulted)
        run.apply(*answer_events(run.workflow, run.progress, run.workflow.threshold, answer, NOW))
    assert not run.consulted
    assert all_right(run.workflow, run.progress)


def settle_once(run: Run) -> None:
    """The owner is asked to look again, and says the same."""
    run.settle()
    run.make(**{FIRST: opinions()[FIRST]})


def all_right(workflow: Workflow, progress: Progress) -> bool:
    return all(is_right(workflow, progress, TRUTH, name) for name in workflow.order)
