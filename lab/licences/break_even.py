"""The break-even: at how many cases a month one licence becomes cheaper than another.

A licence's charge is a line between the steps at which one more server is rented. So is the difference of two; between
two steps it changes its sign once at the most, and where it does is found by halving. As each step may change it back,
all of them are looked at, up to a number beyond which "never" is meant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

from lab.licences.licence import Licence, ModelName

FARTHEST = 1_000_000_000
"""The most cases a month that are looked at."""

MOST_STEPS = 2_000
"""The most steps that are looked at."""

CLOSE = 1e-9
"""Charges whose difference is a smaller share of them are the same."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Which of two licences is cheaper at how many cases a month."""

    one: ModelName
    other: ModelName
    first: ModelName | None
    """The cheaper one for a single case; where that costs the same, for the fewest cases at which they differ.
    None where they never do."""
    changes: tuple[int, ...]
    """The numbers of cases from which it is the other way round, each time, in order."""
    until: int
    """How many cases a month were looked at."""
    is_final: bool
    """Whether the one that is cheaper there stays so: as it is also the one whose further cases cost less."""

    @property
    def last(self) -> ModelName | None:
        """The one that is cheaper for the most cases that were looked at."""
        if self.first is None or len(self.changes) % 2 == 0:
            return self.first
        return self.other if self.first == self.one else self.one


def break_even(one: Licence, other: Licence) -> BreakEven:
    """Compare two licences at every number of cases a month. Pure."""
    first = before = 0
    changes: list[int] = []
    until = 1
    for low, high in _pieces(one, other):
        until = high
        for place in _turns(one, other, low, high):
            now = _cheaper(one, other, place)
            if now and before and now != before:
                changes.append(place)
            first, before = first or now, now or before
    names: dict[int, ModelName] = {-1: one.name, 1: other.name}
    is_final = before == 0 or before * (one.slope - other.slope) >= 0
    return BreakEven(one.name, other.name, names.get(first), tuple(changes), until, is_final)


def _pieces(one: Licence, other: Licence) -> Iterator[tuple[int, int]]:
    """The ranges of cases within which no server is added, from a single case on."""
    low = 1
    for count, step in enumerate(merge(*(rent.steps() for licence in (one, other) for rent in licence.rents))):
        if count == MOST_STEPS:
            return
        if step > FARTHEST:
            break
        if step > low:
            yield low, step - 1
            low = step
    yield low, FARTHEST


def _turns(one: Licence, other: Licence, low: int, high: int) -> Iterator[int]:
    """The first number of cases of a piece, and the first from which it is as at its end."""
    yield low
    at_last = _cheaper(one, other, high)
    if _cheaper(one, other, low) == at_last:
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _cheaper(one, other, middle) == at_last else (middle, high)
    yield high


def _cheaper(one: Licence, other: Licence, cases: int) -> int:
    """-1 where the one is cheaper, 1 where the other is, 0 where they cost the same."""
    left, right = one.charge(cases), other.charge(cases)
    if abs(left - right) <= CLOSE * max(abs(left), abs(right)):
        return 0
    return -1 if left < right else 1
