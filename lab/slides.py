"""The slides: the plots of an experiment that can be made of what was tried, by what they are called."""

from collections.abc import Callable

import altair as alt

from lab.plots import cascade_plot, overhead_plot, quality_plot, questions_plot, turns_plot, worth_plot
from lab.result import Result

Slide = Callable[[Result], alt.LayerChart]

TITLES = {
    "overhead": "Overhead",
    "turns": "Turns",
    "questions": "Questions to a human",
    "quality": "Quality and cost",
    "worth": "Where a shape stops being worth it",
    "cascades": "Override cascades",
}
"""What each plot is called."""

BY_SIZE: dict[str, Slide] = {
    "overhead": lambda found: overhead_plot(found.rows, found.verdicts.condition),
    "turns": lambda found: turns_plot(found.rows, found.verdicts.condition),
    "questions": lambda found: questions_plot(found.rows, found.verdicts.condition),
    "quality": lambda found: quality_plot(found.rows, found.verdicts.condition),
    "worth": lambda found: _worth(found),
}
"""Those over the number of agents."""


def slides(found: Result) -> dict[str, Slide]:
    """What can be shown: curves need two sizes, and cascades two rates of faults in a mesh."""
    sizes = {row.cell.agents for row in found.rows}
    rates = {row.cell.fault_rate for row in found.rows if row.cell.shape == "mesh" and row.cell.fault_rate > 0}
    shown = dict(BY_SIZE) if len(sizes) > 1 else {}
    if "overhead" in shown and not any(row.overhead for row in found.rows if row.cell.shape != "single"):
        del shown["overhead"]
    return shown | ({"cascades": _cascades} if len(rates) > 1 else {})


def _worth(found: Result) -> alt.LayerChart:
    compared = [each.against_single for each in found.verdicts.shapes if each.against_single is not None]
    return worth_plot(found.rows, found.verdicts.condition, compared)


def _cascades(found: Result) -> alt.LayerChart:
    return cascade_plot(found.rows, found.verdicts.condition.overlap, "mesh")
