"""The simulated team as a workflow."""

from graphs.lint import lint
from lab.simulation.opinion import Opinion, opinion, title
from lab.simulation.plan import Plan
from lab.simulation.simulated import Effort
from lab.simulation.team import overrides_of, simulated_case, team, truth_of


def test_a_team_of_any_size_can_be_compiled() -> None:
    for agents in (1, 2, 3, 7, 32):
        errors = [found for found in lint(team(Plan(agents=agents, overlap=0.5))) if found.severity == "error"]
        assert not errors


def test_the_order_of_the_team_is_that_of_its_places() -> None:
    assert set(team(Plan(agents=32)).order) == {title(place) for place in range(32)}
    assert sorted(title(place) for place in range(32)) == [title(place) for place in range(32)]


def test_a_view_that_differs_is_a_conflict_and_one_that_is_missing_is_none() -> None:
    workflow = team(Plan(agents=4, width=3, overlap=1.0))
    conflict = next(each for each in workflow.conflicts if each.sides == (title(0), title(3)))
    checked = opinion(0)(value=4)
    assert conflict.when(checked, opinion(3)(value=1, views={title(0): 5}))
    assert not conflict.when(checked, opinion(3)(value=1, views={title(0): 4}))
    assert not conflict.when(checked, opinion(3)(value=1))


def test_an_override_puts_the_view_of_the_checker_in_the_place_with_its_confidence() -> None:
    override = overrides_of(Plan(agents=4, width=3, overlap=1.0))[f"{title(0)}-{title(3)}"]
    checker = opinion(3)(value=1, views={title(0): 5}, confidence=0.7)
    assert override(opinion(0)(value=4, confidence=0.5), checker) == opinion(0)(value=5, confidence=0.7)


def test_without_overlap_nobody_can_disagree() -> None:
    assert not team(Plan(agents=12)).conflicts
    assert not overrides_of(Plan(agents=12))


def test_the_truth_is_what_the_specialists_say_of_each_other() -> None:
    plan = Plan(agents=9, overlap=1.0)
    right = truth_of(plan, 3)
    assert all(view == right[name]["value"] for said in right.values() for name, view in said["views"].items())
    assert set(right) == {title(place) for place in range(9)}


def test_a_case_is_the_same_for_every_overlap() -> None:
    assert simulated_case(Plan(agents=6), 4) == simulated_case(Plan(agents=6, overlap=1.0), 4)


def test_a_contract_is_made_once() -> None:
    assert opinion(3) is opinion(3)
    assert issubclass(opinion(3), Opinion)


def test_effort_may_have_a_seed_of_its_own() -> None:
    workflow = team(Plan(agents=2), Effort(seed=9), threshold=0.3)
    assert workflow.threshold == 0.3
    assert workflow.judged == title(1)
