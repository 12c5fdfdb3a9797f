"""The verdict: what an experiment says of one shape, as data, for the answers.

It speaks of one condition, an overlap and a fault rate, that stands for the experiment. Only the test of a crossing
takes all fault rates.
"""

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
from pydantic import BaseModel, ConfigDict

from lab.statistics.bootstrap import Bootstrap, Estimate, FloatArray
from lab.statistics.fit import FEWEST, PowerLaw, power_law, slope
from lab.statistics.row import Row
from lab.statistics.sample import Column, Condition, Sample, curve, paired
from lab.statistics.sharpening import Event, Sharpening, sharpening
from lab.statistics.tariff import Tariff
from lab.statistics.worth import Worth, worth
from state.trial import Cell, ShapeName

EVENTS: tuple[Event, ...] = get_args(Event)

BASE: ShapeName = "hub"
"""The shape that the others' turns are compared with."""


class Times(BaseModel):
    """How many times the turns of the hub a shape takes, at one number of agents."""

    model_config = ConfigDict(frozen=True)

    agents: int
    turns: Estimate


class Verdict(BaseModel):
    """What an experiment says of one shape."""

    model_config = ConfigDict(frozen=True)

    shape: ShapeName
    rows: tuple[Row, ...]
    """Under the condition, by number of agents, ascending; at least one."""
    turns: PowerLaw | None
    tokens: PowerLaw | None
    """The fits; None where there are fewer than three sizes of two and more."""
    times_hub: tuple[Times, ...]
    """At each number of agents at which both were run and it can be said."""
    questions_per_agent: Estimate | None
    """How many more questions a case one more agent brings: the slope of the least-squares line over the sizes of two
    and more; None with fewer than three."""
    asking: float
    """The share of the cases of the largest team in which a human was asked anything."""
    against_single: Worth | None
    against_hub: Worth | None
    """From where on a right case costs more; None where there is nothing to compare with."""
    crossings: tuple[Sharpening, ...]
    """One for each event that could be tested."""

    @property
    def smallest(self) -> Row:
        """The smallest team of two or more; where there is none, the smallest."""
        return next((row for row in self.rows if row.cell.agents > 1), self.rows[0])

    @property
    def largest(self) -> Row:
        """The largest team."""
        return self.rows[-1]

    @property
    def beyond_line(self) -> float:
        """How many times the turns of the largest team are those that the smallest would take in proportion."""
        turns = self.largest.turns.value / self.smallest.turns.value
        return turns * self.smallest.cell.agents / self.largest.cell.agents

    def crossing(self, event: Event) -> Sharpening | None:
        """The test of an event."""
        return next((each for each in self.crossings if each.event == event), None)


def verdict(
    found: Mapping[Cell, Sample],
    rows: Sequence[Row],
    shape: ShapeName,
    condition: Condition,
    *,
    tariff: Tariff,
    bootstrap: Bootstrap,
) -> Verdict | None:
    """What an experiment says of a shape under a condition; None where it was not run under it."""
    ours = curve(found, shape, condition)
    if not ours:
        return None
    cells = {sample.cell for sample in ours}

    def beside(other: ShapeName) -> Worth | None:
        if other == shape:
            return None
        return worth(found, shape, other, condition, tariff=tariff, bootstrap=bootstrap)

    return Verdict(
        shape=shape,
        rows=tuple(row for row in rows if row.cell in cells),
        turns=power_law(ours, "turns", bootstrap),
        tokens=power_law(ours, "tokens", bootstrap),
        times_hub=_times(ours, curve(found, BASE, condition), bootstrap),
        questions_per_agent=per_agent(ours, "questions", bootstrap),
        asking=float(np.mean(ours[-1].columns["questions"] > 0)),
        against_single=beside("single"),
        against_hub=beside(BASE),
        crossings=_crossings(found, shape, condition.overlap, bootstrap),
    )


def per_agent(several: Sequence[Sample], column: Column, bootstrap: Bootstrap, least: int = 2) -> Estimate | None:
    """The slope of a column on the number of agents, over cells that differ in it; None with fewer than three."""
    chosen = [each for each in several if each.cell.agents >= least]
    if len(chosen) < FEWEST:
        return None
    matched, dropped = paired(chosen)
    sizes = np.array([each.cell.agents for each in matched], dtype=np.float64)

    def line(means: FloatArray) -> FloatArray:
        return slope(sizes, means)

    return bootstrap.of_means(line, *(each.columns[column] for each in matched), dropped=dropped)


def _times(ours: Sequence[Sample], hub: Sequence[Sample], bootstrap: Bootstrap) -> tuple[Times, ...]:
    bases = {sample.cell.agents: sample for sample in hub}
    times = []
    for sample in ours:
        if (base := bases.get(sample.cell.agents)) is None:
            continue
        (first, second), dropped = paired((sample, base))
        ratio = bootstrap.ratio(first.columns["turns"], second.columns["turns"], dropped)
        times += [Times(agents=sample.cell.agents, turns=ratio)] if ratio else []
    return tuple(times)


def _crossings(
    found: Mapping[Cell, Sample], shape: ShapeName, overlap: float, bootstrap: Bootstrap
) -> tuple[Sharpening, ...]:
    several = [sample for cell, sample in found.items() if cell.shape == shape and cell.overlap == overlap]
    tested = (sharpening(several, event, bootstrap) for event in EVENTS)
    return tuple(each for each in tested if each is not None)
