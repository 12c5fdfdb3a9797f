"""The trend: what a series does besides its season and its chance moves.

The logarithms of the values are taken apart into trend, season and rest by STL (R. B. Cleveland, W. S. Cleveland,
J. E. McRae, I. Terpenning, 1990, Journal of Official Statistics 6:3-73), in its robust form. The strength of the season
is ``max(0, 1 - var(rest) / var(season + rest))`` (X. Wang, K. Smith, R. Hyndman, 2006, Data Mining and Knowledge
Discovery 13:335-364). The slope is that of a straight line through the newest logarithms without their season, with an
interval that allows for rests that hang together (W. Newey, K. West, 1987, Econometrica 55:703-708).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from agents.report.course import Course
from agents.report.period import MONTHS, Grain
from agents.report.track import Floats

YEARS = 2
"""Years that the slope is taken over, and that a season needs at least."""

SEASONS = 13
"""Years over which a time of the year is smoothed; the trend is smoothed over one, or turns would be told late."""

TURNS_WITHIN = 12
"""Months before the newest period in which a turn is told."""

STAYS = 3
"""Periods on either side that a turn needs."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend of one series."""

    start: int
    """The place in the course at which the stretch without gaps begins that it is taken from."""
    values: Floats
    """The trend from there on, in the unit of the series."""
    slope: float
    low: float
    high: float
    """Percent a year, with the bounds of the 95 % interval."""
    season: float | None
    """What the newest period's time of the year adds, percent; None where periods are years."""
    strength: float | None
    """How strong the season is, 0 to 100 percent."""

    def turns(self, grain: Grain) -> list[tuple[int, Literal["peak", "trough"]]]:
        """The places in the course at which the trend turned lately, newest first."""
        lately = max(STAYS, self.values.size - 1 - TURNS_WITHIN // MONTHS[grain])
        return [
            (self.start + place, kind)
            for place in range(self.values.size - 1 - STAYS, lately - 1, -1)
            if (kind := _turn(self.values[place - STAYS : place + STAYS + 1]))
        ]


def _turn(window: Floats) -> Literal["peak", "trough"] | None:
    if window.size < 2 * STAYS + 1:
        return None
    before, after = np.diff(window[: STAYS + 1]), np.diff(window[STAYS:])
    if np.all(before > 0) and np.all(after < 0):
        return "peak"
    return "trough" if np.all(before < 0) and np.all(after > 0) else None


def trend_of(course: Course, grain: Grain) -> Trend | None:
    """The trend of a series; None where two years of it without a gap are not there, or a value is not above 0."""
    in_a_year = 12 // MONTHS[grain]
    gaps = np.flatnonzero(np.diff(course.numbers) > 1)
    start = int(gaps[-1]) + 1 if gaps.size else 0
    values = course.values[start:]
    if values.size < max(2 * in_a_year + 1, 5) or np.any(values <= 0):
        return None
    logs = np.log(values)
    trend, season, rest = _apart(logs, in_a_year)
    slope, low, high = _slope((logs - season)[-max(YEARS * in_a_year + 1, 5) :], in_a_year)
    is_seasonal = in_a_year > 1
    return Trend(
        start=start,
        values=np.exp(trend),
        slope=slope,
        low=low,
        high=high,
        season=100 * float(np.expm1(season[-1])) if is_seasonal else None,
        strength=_strength(season, rest) if is_seasonal else None,
    )


def _apart(logs: Floats, in_a_year: int) -> tuple[Floats, Floats, Floats]:
    """Trend, season and rest. A series without movement has no rest to divide by."""
    if in_a_year == 1 or np.ptp(logs) < 1e-12:
        nothing = np.zeros_like(logs)
        return logs, nothing, nothing
    # takes a second to import, which commands that make no report need not wait for
    from statsmodels.tsa.seasonal import STL

    found = STL(logs, period=in_a_year, trend=in_a_year + 1, seasonal=SEASONS, robust=True).fit()
    return np.asarray(found.trend), np.asarray(found.seasonal), np.asarray(found.resid)


def _slope(logs: Floats, in_a_year: int) -> tuple[float, float, float]:
    from statsmodels.regression.linear_model import OLS

    line = np.column_stack([np.ones(logs.size), np.arange(logs.size)])
    if np.ptp(logs) < 1e-12:
        return 0.0, 0.0, 0.0
    fitted = OLS(logs, line).fit(cov_type="HAC", cov_kwds={"maxlags": max(1, in_a_year // 3)})
    low, high = fitted.conf_int()[1]
    slope, low, high = (100 * float(np.expm1(in_a_year * each)) for each in (fitted.params[1], low, high))
    return slope, low, high


def _strength(season: Floats, rest: Floats) -> float:
    whole = float(np.var(season + rest))
    return 100 * max(0.0, 1 - float(np.var(rest)) / whole) if whole > 0 else 0.0
