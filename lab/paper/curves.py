"""The curves of a plot: one for each group, with its interval as a band, its points, and its name at its end."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from lab.paper.axis import Axis, Record
from lab.paper.palette import HEIGHT, INK, inline, spread

BAND, STROKE, POINT, NAME = 0.14, 3, 110, 17
"""How opaque a band is, and the sizes of a line, a point and a name."""


def layered(*charts: alt.Chart | alt.LayerChart) -> alt.LayerChart:
    """Charts over each other, the last one on top."""
    chart = alt.layer(*charts)
    assert isinstance(chart, alt.LayerChart)
    return chart


def placed(records: Sequence[Record], x: Axis, y: Axis) -> list[dict[str, Any]]:
    """The records that have a place on both axes; a band that would leave a logarithmic axis is left out."""
    least = {axis.field: 0.0 if axis.scale == "log" else -math.inf for axis in (x, y)}
    kept = [
        dict(record)
        for record in records
        if all(record[field] is not None and record[field] > bound for field, bound in least.items())
    ]
    for record in kept:
        low = record.get(f"{y.field}_low")
        if low is not None and low <= least[y.field]:
            record[f"{y.field}_low"] = None
    return kept


def bands(records: Sequence[Record], x: Axis, y: Axis, colour: alt.Color) -> alt.Chart:
    """The intervals."""
    held = [record for record in records if record.get(f"{y.field}_low") is not None]
    chart: alt.Chart = (
        alt.Chart(inline(held))
        .mark_area(opacity=BAND, clip=True)
        .encode(
            x=alt.X(**x.channel()),
            y=alt.Y(**y.channel(f"{y.field}_low")),
            y2=f"{y.field}_high:Q",
            color=colour,
            detail="group:N",
        )
    )
    return chart


def lines(
    records: Sequence[Record], x: Axis, y: Axis, colour: alt.Color, mark: alt.Shape | None, order: str
) -> alt.LayerChart:
    """The curves, from point to point by the column ``order``."""
    data = inline(records)
    places = {"x": alt.X(**x.channel()), "y": alt.Y(**y.channel()), "color": colour}
    line = alt.Chart(data).mark_line(strokeWidth=STROKE).encode(**places, order=f"{order}:Q", detail="group:N")
    told = [alt.Tooltip("group:N"), alt.Tooltip(f"{order}:Q"), alt.Tooltip(f"{y.field}:Q", format=".3~g")]
    points = alt.Chart(data).mark_point(size=POINT, filled=True, opacity=1).encode(**places, tooltip=told)
    return layered(line, points if mark is None else points.encode(shape=mark))


def names(records: Sequence[Record], x: Axis, y: Axis, colour: alt.Color) -> alt.Chart:
    """The name of each curve right of the plot, about as high as it ends, and no two on each other."""
    ends: dict[str, Record] = {}
    for record in sorted(records, key=lambda record: float(record[x.field])):
        ends[record["group"]] = record
    heights = spread([y.height(record[y.field]) for record in ends.values()])
    ended = [{**record, "from_top": HEIGHT - height} for record, height in zip(ends.values(), heights, strict=True)]
    chart: alt.Chart = (
        alt.Chart(inline(ended))
        .mark_text(align="left", dx=12, fontSize=NAME, fontWeight="bold")
        .encode(x=alt.value("width"), y=alt.Y("from_top:Q", scale=None), text="group:N", color=colour)
    )
    return chart


def note(text: str, x: Axis, y: Axis, at: tuple[float, float]) -> alt.Chart:
    """Words within the plot, left of a point and above it."""
    chart: alt.Chart = (
        alt.Chart(inline([{x.field: at[0], y.field: at[1], "text": text}]))
        .mark_text(align="right", baseline="bottom", dx=-10, dy=-4, fontSize=15, color=INK)
        .encode(x=alt.X(**x.channel()), y=alt.Y(**y.channel()), text="text:N")
    )
    return chart
