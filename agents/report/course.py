"""The course: a series by period, from the values that count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from agents.report.declaration import FINE, Frequency
from agents.report.pair import grouped
from agents.report.period import Grain
from agents.report.profile import Aggregate
from agents.report.rhythm import Days, Steps, steps
from agents.report.track import Floats, Track


@dataclass(frozen=True, slots=True)
class Course:
    """One series by period, oldest first; periods without a value are not there."""

    series: str
    periods: Days
    """Their first days."""
    numbers: Steps
    """The periods, counted."""
    values: Floats
    counts: Steps
    """How many values each period has."""
    sources: tuple[str, ...]
    """Where the values of each period come from, comma separated."""
    firsts: Days
    lasts: Days
    """The first and last day of each period that has a value."""

    def since(self, place: int) -> Self:
        """The course from a place on."""
        arrays = {name: getattr(self, name)[place:] for name in ("periods", "numbers", "values", "counts")}
        return replace(
            self, **arrays, sources=self.sources[place:], firsts=self.firsts[place:], lasts=self.lasts[place:]
        )

    def at(self, number: int) -> int | None:
        """The place of a period; None where it has no value."""
        place = int(np.searchsorted(self.numbers, number))
        return place if place < self.numbers.size and self.numbers[place] == number else None


def course_of(tracks: Mapping[str, Track], grain: Grain, aggregate: Aggregate, late_days: int = 0) -> Course | None:
    """The course of a series, given its tracks in the order of the request; None where it has no value.

    The values of its first source count, and where that has none, those that were asked to stand in. A first period
    that begins later than ``late_days`` of its days is left out: it is no whole one to compare with.
    """
    readable = {source: track.readable() for source, track in tracks.items()}
    there = [track for track in readable.values() if track.days.size]
    if not there:
        return None
    first, *others = there
    days, values, names = [first.days], [first.values], [np.full(first.days.size, first.source, dtype=object)]
    covered = first.steps
    for other in others:
        kept = other.where(other.stands_in & ~np.isin(steps(other.days, first.frequency), covered))
        covered = np.union1d(covered, steps(kept.days, first.frequency))
        days.append(kept.days)
        values.append(kept.values)
        names.append(np.full(kept.days.size, other.source, dtype=object))
    order = np.argsort(np.concatenate(days), kind="stable")
    in_order = np.concatenate(days)[order], np.concatenate(values)[order], np.concatenate(names)[order]
    course = _by_period(first.series, in_order[0], in_order[1], in_order[2], grain, aggregate)
    return course.since(1) if _begins_late(course, first.frequency, late_days) else course


def _begins_late(course: Course, frequency: Frequency, late_days: int) -> bool:
    """Whether the first period lacks its beginning."""
    begins, first = (int(steps(each[:1], frequency)[0]) for each in (course.periods, course.firsts))
    return course.numbers.size > 1 and first - begins > (late_days if frequency in FINE else 0)


def _by_period(
    series: str,
    days: Days,
    values: Floats,
    names: "np.ndarray[tuple[int], np.dtype[np.object_]]",
    grain: Grain,
    aggregate: Aggregate,
) -> Course:
    groups = steps(days, grain)
    numbers, made, counts = grouped(groups, values, aggregate)
    starts = np.searchsorted(groups, numbers)
    ends = starts + counts - 1
    firsts = _firsts(numbers, grain)
    sources = tuple(
        ", ".join(dict.fromkeys(names[start : end + 1].tolist())) for start, end in zip(starts, ends, strict=True)
    )
    return Course(series, firsts, numbers, made, counts, sources, days[starts], days[ends])


def _firsts(numbers: Steps, grain: Grain) -> Days:
    match grain:
        case "month":
            return numbers.astype("datetime64[M]").astype("datetime64[D]")
        case "quarter":
            return (3 * numbers).astype("datetime64[M]").astype("datetime64[D]")
        case "year":
            return numbers.astype("datetime64[Y]").astype("datetime64[D]")
