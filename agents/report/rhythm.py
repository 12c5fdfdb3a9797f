"""The rhythm of a source: its days counted in steps of its frequency, so that a gap is a jump in whole numbers."""

from datetime import date, timedelta
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from agents.report.declaration import Frequency

Days = NDArray[np.datetime64]
"""Days, as ``datetime64[D]``."""
Steps = NDArray[np.int64]

LONGEST_HOLIDAY = 3
"""Weekdays in a row that all of a source may lack at most before they are no holiday."""

_MONDAY = np.datetime64("1900-01-01")
"""Weeks are counted from a Monday, long before any of the days."""


def steps(days: Days, frequency: Frequency) -> Steps:
    """The number of each day in steps of a frequency. A day at the weekend counts as the Monday after, if at all."""
    match frequency:
        case "day":
            return days.astype(np.int64)
        case "business-day":
            return np.asarray(np.busday_count(_MONDAY, days), dtype=np.int64)
        case "week":
            return (days - _MONDAY).astype(np.int64) // 7
        case "month":
            return days.astype("datetime64[M]").astype(np.int64)
        case "quarter":
            return days.astype("datetime64[M]").astype(np.int64) // 3
        case "year":
            return days.astype("datetime64[Y]").astype(np.int64)
        case _ as impossible:
            assert_never(impossible)


def day_of(step: int, frequency: Frequency) -> date:
    """The first day of a step."""
    found: Any
    match frequency:
        case "day":
            found = np.datetime64(int(step), "D")
        case "business-day":
            found = np.busday_offset(_MONDAY, int(step), roll="forward")
        case "week":
            found = _MONDAY + 7 * int(step)
        case "month":
            found = np.datetime64(int(step), "M")
        case "quarter":
            found = np.datetime64(3 * int(step), "M")
        case "year":
            found = np.datetime64(int(step), "Y")
        case _ as impossible:
            assert_never(impossible)
    day: object = found.astype("datetime64[D]").item()
    assert isinstance(day, date)
    return day


def last_day_of(step: int, frequency: Frequency) -> date:
    """The last day of a step."""
    return day_of(step, frequency) if frequency == "business-day" else day_of(step + 1, frequency) - timedelta(days=1)


def holidays(seen: Steps) -> Steps:
    """The steps that nothing in a source has, between others, where they are few in a row; ``seen`` are all it has."""
    present = np.unique(seen)
    if present.size < 2:
        return np.empty(0, dtype=np.int64)
    jumps = np.flatnonzero((np.diff(present) > 1) & (np.diff(present) <= LONGEST_HOLIDAY + 1))
    between = [np.arange(present[place] + 1, present[place + 1]) for place in jumps]
    return np.concatenate(between) if between else np.empty(0, dtype=np.int64)


def runs(numbers: Steps) -> list[tuple[int, int]]:
    """The first and last of each stretch of consecutive whole numbers; ``numbers`` are sorted, each once."""
    if not numbers.size:
        return []
    breaks = np.flatnonzero(np.diff(numbers) > 1)
    firsts, lasts = np.r_[0, breaks + 1], np.r_[breaks, numbers.size - 1]
    return [(int(numbers[first]), int(numbers[last])) for first, last in zip(firsts, lasts, strict=True)]
