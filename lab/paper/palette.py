"""The palette of the lab's plots: one colour and one mark for each shape, everywhere, and the dress of a slide.

The colours are from the set of M. Okabe and K. Ito (*Color Universal Design*, 2008), which people with any colour
vision tell apart; the marks tell them apart in grey.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from lab.statistics.sample import SHAPES
from state.trial import ShapeName

COLOURS: Mapping[ShapeName, str] = {
    "single": "#6B6B6B",
    "pipeline": "#CC79A7",
    "hub": "#0072B2",
    "supervisor": "#009E73",
    "mesh": "#D55E00",
}

MARKS: Mapping[ShapeName, str] = {
    "single": "square",
    "pipeline": "triangle-right",
    "hub": "circle",
    "supervisor": "diamond",
    "mesh": "triangle-up",
}

INK, QUIET, GRID = "#1F2328", "#59636E", "#E4E7EB"

WIDTH, HEIGHT = 800, 430
"""Of the plot within its axes, in pixels."""

GAP = 22.0
"""Between two names at the end of curves, in pixels."""


def by_shape(shown: Sequence[ShapeName], legend: alt.Legend | None = None) -> tuple[alt.Color, alt.Shape]:
    """The colours and the marks of some shapes, with a legend or, where their names stand at the curves, without."""
    ordered = [shape for shape in SHAPES if shape in shown]
    colours = alt.Scale(domain=ordered, range=[COLOURS[shape] for shape in ordered])
    marks = alt.Scale(domain=ordered, range=[MARKS[shape] for shape in ordered])
    return alt.Color("shape:N", scale=colours, legend=legend), alt.Shape("shape:N", scale=marks, legend=legend)


def dressed(chart: alt.LayerChart, title: str, subtitle: Sequence[str]) -> alt.LayerChart:
    """The chart with its title and what is said under it, in the sizes of a slide."""
    spoken = alt.TitleParams(
        title,
        subtitle=list(subtitle),
        anchor="start",
        frame="group",
        fontSize=24,
        subtitleFontSize=16,
        subtitlePadding=8,
        subtitleLineHeight=21,
        offset=18,
        color=INK,
        subtitleColor=QUIET,
        fontWeight="bold",
    )
    padding = {"left": 14, "top": 14, "right": 14, "bottom": 14}
    dress: alt.LayerChart = (
        chart.properties(title=spoken, width=WIDTH, height=HEIGHT, padding=padding, background="white")
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=16,
            titleFontSize=18,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=INK,
            gridColor=GRID,
            domainColor=QUIET,
            tickColor=QUIET,
            titlePadding=12,
            labelPadding=6,
        )
        .configure_legend(labelFontSize=16, titleFontSize=16, symbolSize=140, labelColor=INK, titleColor=INK)
    )
    return dress


def spread(heights: Sequence[float], gap: float = GAP, top: float = HEIGHT) -> list[float]:
    """The heights, in pixels, moved as little as keeps their order and a gap between any two, within 0 and the top.

    Neighbours that are too near form a block about their mean, and blocks that then meet join, until none do.
    """
    blocks: list[tuple[float, list[int]]] = []
    for place in sorted(range(len(heights)), key=lambda place: (heights[place], place)):
        mean, members = heights[place], [place]
        while blocks and _bottom(mean, members, gap, top) < _bottom(*blocks[-1], gap, top) + gap * len(blocks[-1][1]):
            before, earlier = blocks.pop()
            mean = (before * len(earlier) + mean * len(members)) / (len(earlier) + len(members))
            members = earlier + members
        blocks.append((mean, members))
    moved = list(heights)
    for mean, members in blocks:
        for order, place in enumerate(members):
            moved[place] = _bottom(mean, members, gap, top) + gap * order
    return moved


def _bottom(mean: float, members: Sequence[int], gap: float, top: float) -> float:
    """How high the lowest of a block stands that is about a mean, if it can."""
    tall = gap * (len(members) - 1)
    return max(min(mean - tall / 2, top - tall), 0.0)


def inline(records: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Records as the data of a chart."""
    return alt.InlineData(values=[dict(record) for record in records])
