"""The plot of risk against human share: what a human's time buys, by how the cases are chosen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt

from graphs.attention.curve import SHARES, Curve, Line, Method
from lab.paper.axis import Axis
from lab.paper.curves import layered, lines, names
from lab.paper.palette import INK, QUIET, dressed, inline
from lab.paper.plots import ENLARGED
from lab.statistics.wording import percent
from state.errors import UsageError

COLOURS: Mapping[Method, str] = {
    "confidence": "#0072B2",
    "disagreement": "#D55E00",
    "both": "#009E73",
    "random": QUIET,
    "oracle": INK,
}

SPOKEN: Mapping[Method, str] = {
    "confidence": "confidence",
    "disagreement": "disagreement",
    "both": "both",
    "random": "at random",
    "oracle": "oracle",
}
"""How cases are chosen, as it stands at the curves."""

MARKS: Mapping[Method, str] = {
    "confidence": "circle",
    "disagreement": "triangle-up",
    "both": "diamond",
    "random": "square",
    "oracle": "cross",
}

TICKS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)

SUFFIXES = (".svg", ".png")

PADDING = {"left": 14, "top": 14, "right": 46, "bottom": 14}
"""Right of the names, which are wider where a drawing is shown in another font."""

COSTLIEST = (2, 5)
"""The dashes of the curve of the costliest kind of error alone."""


def write_risk_plot(curve: Curve, path: Path) -> None:
    """Draw the curve into a file, as an image or a drawing by its suffix; nothing is fetched for it.

    Raises ``UsageError`` for another suffix, and where the file cannot be written.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path}: a curve is drawn as {' or '.join(SUFFIXES)}. Give a file with such a name.")
    try:
        risk_plot(curve).save(path, scale_factor=ENLARGED if path.suffix == ".png" else 1)
    except OSError as refused:
        raise UsageError(f"{path}: cannot be written: {refused.strerror or refused}.") from refused


def risk_plot(curve: Curve) -> alt.LayerChart:
    """The share of wrong cases among those that no human sees against the share that one does."""
    records = [record for line in curve.lines for record in _records(line)]
    x = Axis("human", "Cases that a human sees", ticks=TICKS, format=".0%", domain=(0.0, SHARES[-1]))
    y = Axis("error", "Wrong among those that no human sees", format=".0%").over(records)
    shown = [line.method for line in curve.lines]
    spoken = [SPOKEN[each] for each in shown]
    colours = alt.Scale(domain=spoken, range=[COLOURS[each] for each in shown])
    marks = alt.Scale(domain=spoken, range=[MARKS[each] for each in shown])
    colour = alt.Color("group:N", scale=colours, legend=None)
    mark = alt.Shape("group:N", scale=marks, legend=None)
    drawn: list[alt.Chart | alt.LayerChart] = [
        lines(records, x, y, colour, mark, "human"),
        names(records, x, y, colour),
    ]
    asking = f"; {percent(curve.asking)} ask for another reason anyway, and come first" if curve.asking else ""
    said = [f"{curve.cases:,} labelled cases{asking}"]
    sure = curve.line("confidence")
    if sure is not None and len(curve.kinds) > 1:
        drawn.append(_costliest(sure, x, y))
        said.append(f"Dotted: {curve.kinds[0]} alone, where cases are chosen by confidence")
    chart: alt.LayerChart = dressed(layered(*drawn), "What a human’s time buys", said).properties(padding=PADDING)
    return chart


def _records(line: Line) -> list[dict[str, Any]]:
    return [{"group": SPOKEN[line.method], "human": point.human, "error": point.error} for point in line.points]


def _costliest(line: Line, x: Axis, y: Axis) -> alt.Chart:
    """The first kind of error alone."""
    records = [{"human": point.human, "error": point.by_kind[0]} for point in line.points]
    chart: alt.Chart = (
        alt.Chart(inline(records))
        .mark_line(strokeDash=list(COSTLIEST), strokeWidth=3, strokeCap="round", color=COLOURS[line.method])
        .encode(x=alt.X(**x.channel()), y=alt.Y(**y.channel()))
    )
    return chart
