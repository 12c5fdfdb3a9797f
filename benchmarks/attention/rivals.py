"""The rivals: other ways to set a threshold for a human budget of 10 %, and how often each breaks it over many draws.

Beside the certificate's: a cut that is fixed beforehand; the threshold that ``roundhouse fit`` sets, as it was shipped;
its rule applied to each draw, which is the quantile of the draw with one standard error of room; the quantile as it is;
and the risk controller of the library mapie, which answers the same question by learn-then-test over a grid.
"""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import mean

import numpy as np
from mapie.risk_control import BinaryClassificationController
from numpy.typing import NDArray

from agents.lead.fit import BATCH
from benchmarks.attention.population import KINDS, Population, Rehearsals
from benchmarks.report import SHOWN, Row
from graphs.attention.calibration import calibrated
from graphs.attention.rehearsed import Rehearsed
from state.certificate import SURE, Demand

BUDGET = 0.10

DEMAND = Demand(human_budget=BUDGET)

FIXED = 0.80

STEPS = 1001
"""How fine the grid of the risk controller is."""

Rule = Callable[[Sequence[Rehearsed]], float]
"""A threshold from a draw of cases."""


def measure(name: str, rehearsals: Rehearsals, count: int, draws: int, chance: np.random.Generator) -> list[Row]:
    """A row for each rival, over draws of so many cases."""
    rules: Mapping[str, Rule] = {
        "the certificate's threshold": lambda cases: calibrated(cases, DEMAND, KINDS).threshold,
        f"the cut at {FIXED:.2f}": lambda _: FIXED,
        "the threshold that fit has set": lambda _: rehearsals.fitted_threshold,
        "the quantile with fit's room": partial(quantile, room=1.0),
        "the quantile as it is": partial(quantile, room=0.0),
        "the risk controller of mapie": by_mapie,
    }
    drawn = [rehearsals.held_out.drawn(count, chance) for _ in range(draws)]
    return [_row(f"{name}, {count:,} cases: {what}", rehearsals.held_out, drawn, rule) for what, rule in rules.items()]


def quantile(cases: Sequence[Rehearsed], room: float) -> float:
    """What the budget's share of the cases is under, less some standard errors, of the draw and of a batch."""
    found = len(cases)
    error = math.sqrt(BUDGET * (1 - BUDGET) * (1 / found + 1 / BATCH))
    return sorted(case.score for case in cases)[int((BUDGET - room * error) * found)]


def by_mapie(cases: Sequence[Rehearsed]) -> float:
    """The highest threshold of a grid for which mapie holds the share of cases under it to be within the budget."""
    unsure = np.array([[1 - max(case.score, 0.0)] for case in cases])
    controller = BinaryClassificationController(
        predict_function=_both,
        risk="predicted_positive_fraction",
        target_level=BUDGET,
        confidence_level=1 - SURE,
        best_predict_param_choice="predicted_positive_fraction",
        list_predict_params=np.linspace(0, 1, STEPS),
        fwer_method="fixed_sequence",
    )
    with warnings.catch_warnings(action="ignore"):  # it says so where no threshold is found
        controller.calibrate(unsure, np.array([int(case.error is not None) for case in cases]))
    return float(1 - min(np.ravel(controller.valid_predict_params), default=1.0))


def _both(unsure: NDArray[np.float64]) -> NDArray[np.float64]:
    """As the probabilities of the two classes, of which the second is asking."""
    return np.hstack([1 - unsure, unsure])


def _row(what: str, population: Population, drawn: Sequence[Sequence[Rehearsed]], rule: Rule) -> Row:
    true = [population.at(rule(cases)).human for cases in drawn]
    broken = sum(share > BUDGET for share in true)
    return Row(what, SHOWN, f"{mean(true):.1%} to humans, over budget in {broken} of {len(true)}", True)
