"""The plan of a simulated team."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.simulation.plan import COPRIME, VALUES, Plan

plans = st.builds(
    Plan,
    agents=st.integers(1, 32),
    width=st.integers(1, 5),
    overlap=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    seed=st.integers(0, 5),
)


@settings(deadline=None)
@given(plans)
def test_a_decision_is_built_on_up_to_two_of_the_level_before(plan: Plan) -> None:
    for place, used in enumerate(plan.uses):
        level = place // plan.width
        assert len(used) == (min(2, plan.width) if level else 0)
        assert all(use // plan.width == level - 1 for use in used)


@settings(deadline=None)
@given(plans, st.integers(0, 50))
def test_one_error_makes_all_wrong_that_is_built_on_it_directly(plan: Plan, case: int) -> None:
    facts = plan.facts(case)
    right = dict(enumerate(plan.truth(facts)))
    for place, used in enumerate(plan.uses):
        for use in used:
            wrong = {**right, use: (right[use] + 3) % VALUES}
            assert plan.value(place, facts, wrong) != right[place]


@settings(deadline=None)
@given(plans)
def test_the_share_of_the_handoffs_that_are_checked_is_the_overlap(plan: Plan) -> None:
    handoffs = sum(len(used) for used in plan.uses)
    assert sum(len(covered) for covered in plan.covers) == round(plan.overlap * handoffs)


@settings(deadline=None)
@given(plans)
def test_who_checks_a_decision_is_handed_what_that_is_built_on(plan: Plan) -> None:
    for place, covered in enumerate(plan.covers):
        for cover in covered:
            assert {cover, *plan.uses[cover]} <= set(plan.needs[place])


def test_more_overlap_checks_the_same_handoffs_and_more() -> None:
    less, more = (Plan(agents=20, overlap=overlap) for overlap in (0.3, 0.6))
    assert all(set(few) <= set(many) for few, many in zip(less.covers, more.covers, strict=True))
    assert less.covers != more.covers


def test_a_larger_team_decides_the_same_and_more() -> None:
    small, large = Plan(agents=5), Plan(agents=20)
    assert large.facts(7)[:5] == small.facts(7)
    assert large.truth(large.facts(7))[:5] == small.truth(small.facts(7))


def test_another_seed_and_another_case_have_other_facts() -> None:
    facts = {Plan(agents=12, seed=seed).facts(case) for seed in range(3) for case in range(3)}
    assert len(facts) == 9


def test_every_weight_has_an_inverse() -> None:
    assert all(any(weight * other % VALUES == 1 for other in range(VALUES)) for weight in COPRIME)


@pytest.mark.parametrize("wrong", [{"agents": 0}, {"agents": 2, "width": 0}, {"agents": 2, "overlap": 1.5}])
def test_a_plan_that_makes_no_team_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        Plan(**wrong)
