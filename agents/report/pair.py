"""The pair: the values of one series in two sources at the same moments, so that they can be compared."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from agents.report.declaration import Frequency
from agents.report.profile import Aggregate
from agents.report.rhythm import Steps, steps
from agents.report.track import Flags, Floats, Track

_ORDER: tuple[Frequency, ...] = ("day", "business-day", "week", "month", "quarter", "year")

COVERED = 0.5
"""The share of its usual number of values that a longer step needs to be compared."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tracks of one series, aligned."""

    first: str
    other: str
    """The sources."""
    frequency: Frequency
    """The coarser one of both."""
    steps: Steps
    a: Floats
    b: Floats
    """The values of the first and of the other source, in the order of the steps."""

    @property
    def size(self) -> int:
        """How many moments both have."""
        return int(self.steps.size)

    def where(self, kept: Flags) -> Self:
        """The moments that are flagged."""
        return replace(self, steps=self.steps[kept], a=self.a[kept], b=self.b[kept])


def paired(first: Track, other: Track, aggregate: Aggregate) -> Pair:
    """What both have at the same moments; where one is more frequent, its values of each longer step as one."""
    frequency = max(first.frequency, other.frequency, key=_ORDER.index)
    at_first, a = _values(first.readable(), frequency, aggregate)
    at_other, b = _values(other.readable(), frequency, aggregate)
    both, in_first, in_other = np.intersect1d(at_first, at_other, assume_unique=True, return_indices=True)
    return Pair(first.source, other.source, frequency, both, a[in_first], b[in_other])


def _values(track: Track, frequency: Frequency, aggregate: Aggregate) -> tuple[Steps, Floats]:
    if track.frequency == frequency:
        at, where = np.unique(track.steps, return_index=True)
        return at, track.values[where]
    at, values, counts = grouped(steps(track.days, frequency), track.values, aggregate)
    enough = counts >= COVERED * np.median(counts) if counts.size else np.empty(0, dtype=np.bool_)
    return at[enough], values[enough]


def grouped(groups: Steps, values: Floats, aggregate: Aggregate) -> tuple[Steps, Floats, Steps]:
    """Each group once, with its values as one and how many there are; ``groups`` are sorted, values in time's order."""
    at, start, counts = np.unique(groups, return_index=True, return_counts=True)
    if not at.size:
        return at, np.empty(0), counts
    match aggregate:
        case "mean":
            made = np.add.reduceat(values, start) / counts
        case "sum":
            made = np.add.reduceat(values, start)
        case "last":
            made = values[start + counts - 1]
    return at, made, counts
