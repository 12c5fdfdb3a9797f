"""The controller of a withdrawn certificate: its budget is kept against any sequence of cases."""

import math
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.attention.controller import LOWEST, STEP, moved, threshold_of
from state.certificate import Certificate, Demand, WhenDrifted
from state.watch import Watch
from tests.unit.test_drift import FLAT, certificate

EVEN = FLAT.model_copy(update={"quantiles": tuple(step / 200 for step in range(201))})
GREATEST = math.nextafter(1.0, math.inf)


def withdrawn(budget: float = 0.10, when_drifted: WhenDrifted = "keep budget") -> Certificate:
    changes = {"status": "withdrawn", "demand": Demand(human_budget=budget), "when_drifted": when_drifted}
    return certificate(EVEN).model_copy(update=changes)


def played(found: Certificate, confidences: list[float]) -> Watch:
    """Cases one after the other, each held against the threshold of its time."""
    watch = Watch()
    for each in confidences:
        watch = moved(watch, found, [each < threshold_of(found, watch)])
    return watch


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.floats(0.01, 0.9))
def test_the_budget_is_kept_whatever_the_confidences_are(confidences: list[float], budget: float) -> None:
    watch = played(withdrawn(budget), confidences)
    assert watch.cases == len(confidences)
    assert abs(watch.asked / watch.cases - budget) <= (1 + STEP) / (STEP * watch.cases) + 1e-9


@pytest.mark.parametrize("adversary", ["never sure", "always sure", "just under", "just over"])
def test_the_budget_is_kept_against_an_adversary_who_knows_the_threshold(
    adversary: Literal["never sure", "always sure", "just under", "just over"],
) -> None:
    found, watch = withdrawn(), Watch()
    for _ in range(4000):
        threshold = threshold_of(found, watch)
        confidence = {
            "never sure": 0.0,
            "always sure": 1.0,
            "just under": max(math.nextafter(threshold, 0.0), 0.0),
            "just over": min(threshold, 1.0),
        }[adversary]
        watch = moved(watch, found, [confidence < threshold])
        assert watch.lever is not None
        assert -STEP <= watch.lever <= 1 + STEP
        assert abs(watch.asked / watch.cases - 0.1) <= (1 + STEP) / (STEP * watch.cases) + 1e-9
    # what the lever had to be moved, over the step and the cases
    assert watch.asked / watch.cases - 0.1 < 0.1 / (STEP * watch.cases)


def test_a_fixed_threshold_does_not_keep_the_budget_that_the_controller_keeps() -> None:
    chance = Random(3)
    drifted = [chance.random() ** 4 for _ in range(3000)]
    fixed = sum(each < certificate().threshold for each in drifted) / 3000
    watch = played(withdrawn(), drifted)
    assert fixed > 0.5
    assert watch.asked / watch.cases == pytest.approx(0.10, abs=0.01)


def test_questions_for_other_reasons_are_on_the_budget() -> None:
    """Every twentieth case asks anyway, so that only as many ask for their confidence."""
    found, watch, chance = withdrawn(), Watch(), Random(1)
    for place in range(4000):
        asked = place % 20 == 0 or chance.random() < threshold_of(found, watch)
        watch = moved(watch, found, [asked])
    assert watch.asked / watch.cases == pytest.approx(0.10, abs=0.005)


def test_what_other_reasons_cost_is_not_saved_for_ever() -> None:
    found = withdrawn()
    watch = moved(Watch(), found, [True] * 2000)
    assert watch.lever == LOWEST
    assert threshold_of(found, watch) == 0
    watch = moved(watch, found, [False] * round(-LOWEST / (STEP * 0.1) + 20))
    assert threshold_of(found, watch) > 0


def test_a_standing_certificate_keeps_its_threshold_and_the_policy_says_what_follows() -> None:
    asks_often, asks_seldom = moved(Watch(), withdrawn(), [False] * 300), moved(Watch(), withdrawn(), [True] * 3)
    assert threshold_of(certificate(EVEN), asks_seldom) == 0.1
    assert threshold_of(withdrawn(), asks_seldom) < 0.1 < threshold_of(withdrawn(), asks_often)
    assert threshold_of(withdrawn(when_drifted="ask more"), asks_seldom) == 0.1
    assert threshold_of(withdrawn(when_drifted="ask more"), asks_often) == threshold_of(withdrawn(), asks_often)


def test_the_lever_begins_where_the_certified_threshold_is_and_ends_at_nobody_and_everybody() -> None:
    assert threshold_of(withdrawn(), Watch()) == pytest.approx(0.09)
    assert threshold_of(withdrawn(), Watch(lever=0.0)) == 0
    assert threshold_of(withdrawn(), Watch(lever=1.0)) == GREATEST > 1


def test_without_a_budget_the_promised_share_is_kept() -> None:
    found = withdrawn().model_copy(update={"demand": Demand(max_error=0.05), "human_at_most": 0.4})
    watch = moved(Watch(), found, [False])
    assert watch.lever == pytest.approx(0.09 + STEP * 0.4)


@pytest.mark.parametrize("under_way", [1, 64, 256, 1024])
def test_the_budget_is_kept_with_many_under_way_at_a_time(under_way: int) -> None:
    # each case is held against the threshold as it was so many cases before, and none is sure
    found, watch, thresholds = withdrawn(), Watch(), [threshold_of(withdrawn(), Watch())] * under_way
    for _ in range(20_000 // under_way):
        asked = [threshold > 0.01 for threshold in thresholds]
        watch = moved(watch, found, asked)
        thresholds = [threshold_of(found, watch)] * under_way
    assert abs(watch.asked / watch.cases - 0.1) <= (1 + (under_way + 1) * STEP) / (STEP * watch.cases)
    assert watch.asked / watch.cases < 0.16
