"""The lane: how often what is automated in it is right, and which errors nobody sees in it.

A share of wrong cases hides the rare kind of error: where one lead in nine would convert, a lane that declines them all
is right in eight of nine cases. So the errors of each kind are also given as a share of all cases that could have had
them. These are known where there are two lanes and each has a kind of error of its own, since then a case that was
wrong in one lane belonged into the other: those with that error, and those that were right in the other lane.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from graphs.attention.rehearsed import Rehearsed

NO_LANE = ""
"""Where the cases are that came to no decision; all of them ask."""


@dataclass(frozen=True, slots=True)
class Missed:
    """One kind of error among the cases of a lane that no human sees."""

    kind: str
    cases: int
    share: float
    """Of the lane's automated cases, 0 to 1."""
    possible: int | None
    """How many cases of all could have had it, such as all good leads; None where that is not known."""
    share_of_possible: float | None
    """Of those, 0 to 1; None where it is not known how many they are."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What becomes of the cases of one lane at a threshold."""

    name: str
    cases: int
    asked: int
    automated: int
    precision: float | None
    """The share of the automated cases that are right, 0 to 1; None where there are none."""
    errors: tuple[Missed, ...]
    """The kinds of error that the lane can have, as far as the cases show them."""


def lanes(cases: Sequence[Rehearsed], kinds: Sequence[str], threshold: float) -> tuple[Lane, ...]:
    """The lanes by name; cases with a score below the threshold are asked."""
    possible = _possible(cases, kinds)
    return tuple(_lane(name, cases, possible, threshold) for name in sorted({case.lane for case in cases}))


def _lane(name: str, cases: Sequence[Rehearsed], possible: dict[str, int | None], threshold: float) -> Lane:
    inside = [case for case in cases if case.lane == name]
    automated = [case for case in inside if case.score >= threshold]
    wrong = Counter(case.error for case in automated)
    found, there = len(automated), {case.error for case in inside}
    return Lane(
        name=name,
        cases=len(inside),
        asked=len(inside) - found,
        automated=found,
        precision=wrong[None] / found if found else None,
        errors=tuple(_missed(kind, wrong[kind], found, most) for kind, most in possible.items() if kind in there),
    )


def _missed(kind: str, cases: int, automated: int, possible: int | None) -> Missed:
    share = cases / automated if automated else 0.0
    return Missed(kind, cases, share, possible, cases / possible if possible else None)


def _possible(cases: Sequence[Rehearsed], kinds: Sequence[str]) -> dict[str, int | None]:
    """For each kind how many cases could have had it."""
    count = Counter((case.lane, case.error) for case in cases)
    names = sorted({case.lane for case in cases} - {NO_LANE})
    homes = {kind: [name for name in names if count[name, kind]] for kind in kinds}
    told_apart = len(names) == 2 and sorted(homes.values()) == [[name] for name in names]
    if not told_apart:
        return dict.fromkeys(kinds)
    return {
        kind: count[home, kind] + sum(count[name, None] for name in names if name != home)
        for kind, [home] in homes.items()
    }
