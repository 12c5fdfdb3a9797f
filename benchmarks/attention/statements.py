"""The statements: whether what a certificate says is true, over many calibrations on draws of which all is known.

Each draw takes cases at random, with replacement, from those that no scorecard was fitted on, calibrates, and looks up
what is true of all of them at the threshold that came out. A statement fails where the truth is above what it says.
What is not promised cannot fail, and counts as such: that is how δ is meant. Where a demand is only just within reach,
those calibrations promise it that were lucky in their draw, so of what is promised more than δ may fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from benchmarks.attention.population import Population
from benchmarks.report import SHOWN, Row
from graphs.attention.binomial import tail
from graphs.attention.calibration import calibrated
from graphs.attention.no_promise import NoPromise
from graphs.attention.rehearsed import Rehearsed
from state.certificate import Demand

COUNTS = (1000, 2500)
"""How many labelled cases a calibration is given."""

BUDGET = Demand(human_budget=0.10)

DEMANDS = (BUDGET, Demand(max_error=0.10), Demand(human_budget=0.10, max_error=0.11))

MOST = 0.10
"""How often a statement may fail, and both of them together."""

NOISE = 0.05
"""How rarely so many failures may be chance where the truth is on the limit."""

FARTHEST = 0.02
"""How far a bound may be above the truth, in the mean over the calibrations on the fewer cases."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One calibration, and what is true."""

    human: float
    """The true human share at its threshold, 0 to 1."""
    human_holds: bool
    error_holds: bool
    """Whether the truth is within every bound on errors that it states."""
    above: tuple[float, ...]
    """How far each kind's bound is above its true rate, in the order of the kinds; empty where kinds have none."""


def measure(population: Population, draws: int, chance: np.random.Generator) -> list[Row]:
    """The rows for each size of a calibration and each demand."""
    rows: list[Row] = []
    for count in COUNTS:
        drawn = [population.drawn(count, chance) for _ in range(draws)]
        for demand in DEMANDS:
            trials = [trial(population, cases, demand) for cases in drawn]
            rows += _rows(f"{count:,} cases, {_words(demand)}", trials)
            if demand == BUDGET:
                rows += _sharpness(population, count, [one for one in trials if one is not None])
    return rows


def trial(population: Population, cases: Sequence[Rehearsed], demand: Demand) -> Trial | None:
    """One calibration; None where nothing was promised."""
    try:
        promise = calibrated(cases, demand, population.kinds)
    except NoPromise:
        return None
    true = population.at(promise.threshold)
    pairs = zip((each.at_most for each in promise.errors), true.by_kind, strict=True)
    above = tuple(most - rate for most, rate in pairs if most is not None)
    return Trial(
        human=true.human,
        human_holds=true.human <= promise.human_at_most,
        error_holds=true.error <= promise.error_at_most and min(above, default=0.0) >= 0,
        above=above,
    )


def few_enough(failed: int, trials: int, most: float = MOST) -> bool:
    """Whether so many failures are no evidence that the true share of them is above the limit."""
    return 1 - tail(failed - 1, trials, most) > NOISE


def _rows(what: str, trials: Sequence[Trial | None]) -> list[Row]:
    made, all_of = [one for one in trials if one is not None], len(trials)
    if not made:
        return [Row(f"{what}: promised", SHOWN, f"0 of {all_of}", True)]
    true = f"{len(made)} of {all_of}; {mean(one.human for one in made):.1%} then ask"
    together = sum(not (one.human_holds and one.error_holds) for one in made)
    shown = "" if len(made) == all_of else f"; {1 - together / len(made):.1%} of the promised"
    return [
        Row(f"{what}: promised", SHOWN, true, True),
        _fails(f"{what}: fails on humans", sum(not one.human_holds for one in made), all_of),
        _fails(f"{what}: fails on errors", sum(not one.error_holds for one in made), all_of),
        Row(
            f"{what}: both hold",
            f"≥ {1 - MOST:.0%}",
            f"{all_of - together} of {all_of}, {1 - together / all_of:.1%}{shown}",
            few_enough(together, all_of),
        ),
    ]


def _fails(what: str, failed: int, trials: int) -> Row:
    return Row(what, f"≤ {MOST:.0%}", f"{failed} of {trials}, {failed / trials:.1%}", few_enough(failed, trials))


def _sharpness(population: Population, count: int, trials: Sequence[Trial]) -> list[Row]:
    """How far the bounds of a budget are above the truth; the target is for the fewer cases."""
    rows = []
    for kind, above in zip(population.kinds, zip(*(one.above for one in trials), strict=True), strict=True):
        target = f"≤ {100 * FARTHEST:.0f} points" if count == COUNTS[0] else SHOWN
        what = f"{count:,} cases: bound on {kind} over the truth"
        rows.append(Row(what, target, f"{100 * mean(above):.2f} points in the mean", mean(above) <= FARTHEST))
    return rows


def _words(demand: Demand) -> str:
    asked = [
        f"{name} {share:.0%}"
        for name, share in (("budget", demand.human_budget), ("error ≤", demand.max_error))
        if share is not None
    ]
    return " and ".join(asked)
