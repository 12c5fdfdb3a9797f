"""Courses and trends: which values count, and what is told of a series over time."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.report.course import Course, course_of
from agents.report.declaration import Frequency
from agents.report.period import Period
from agents.report.rhythm import Days, day_of, holidays, last_day_of, runs, steps
from agents.report.track import Flags, Floats, Track
from agents.report.trend import trend_of

FREQUENCIES: tuple[Frequency, ...] = ("day", "business-day", "week", "month", "quarter", "year")


def track(
    days: list[date], values: list[float], source: str = "a", stands_in: bool = False, every: Frequency = "day"
) -> Track:
    at: Days = np.array(days, dtype="datetime64[D]")
    flags: Flags = np.full(at.size, stands_in)
    numbers: Floats = np.array(values, dtype=np.float64)
    return Track("s", source, every, at, steps(at, every), numbers, np.zeros(at.size, dtype=np.bool_), flags)


def monthly(values: list[float]) -> Course:
    days = [Period(date(2020, 1, 1), "month").shifted(place).first for place in range(len(values))]
    course = course_of({"a": track(days, values, every="month")}, "month", "mean")
    assert course is not None
    return course


@pytest.mark.parametrize("every", FREQUENCIES)
@given(day=st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_a_day_is_within_the_step_that_it_is_counted_in(every: Frequency, day: date) -> None:
    step = int(steps(np.array([day], "datetime64[D]"), every)[0])
    first, last = day_of(step, every), last_day_of(step, every)
    if every == "business-day" and day.weekday() >= 5:
        assert (first - day).days == 7 - day.weekday()
    else:
        assert first <= day <= last
    assert day_of(step + 1, every) > last


def test_few_days_that_nobody_has_are_holidays_and_many_are_not() -> None:
    assert holidays(np.array([1, 2, 5, 6, 11])).tolist() == [3, 4]


def test_stretches_of_whole_numbers_are_told_apart() -> None:
    assert runs(np.array([1, 2, 3, 7, 9, 10])) == [(1, 3), (7, 7), (9, 10)]
    assert runs(np.array([], dtype=np.int64)) == []


@pytest.mark.parametrize(("aggregate", "value"), [("mean", 2.0), ("sum", 6.0), ("last", 3.0)])
def test_the_values_of_a_period_become_one(aggregate: str, value: float) -> None:
    days = [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)]
    course = course_of({"a": track(days, [1, 2, 3])}, "month", aggregate)  # type: ignore[arg-type]  # one of three
    assert course is not None
    assert (course.values.tolist(), course.counts.tolist()) == ([value], [3])


def test_another_source_counts_only_where_it_was_asked_to_stand_in_and_the_first_has_none() -> None:
    first = track([date(2020, 1, 1), date(2020, 1, 3)], [1, 1])
    other = track([date(2020, 1, 1), date(2020, 1, 2)], [9, 4], "b")
    stand_in = track([date(2020, 1, 1), date(2020, 1, 2)], [9, 4], "b", stands_in=True)
    without, with_it = (course_of({"a": first, "b": each}, "month", "sum") for each in (other, stand_in))
    assert without is not None
    assert with_it is not None
    assert (without.values.tolist(), without.sources) == ([2], ("a",))
    assert (with_it.values.tolist(), with_it.sources) == ([6], ("a, b",))


def test_a_steady_growth_is_told_as_its_rate() -> None:
    trend = trend_of(monthly([100 * 1.06 ** (place / 12) for place in range(48)]), "month")
    assert trend is not None
    assert (trend.slope, trend.low, trend.high) == pytest.approx((6, 6, 6), abs=0.01)


def test_the_season_is_told_apart_from_the_trend() -> None:
    values = [100 * math.exp(0.1 * math.sin(2 * math.pi * place / 12)) for place in range(61)]
    trend = trend_of(monthly(values), "month")
    assert trend is not None
    assert trend.slope == pytest.approx(0, abs=0.3)
    assert trend.strength == pytest.approx(100, abs=2)
    assert trend.season == pytest.approx(0, abs=1.5)


def test_a_trend_that_rose_and_falls_has_a_peak() -> None:
    trend = trend_of(monthly([100 + 10 * math.sin(2 * math.pi * place / 48) for place in range(70)]), "month")
    assert trend is not None
    ((place, kind),) = trend.turns("month")
    assert (abs(place - 60) <= 2, kind) == (True, "peak")


@pytest.mark.parametrize("values", [[1.0] * 10, [1.0, -1.0] * 20, [0.0] * 40])
def test_too_short_a_history_or_values_not_above_zero_have_no_trend(values: list[float]) -> None:
    assert trend_of(monthly(values), "month") is None


def test_a_series_that_never_moves_has_a_flat_trend() -> None:
    trend = trend_of(monthly([5.0] * 40), "month")
    assert trend is not None
    assert (trend.slope, trend.season, trend.strength) == (0, 0, 0)
