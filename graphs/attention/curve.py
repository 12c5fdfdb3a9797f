"""The curve of risk: how wrong is what no human sees, when humans see a share of the cases and somebody chooses which.

A *method* orders the cases, and the first of them go to a human. Every method begins with those that ask anyway, which
count in the share. Among cases that a method does not tell apart the choice is by chance, and what is given is its
expectation: where m of the n cases go to a human and they end within a group of equals, each of the group has the same
probability of being among them, so the errors that they take away grow in proportion to m there. The choice by chance
is then the method that tells no case apart, and an oracle tells only the wrong ones from the right ones. Nothing is
drawn, so the curve is the same each time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graphs.attention.rehearsed import Rehearsed

Method = Literal["confidence", "disagreement", "both", "random", "oracle"]
"""``confidence``: the least sure first. ``disagreement``: those first on which specialists are furthest apart.
``both``: by the mean of the two ranks. ``random``: by chance. ``oracle``: the wrong ones first, as if known."""

SHARES = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5)
"""The shares of cases that humans see."""

FIRST = -np.inf
"""How soon the turn of a case comes that asks anyway."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """What is left to risk at one human share."""

    human: float
    """The share of cases that a human sees, 0 to 1."""
    error: float
    """The share of the others that are wrong in any way, 0 to 1."""
    by_kind: tuple[float, ...]
    """The same for each kind of error, in the order of the curve's kinds."""


@dataclass(frozen=True, slots=True)
class Line:
    """The risk under one method."""

    method: Method
    points: tuple[Point, ...]
    """By human share, ascending."""

    def at(self, human: float) -> Point:
        """The point at one of the shares. Raises ``ValueError`` where there is none."""
        for point in self.points:
            if point.human == human:
                return point
        raise ValueError(f"{self.method}: no point at the human share {human!r}. Use one of {SHARES}.")


@dataclass(frozen=True, slots=True)
class Curve:
    """The risk against the human share, by method."""

    cases: int
    kinds: tuple[str, ...]
    asking: float
    """The share of cases that ask anyway, 0 to 1. Up to it all methods are the same."""
    lines: tuple[Line, ...]
    """Without the methods whose signal the cases do not have."""

    def line(self, method: Method) -> Line | None:
        """The line of a method; None where it is left out."""
        return next((line for line in self.lines if line.method == method), None)


def risk_curve(cases: Sequence[Rehearsed], kinds: Sequence[str]) -> Curve:
    """The curve of some cases, with these kinds of error told apart. Raises ``ValueError`` where there are no cases."""
    if not cases:
        raise ValueError("There is no curve of no cases. Give at least one rehearsed case.")
    errors = np.array([[case.error is not None, *(case.error == kind for kind in kinds)] for case in cases], float)
    asking = np.array([case.score == FIRST for case in cases])
    lines = tuple(
        Line(method, _points(errors, np.where(asking, FIRST, turns))) for method, turns in _turns(cases, ~asking)
    )
    return Curve(len(cases), tuple(kinds), float(asking.mean()), lines)


def _turns(cases: Sequence[Rehearsed], choosable: NDArray[np.bool_]) -> Iterator[tuple[Method, Numbers]]:
    """When the turn of each case comes, the lower the sooner, by each method that can tell some apart."""
    confidence = np.array([np.nan if case.confidence is None else case.confidence for case in cases])
    agreement = np.array([np.nan if case.disagreement is None else -case.disagreement for case in cases])
    has_agreement = not np.isnan(agreement[choosable]).any()
    if choosable.any():
        yield "confidence", confidence
    if choosable.any() and has_agreement:
        yield "disagreement", agreement
        both = np.zeros(len(cases))
        both[choosable] = _ranks(confidence[choosable]) + _ranks(agreement[choosable])
        yield "both", both
    yield "random", np.zeros(len(cases))
    yield "oracle", np.array([float(case.error is None) for case in cases])


def _ranks(values: Numbers) -> Numbers:
    """The rank of each value, from the lowest; equals share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Numbers = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def _points(errors: Numbers, turns: Numbers) -> tuple[Point, ...]:
    """The points of one method: errors has a row a case, a column for any error and one for each kind."""
    cases = len(turns)
    _, places, counts = np.unique(turns, return_inverse=True, return_counts=True)
    taken = np.zeros((len(counts) + 1, errors.shape[1]))
    np.add.at(taken, places + 1, errors)
    ends, taken = np.concatenate([[0], np.cumsum(counts)]), taken.cumsum(axis=0)
    seen = np.array(SHARES) * cases
    left = np.array([total[-1] - np.interp(seen, ends, total) for total in taken.T]) / (cases - seen)
    return tuple(
        Point(human, float(column[0]), tuple(float(one) for one in column[1:]))
        for human, column in zip(SHARES, left.T, strict=True)
    )
