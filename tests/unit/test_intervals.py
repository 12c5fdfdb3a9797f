"""Intervals of time: unions, the most at once, and stretches that lose nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.intervals import Interval, in_stretches, length, most_at_once, united

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def at(*pairs: tuple[float, float]) -> list[Interval]:
    """Intervals by their seconds after noon."""
    return [(NOON + timedelta(seconds=start), NOON + timedelta(seconds=end)) for start, end in pairs]


INTERVALS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda each: at((each[0], each[0] + each[1]))[0]), max_size=12
)


def test_overlapping_and_touching_intervals_are_one() -> None:
    assert united(at((5, 6), (0, 2), (1, 3), (3, 4))) == at((0, 4), (5, 6))
    assert united(at((0, 10), (2, 3))) == at((0, 10))
    assert united([]) == []


def test_intervals_that_touch_are_not_at_the_same_time() -> None:
    assert most_at_once(at((0, 1), (1, 2))) == 1
    assert most_at_once(at((0, 2), (1, 3), (1, 2))) == 3
    assert most_at_once([]) == 0


def test_an_interval_without_length_is_one_at_a_time() -> None:
    assert most_at_once(at((1, 1), (1, 1))) == 1


def test_an_interval_is_spread_over_the_stretches_that_it_crosses() -> None:
    assert in_stretches(at((1, 7)), NOON, 2, 5) == (1, 2, 2, 1, 0)
    assert in_stretches(at((-1, 1), (9, 12)), NOON, 2, 5) == (2, 0, 0, 0, 3)
    assert in_stretches(at((0, 0)), NOON, 0, 2) == (0, 0)


@settings(deadline=None)
@given(INTERVALS, st.integers(1, 9))
def test_stretches_add_up_to_the_whole(found: list[Interval], count: int) -> None:
    assert sum(in_stretches(found, NOON, 60 / count, count)) == pytest.approx(length(found))


@settings(deadline=None)
@given(INTERVALS)
def test_a_union_is_no_longer_than_its_parts_and_has_one_at_a_time(found: list[Interval]) -> None:
    together = united(found)
    assert length(together) <= length(found)
    assert most_at_once(together) <= 1
    assert (length(together) == length(found)) == (most_at_once(found) <= 1)
