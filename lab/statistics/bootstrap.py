"""The paired bootstrap over cases: how far a figure of the lab could have come out otherwise.

The cases of an experiment are a sample, and every cell of it runs the same ones. So chance lies in *which cases* were
drawn, and it hits all cells together: a hard case is hard for every shape. The bootstrap draws the cases anew, with
replacement, and computes the figure again, many times; the middle 95 % of what comes out is the percentile interval
(B. Efron and R. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13). One draw serves all columns of a
figure, so what two cells have in common cancels in their difference and their ratio, and the interval is narrower
than one from two draws.

Almost every figure of the lab is a function of means over cases: a ratio of means, a slope or an exponent through
means. The mean of a draw needs only how often it has each case, which is one matrix product for all draws and all
columns. The draws depend on the seed and on the number of cases alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Statistic = Callable[[FloatArray], FloatArray]
"""From what was drawn to one figure a draw, shape (draws,)."""


class Estimate(BaseModel):
    """A figure and the interval that the cases leave it."""

    model_config = ConfigDict(frozen=True)

    value: float
    """From the cases as they are."""
    low: float
    high: float
    """The ends of the percentile interval."""
    cases: int
    """How many cases it is from."""
    dropped: int = 0
    """How many cases were left out, since a cell that it compares lacks them."""

    def above(self, bound: float) -> bool:
        """Whether the whole interval lies above a bound."""
        return self.low > bound

    def below(self, bound: float) -> bool:
        """Whether the whole interval lies below a bound."""
        return self.high < bound


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Makes estimates; equal ones make equal estimates, to the last digit."""

    seed: int = 0
    times: int = 2000
    """How often the cases are drawn anew."""
    level: float = 0.95
    """The share of the draws that the interval holds."""

    def of_means(self, statistic: Statistic, *columns: FloatArray, dropped: int = 0) -> Estimate | None:
        """Estimate a function of means over cases; the statistic gets them in the shape (draws, columns).

        ``columns`` have the shape (cases,) and the same cases in the same order. None where there are no cases, or
        where the figure is not defined for them, or for more draws than the interval may leave out.
        """
        return self.several({"it": statistic}, *columns, dropped=dropped)["it"]

    def several(
        self, statistics: Mapping[str, Statistic], *columns: FloatArray, dropped: int = 0
    ) -> dict[str, Estimate | None]:
        """Estimate several functions of the same means from the same draws; see :meth:`of_means`."""
        table = np.column_stack(columns).astype(np.float64)
        cases = len(table)
        if not cases:
            return dict.fromkeys(statistics)
        mean, means = table.sum(axis=0, keepdims=True) / cases, self.means(table)
        return {
            name: self._estimate(self._computed(statistic, mean), self._computed(statistic, means), cases, dropped)
            for name, statistic in statistics.items()
        }

    def of_cases(self, statistic: Statistic, *columns: FloatArray, dropped: int = 0) -> Estimate | None:
        """Estimate any function of cases, such as a median; the statistic gets the shape (draws, cases, columns).

        The rest is as in :meth:`of_means`.
        """
        table = np.column_stack(columns).astype(np.float64)
        cases = len(table)
        if not cases:
            return None
        drawn = table[drawn_cases(cases, self.seed, self.times)]
        return self._estimate(self._computed(statistic, table[None]), self._computed(statistic, drawn), cases, dropped)

    def mean(self, values: FloatArray) -> Estimate | None:
        """Estimate a mean."""
        return self.of_means(lambda means: means[:, 0], values)

    def ratio(self, top: FloatArray, bottom: FloatArray, dropped: int = 0) -> Estimate | None:
        """Estimate the ratio of two means."""
        return self.of_means(lambda means: means[:, 0] / means[:, 1], top, bottom, dropped=dropped)

    def difference(self, first: FloatArray, second: FloatArray, dropped: int = 0) -> Estimate | None:
        """Estimate the first mean less the second."""
        return self.of_means(lambda means: means[:, 0] - means[:, 1], first, second, dropped=dropped)

    def means(self, table: FloatArray) -> FloatArray:
        """The means of every draw, shape (draws, columns), from a table of shape (cases, columns)."""
        counts, columns = drawn_counts(len(table), self.seed, self.times), np.ascontiguousarray(table.T)
        # case by case in their order: a matrix product of BLAS sums as the processor likes it, and its threads get in
        # the way of other processes
        sums: FloatArray = np.einsum("cd,kc->kd", counts, columns).T
        return sums / len(table)

    def _computed(self, statistic: Statistic, drawn: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return statistic(drawn)

    def _estimate(self, value: FloatArray, draws: FloatArray, cases: int, dropped: int) -> Estimate | None:
        defined = draws[np.isfinite(draws)]
        if not np.isfinite(value[0]) or len(defined) < self.level * len(draws):
            return None
        rest = (1 - self.level) / 2
        low, high = np.quantile(defined, [rest, 1 - rest])
        return Estimate(value=float(value[0]), low=float(low), high=float(high), cases=cases, dropped=dropped)


@lru_cache(maxsize=8)
def drawn_cases(cases: int, seed: int, times: int) -> IntArray:
    """The places of the cases of every draw, shape (times, cases)."""
    return np.random.default_rng([seed, cases]).integers(0, cases, size=(times, cases))


@lru_cache(maxsize=8)
def drawn_counts(cases: int, seed: int, times: int) -> FloatArray:
    """How often each case is in each draw, shape (cases, times)."""
    places = drawn_cases(cases, seed, times) * times + np.arange(times)[:, None]
    counts = np.bincount(places.ravel(), minlength=cases * times)
    return counts.reshape(cases, times).astype(np.float64)
