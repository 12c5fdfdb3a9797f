"""Exact statements on a share, held against sums over all outcomes and against the same of statsmodels."""

from math import comb
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from graphs.attention.binomial import always_valid, at_most, interval, order_for, tail

SHARES = st.floats(0.001, 0.999)


def chance(count: int, cases: int, share: float) -> float:
    return comb(cases, count) * share**count * (1 - share) ** (cases - count)


@settings(deadline=None)
@given(st.integers(1, 60), SHARES, st.data())
def test_a_tail_is_the_sum_of_its_chances(cases: int, share: float, data: st.DataObject) -> None:
    errors = data.draw(st.integers(-1, cases))
    assert tail(errors, cases, share) == pytest.approx(sum(chance(each, cases, share) for each in range(errors + 1)))


@settings(deadline=None)
@given(st.integers(1, 60), SHARES, st.sampled_from([0.01, 0.05, 0.3]))
def test_a_bound_fails_no_more_often_than_it_may(cases: int, share: float, delta: float) -> None:
    missed = sum(chance(each, cases, share) for each in range(cases + 1) if at_most(each, cases, delta) < share - 1e-12)
    assert missed <= delta + 1e-9


def test_a_bound_is_no_wider_than_it_must_be() -> None:
    assert tail(7, 100, at_most(7, 100, 0.05)) == pytest.approx(0.05)
    assert at_most(0, 59, 0.05) < 0.05 < at_most(0, 58, 0.05)


def test_without_cases_nothing_is_known() -> None:
    assert at_most(0, 0, 0.05) == 1
    assert interval(0, 0) == always_valid(0, 0) == (0, 1)
    assert order_for(0, 0.1, 0.05) == 0


@pytest.mark.parametrize(("errors", "cases"), [(0, 40), (3, 40), (40, 40), (120, 1000)])
def test_an_interval_is_that_of_statsmodels(errors: int, cases: int) -> None:
    assert interval(errors, cases) == pytest.approx(proportion_confint(errors, cases, 0.05, method="beta"))


@settings(deadline=None)
@given(st.integers(0, 300), st.floats(0.01, 0.99), st.sampled_from([0.05 / 40, 0.05]))
def test_an_order_is_the_greatest_whose_rank_keeps_the_share(cases: int, share: float, delta: float) -> None:
    order = order_for(cases, share, delta)
    assert tail(order - 1, cases, share) <= delta < tail(order, cases, share)


def test_a_sequence_of_intervals_holds_at_all_looks_together_and_single_ones_do_not() -> None:
    """100 sequences of 600 cases, looked at after every 15."""
    chances, share = Random(5), 0.1
    always, single = 0, 0
    for _ in range(100):
        found = [chances.random() < share for _ in range(600)]
        looks = [(sum(found[:cases]), cases) for cases in range(15, 601, 15)]
        always += any(not low <= share <= high for low, high in (always_valid(*look) for look in looks))
        single += any(not low <= share <= high for low, high in (interval(*look) for look in looks))
    assert 1 - tail(always - 1, 100, 0.05) > 0.001
    assert 1 - tail(single - 1, 100, 0.05) < 0.001


@settings(deadline=None)
@given(st.integers(1, 20_000), st.data())
def test_an_interval_for_all_looks_is_around_the_share_and_wider_than_one_for_a_single_look(
    cases: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, cases))
    low, high = always_valid(count, cases)
    first, last = interval(count, cases)
    assert 0 <= low <= first + 1e-12
    assert first <= count / cases <= last
    assert last - 1e-12 <= high <= 1
