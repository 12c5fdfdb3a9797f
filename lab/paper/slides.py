"""The slides: which plots an experiment has, given what it varied."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from lab.paper.plots import cascade_plot, overhead_plot, quality_plot, questions_plot, turns_plot, worth_plot
from lab.statistics.row import Row
from lab.statistics.sample import SHAPES
from lab.statistics.verdicts import Verdicts
from lab.statistics.worth import Worth
from state.trial import ShapeName


@dataclass(frozen=True, slots=True)
class Slide:
    """One plot."""

    name: str
    """Of its files, without their endings."""
    says: str
    """What it shows, in a sentence, for who cannot see it."""
    chart: alt.LayerChart


def slides(rows: Sequence[Row], verdicts: Verdicts) -> tuple[Slide, ...]:
    """The plots over the number of agents where it varies, and over the fault rate where that does."""
    condition = verdicts.condition
    found = []
    if len({row.cell.agents for row in rows}) > 1:
        found += [
            Slide("overhead", "Coordination overhead against the number of agents.", overhead_plot(rows, condition)),
            Slide("turns", "Turns a case against the number of agents.", turns_plot(rows, condition)),
            Slide("questions", "Questions to a human against the number of agents.", questions_plot(rows, condition)),
            Slide("quality", "The share of right cases against what a case costs.", quality_plot(rows, condition)),
            Slide("worth", "What a right case costs, by agents.", worth_plot(rows, condition, _compared(verdicts))),
        ]
    shape = _most_cascading(rows, condition.overlap)
    if shape is not None and len({row.cell.fault_rate for row in rows if row.cell.fault_rate > 0}) > 1:
        chart = cascade_plot(rows, condition.overlap, shape)
        found += [Slide("cascade", "Runs with an override cascade against the fault rate.", chart)]
    return tuple(found)


def _compared(verdicts: Verdicts) -> list[Worth]:
    return [each.against_single for each in verdicts.shapes if each.against_single is not None]


def _most_cascading(rows: Sequence[Row], overlap: float) -> ShapeName | None:
    """The shape with the most override cascades; None where there is none at all."""
    chosen = [row for row in rows if row.cell.overlap == overlap and row.cell.agents > 1]
    most = {
        shape: max((row.cascade.value for row in chosen if row.cell.shape == shape), default=0.0) for shape in SHAPES
    }
    shape = max(SHAPES, key=lambda shape: most[shape])
    return shape if most[shape] else None
