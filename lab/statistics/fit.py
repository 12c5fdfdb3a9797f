"""The power law: how a measure grows with the number of agents.

The law is T = a (n + 1/2)^b, as arXiv 2512.08296 fits it: turns against the number of agents n, with
T = 2.72 (n + 1/2)^1.724 and R² = 0.974 for the shapes it ran. It is fitted by least squares on the raw scale, to the
mean over cases at each n.

With x = n + 1/2 and b given, the best factor has a closed form, a(b) = Σ T x^b / Σ x^(2b), and what it leaves is
Σ T² − (Σ T x^b)² / Σ x^(2b). So one unknown is left: b is where the last term is largest. A grid finds the peak, and
bisection on the sign of the derivative of its logarithm,

    Σ T x^b ln x / Σ T x^b  −  Σ x^(2b) ln x / Σ x^(2b),

makes it exact. All draws of the bootstrap are fitted at once.

The 1/2 bends the scale: what is exactly linear in n, T = n, is not a power of n + 1/2, and fits an exponent that is
not 1. Each fit therefore carries the exponent that T = n shows over the same sizes, which is what "linear" reads as.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from lab.statistics.bootstrap import Bootstrap, Estimate, FloatArray
from lab.statistics.sample import Column, Sample, paired

SHIFT = 0.5
"""What the law adds to the number of agents."""

REFERENCE_FACTOR, REFERENCE_EXPONENT = 2.72, 1.724
"""The law of arXiv 2512.08296 for turns."""

FEWEST = 3
"""Two sizes lie on a power law whatever they are."""

GRID = np.linspace(-2.0, 8.0, 201)
"""The exponents among which the peak is looked for."""

HALVINGS = 48
"""How often the bracket of a peak, which is two steps of the grid wide, is halved: down to the precision of a float."""


class PowerLaw(BaseModel):
    """A measure as a (n + 1/2)^b, n being the number of agents."""

    model_config = ConfigDict(frozen=True)

    column: Column
    """What was fitted."""
    sizes: tuple[int, ...]
    """The numbers of agents that it was fitted to, ascending; at least three."""
    factor: float
    """a, in the unit of the measure."""
    exponent: Estimate
    """b, with its interval over the cases."""
    r_squared: float | None
    """The share of the spread of the means over the sizes that the law explains; None where they do not differ."""
    log_exponent: float | None
    """The slope of ln T on ln (n + 1/2), a cross-check; None where a mean is 0."""
    linear_exponent: float
    """The exponent that T = n shows over the same sizes."""

    def at(self, agents: float) -> float:
        """What the law says for a number of agents."""
        return float(self.factor * (agents + SHIFT) ** self.exponent.value)


def reference_turns(agents: float) -> float:
    """The turns of the law of arXiv 2512.08296."""
    return float(REFERENCE_FACTOR * (agents + SHIFT) ** REFERENCE_EXPONENT)


def power_law(several: Sequence[Sample], column: Column, bootstrap: Bootstrap, least: int = 2) -> PowerLaw | None:
    """Fit the law to a measure of cells that differ in their number of agents, in any order.

    Sizes under ``least`` are left out: one agent coordinates nobody. The cases are those that all sizes have. None
    with fewer than three sizes, without cases in common, or where all means are 0.
    """
    chosen = sorted((each for each in several if each.cell.agents >= least), key=lambda each: each.cell.agents)
    if len(chosen) < FEWEST:
        return None
    sizes = tuple(each.cell.agents for each in chosen)
    matched, dropped = paired(chosen)
    columns = [each.columns[column] for each in matched]
    exponent = bootstrap.of_means(lambda means: exponents(sizes, means), *columns, dropped=dropped)
    if exponent is None:
        return None
    means = np.array([values.mean() for values in columns])
    factor = _factor(sizes, means, exponent.value)
    return PowerLaw(
        column=column,
        sizes=sizes,
        factor=factor,
        exponent=exponent,
        r_squared=_r_squared(means, factor * _shifted(sizes) ** exponent.value),
        log_exponent=_log_exponent(sizes, means),
        linear_exponent=linear_exponent(sizes),
    )


def linear_exponent(sizes: Sequence[int]) -> float:
    """The exponent of the law that fits T = n best over these sizes."""
    return float(exponents(sizes, np.array([sizes], dtype=np.float64))[0])


def exponents(sizes: Sequence[int], means: FloatArray) -> FloatArray:
    """The exponent b of every row of means, shape (draws, sizes); nan where a row is all 0. Means are not negative."""
    logs = np.log(_shifted(sizes) / _shifted(sizes).max())
    powers = np.exp(np.outer(GRID, logs))
    peak = np.argmax((means @ powers.T) ** 2 / (powers**2).sum(axis=1), axis=1)
    low, high = GRID[np.maximum(peak - 1, 0)], GRID[np.minimum(peak + 1, len(GRID) - 1)]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rises = _rise(logs, means, middle) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return np.where(means.any(axis=1), (low + high) / 2, np.nan)


def _rise(logs: FloatArray, means: FloatArray, tried: FloatArray) -> FloatArray:
    """The derivative of the logarithm of what is to be largest, halved, at one tried exponent a row."""
    powers = np.exp(np.outer(tried, logs))
    with np.errstate(invalid="ignore"):
        ours = (means * powers * logs).sum(axis=1) / (means * powers).sum(axis=1)
    rise: FloatArray = ours - (powers**2 * logs).sum(axis=1) / (powers**2).sum(axis=1)
    return rise


def _shifted(sizes: Sequence[int]) -> FloatArray:
    return np.array(sizes, dtype=np.float64) + SHIFT


def _factor(sizes: Sequence[int], means: FloatArray, exponent: float) -> float:
    powers = _shifted(sizes) ** exponent
    return float((means * powers).sum() / (powers**2).sum())


def _r_squared(means: FloatArray, fitted: FloatArray) -> float | None:
    spread = float(((means - means.mean()) ** 2).sum())
    return 1 - float(((means - fitted) ** 2).sum()) / spread if spread else None


def _log_exponent(sizes: Sequence[int], means: FloatArray) -> float | None:
    if not means.all():
        return None
    return float(slope(np.log(_shifted(sizes)), np.log(means)[None])[0])


def slope(places: FloatArray, values: FloatArray) -> FloatArray:
    """The slope of the least-squares line through every row of values, shape (draws, places)."""
    centred = places - places.mean()
    line: FloatArray = (values * centred).sum(axis=1) / (centred**2).sum()
    return line
