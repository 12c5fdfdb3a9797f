"""The halves: a threshold that is set on a random half of the file, and how many of the other half then ask a human."""

from statistics import mean

import numpy as np

from benchmarks.attention.population import Population
from benchmarks.attention.statements import BUDGET
from benchmarks.report import Row
from graphs.attention.calibration import calibrated

LEAST, MOST = 0.08, 0.10
"""Between which the human share is to be in the mean."""


def measure(population: Population, splits: int, chance: np.random.Generator) -> list[Row]:
    """One row, over so many splits."""
    shares = [_share(population, chance) for _ in range(splits)]
    found = mean(shares)
    measured = f"{found:.2%}; {min(shares):.2%} to {max(shares):.2%} in {splits} splits"
    what = "random halves, budget 10%: humans see of the other"
    return [Row(what, f"{100 * LEAST:.0f} to {MOST:.0%}", measured, LEAST <= found <= MOST)]


def _share(population: Population, chance: np.random.Generator) -> float:
    places = chance.permutation(len(population.cases))
    half = len(places) // 2
    promise = calibrated(population.part(places[:half]).cases, BUDGET, population.kinds)
    return population.part(places[half:]).at(promise.threshold).human
