"""Sharpening: whether a crossing is a phase transition or only a crossover.

The share of cases with an event (an override cascade, a deadlock) rises as the fault rate x rises. For each number of
agents n it has a midpoint x_c(n), where it is one half, and a relative width w(n) = ln(x_3/4 / x_1/4), from one quarter
to three quarters; for a narrow crossing that is its width over x_c. See :mod:`lab.statistics.crossing`.

That a curve crosses is no transition. Finite-size scaling says what is: near a transition the curves of all sizes are
one function of (x − x_c) n^(1/ν), so that with size (1) the width shrinks, w ∝ n^(−s) with s = 1/ν > 0, and (2) the
midpoint comes to rest at a rate above 0, off by a multiple of the width (D. Stauffer and A. Aharony, *Introduction to
Percolation Theory*, 2nd ed. 1994, chapter 4; M. Newman and G. Barkema, *Monte Carlo Methods in Statistical Physics*,
1999, chapter 8). Three figures test it, and all must hold:

- the exponent s, the slope of ln 1/w on ln n: its interval lies above 0;
- the limit: by (1) and (2) the midpoint is linear in the absolute width, so the line through both, taken to width 0,
  gives the resting place without knowing ν, which is how Stauffer and Aharony find a threshold; its interval lies
  above 0;
- the slide m, x_c ∝ n^(−m): its interval lies under 1/3. One that comes to rest, and is still off by the share 2/n,
  slides by m = 0.23 from 2 to 32 agents; what moves faster cannot be told from what never rests.

The law to keep apart is compounding: with a chance p at each of n steps, 1 − (1 − p)^n. Its midpoint slides as ln 2/n
and w tends to ln(ln 4 / ln 4/3) = 1.57 from below: s ≤ 0, m = 1. All it says is "likelier with every agent".

Rates far apart make narrow widths look wider, never narrower: a coarse grid may hide a transition but invents none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from lab.statistics.bootstrap import Bootstrap, Estimate, FloatArray
from lab.statistics.crossing import Quarters, quarters
from lab.statistics.fit import slope
from lab.statistics.sample import Sample, paired

Event = Literal["cascade", "stuck", "wrong"]
"""What may happen in a case; see :data:`lab.statistics.sample.Column`."""

Shown = Literal["crossed", "partly", "below", "above"]
"""What the fault rates show of a curve. ``crossed``: it passes one quarter, one half and three quarters, in nearly all
draws. ``partly``: it passes one half, but not so. ``below``: it stays under one half. ``above``: it is one half or
more at the smallest rate already."""

Verdict = Literal["sharpens", "crossover", "no crossing", "not enough"]
"""``sharpens``: all three figures say so. ``crossover``: it crosses, and they do not all say so. ``no crossing``: no
size passes one half within the rates. ``not enough``: fewer than three sizes show a whole crossing, or there are fewer
than four rates."""

FEWEST_SIZES, FEWEST_RATES = 3, 4

ALIKE = 1e-9
"""An exponent under it is that of equal widths."""

FASTEST_SLIDE = 1 / 3
"""The slide from which on a midpoint that comes to rest cannot be told from one that never does."""


class Crossing(BaseModel):
    """The curve of one size."""

    model_config = ConfigDict(frozen=True)

    agents: int
    shares: tuple[float, ...]
    """The share of cases with the event at each fault rate."""
    shown: Shown
    midpoint: float | None
    """The fault rate at which the share passes one half; None where it does not."""
    width: float | None
    """ln of the ratio of the fault rates at three quarters and at one quarter; None unless crossed."""


class Sharpening(BaseModel):
    """Whether the crossing of an event sharpens with the number of agents."""

    model_config = ConfigDict(frozen=True)

    event: Event
    rates: tuple[float, ...]
    """The fault rates, ascending, all above 0."""
    crossings: tuple[Crossing, ...]
    """By number of agents, ascending."""
    exponent: Estimate | None
    """s: the relative width shrinks as n^(−s). None where the verdict is ``no crossing`` or ``not enough``."""
    limit: Estimate | None
    """The fault rate at which the midpoint comes to rest; None as for the exponent, and where all widths are equal."""
    slide: Estimate | None
    """m: the midpoint moves as n^(−m); None as for the exponent."""
    verdict: Verdict

    @property
    def name(self) -> Literal["phase transition", "crossover"] | None:
        """What it may be called."""
        match self.verdict:
            case "sharpens":
                return "phase transition"
            case "crossover":
                return "crossover"
            case "no crossing" | "not enough":
                return None


@dataclass(frozen=True, slots=True)
class _Grid:
    """The event in cells that differ in their size and their fault rate."""

    event: Event
    sizes: tuple[int, ...]
    rates: tuple[float, ...]
    table: FloatArray
    """Shape (cases, sizes × rates)."""
    dropped: int

    def shares(self, means: FloatArray) -> FloatArray:
        """Shape (draws, sizes, rates)."""
        return means.reshape(-1, len(self.sizes), len(self.rates))

    def quarters(self, means: FloatArray) -> Quarters:
        return quarters(self.shares(means), np.array(self.rates), len(self.table))


def sharpening(several: Sequence[Sample], event: Event, bootstrap: Bootstrap, least: int = 2) -> Sharpening | None:
    """Test the crossing of an event over cells that differ in size and fault rate only, in any order.

    Sizes under ``least`` and the fault rate 0 are left out, and so is a size that lacks one of the rates. None where
    no cell or no case is left.
    """
    grid = _grid([each for each in several if each.cell.agents >= least and each.cell.fault_rate > 0], event)
    if grid is None or not len(grid.table):
        return None
    mean = grid.table.mean(axis=0)
    found, drawn = grid.quarters(mean), grid.quarters(bootstrap.means(grid.table))
    whole = np.isfinite(found.width[0]) & (np.isfinite(drawn.width).mean(axis=0) >= bootstrap.level)
    crossings = tuple(
        _crossing(size, tuple(shares.tolist()), half, width if complete else None)
        for size, shares, half, width, complete in zip(
            grid.sizes, grid.shares(mean)[0], found.half[0].tolist(), found.width[0].tolist(), whole, strict=True
        )
    )
    exponent, limit, slide = _figures(grid, whole, bootstrap)
    return Sharpening(
        event=event,
        rates=grid.rates,
        crossings=crossings,
        exponent=exponent,
        limit=limit,
        slide=slide,
        verdict=_verdict(crossings, exponent, limit, slide),
    )


def _grid(several: Sequence[Sample], event: Event) -> _Grid | None:
    by_place = {(each.cell.agents, each.cell.fault_rate): each for each in several}
    rates = tuple(sorted({rate for _, rate in by_place}))
    every = sorted({size for size, _ in by_place})
    sizes = tuple(size for size in every if all((size, rate) in by_place for rate in rates))
    if not sizes:
        return None
    matched, dropped = paired([by_place[size, rate] for size in sizes for rate in rates])
    return _Grid(event, sizes, rates, np.column_stack([each.columns[event] for each in matched]), dropped)


def _crossing(agents: int, shares: tuple[float, ...], half: float, width: float | None) -> Crossing:
    shown: Shown = "partly" if width is None else "crossed"
    if np.isnan(half):
        shown = "above" if np.mean(shares) > 0.5 else "below"
    return Crossing(agents=agents, shares=shares, shown=shown, midpoint=None if np.isnan(half) else half, width=width)


def _figures(
    grid: _Grid, whole: np.typing.NDArray[np.bool_], bootstrap: Bootstrap
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """The exponent, the limit and the slide over the sizes whose whole crossing is shown."""
    if whole.sum() < FEWEST_SIZES or len(grid.rates) < FEWEST_RATES:
        return None, None, None
    logs = np.log(np.array(grid.sizes)[whole])

    def exponent(means: FloatArray) -> FloatArray:
        return -slope(logs, np.log(grid.quarters(means).width[:, whole]))

    def limit(means: FloatArray) -> FloatArray:
        curves = grid.quarters(means)
        return _intercept((curves.third - curves.first)[:, whole], curves.half[:, whole])

    def slide(means: FloatArray) -> FloatArray:
        return -slope(logs, np.log(grid.quarters(means).half[:, whole]))

    figures = {"exponent": exponent, "limit": limit, "slide": slide}
    found = bootstrap.several(figures, *grid.table.T, dropped=grid.dropped)
    return found["exponent"], found["limit"], found["slide"]


def _intercept(places: FloatArray, values: FloatArray) -> FloatArray:
    """What the least-squares line through every row of points is at place 0."""
    centred = places - places.mean(axis=1, keepdims=True)
    steepness = (centred * values).sum(axis=1) / (centred**2).sum(axis=1)
    at_zero: FloatArray = values.mean(axis=1) - steepness * places.mean(axis=1)
    return at_zero


def _verdict(
    crossings: Sequence[Crossing], exponent: Estimate | None, limit: Estimate | None, slide: Estimate | None
) -> Verdict:
    if all(each.midpoint is None for each in crossings):
        return "no crossing"
    if exponent is None or slide is None:
        return "not enough"
    rests = limit is not None and limit.above(0) and slide.below(FASTEST_SLIDE)
    return "sharpens" if exponent.above(ALIKE) and rests else "crossover"
