"""The plots of the lab, each one slide, from the rows of a summary."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import altair as alt
import numpy as np

from lab.paper.axis import Axis, Record
from lab.paper.curves import bands, layered, lines, names, note, placed
from lab.paper.palette import INK, by_shape, dressed, inline
from lab.statistics.fit import REFERENCE_EXPONENT, REFERENCE_FACTOR, reference_turns
from lab.statistics.row import Row
from lab.statistics.sample import SHAPES, Condition, order
from lab.statistics.wording import SPOKEN, listed, percent
from lab.statistics.worth import Worth
from state.trial import ShapeName

BANDS = "Bands: 95 % interval over the cases"

SIZE_RAMP = alt.SchemeParams(name="viridis", extent=[0.0, 0.82])
"""The colours of teams by size, from dark to light; told apart by any colour vision, and in grey."""

SIDEWAYS = 5.0
"""By how many pixels the curves of two shapes are moved apart, so that equal ones are both seen."""

ENLARGED = 1.5
"""The pixels of an image to one of the plot, either way."""

LEAST_SHARE = 0.1
"""How far a plot of rare events goes at the least."""


def turns_plot(rows: Sequence[Row], condition: Condition) -> alt.LayerChart:
    """Turns a case against the number of agents, with the law of arXiv 2512.08296 dotted."""
    records, x = _over_agents(rows, condition)
    sizes = np.geomspace(*_ends(records), 41).tolist()
    law = [{"at": size, "turns": reference_turns(size), "group": "reference"} for size in sizes]
    y = Axis("turns", "Turns a case", "log").over([*records, *law])
    reference = (
        alt.Chart(inline(law))
        .mark_line(strokeDash=[1, 7], strokeWidth=3, strokeCap="round", color=INK)
        .encode(x=alt.X(**x.channel()), y=alt.Y(**y.channel()))
    )
    words = note("arXiv 2512.08296", x, y, (sizes[24], reference_turns(sizes[24])))
    said = [f"Dotted: {REFERENCE_FACTOR} (n + ½)^{REFERENCE_EXPONENT}, arXiv 2512.08296. {BANDS}.", _under(condition)]
    return dressed(_curves(records, x, y, reference, words), "Turns a case against the number of agents", said)


def overhead_plot(rows: Sequence[Row], condition: Condition) -> alt.LayerChart:
    """Overhead O against the number of agents, by shape."""
    records, x = _over_agents([row for row in rows if row.cell.shape != "single"], condition)
    y = Axis("overhead", "Turns more than the single agent’s", format="~%").over(records)
    said = [f"O = (T − T of the single agent) / T of the single agent. {BANDS}.", _under(condition)]
    return dressed(_curves(records, x, y), "Coordination overhead against the number of agents", said)


def questions_plot(rows: Sequence[Row], condition: Condition) -> alt.LayerChart:
    """Questions to a human a case against the number of agents, by shape."""
    records, x = _over_agents(rows, condition)
    y = Axis("questions", "Questions a case").over(records)
    said = [f"{BANDS}.", _under(condition)]
    return dressed(_curves(records, x, y), "Questions to a human against the number of agents", said)


def worth_plot(rows: Sequence[Row], condition: Condition, compared: Sequence[Worth]) -> alt.LayerChart:
    """What a right case costs against the number of agents, with a ring where a shape stops being worth it."""
    records, x = _over_agents(rows, condition)
    y = Axis("spent_per_right", "Spent for each right case", "log").over(records)
    stops = {(each.shape, each.stops_at) for each in compared}
    ringed = [record for record in placed(records, x, y) if (record["shape"], record["agents"]) in stops]
    rings = (
        alt.Chart(inline(ringed))
        .mark_point(shape="circle", size=560, strokeWidth=2.5, filled=False, color=INK)
        .encode(x=alt.X(**x.channel()), y=alt.Y(**y.channel()))
    )
    against = listed([SPOKEN[shape] for shape in SHAPES if shape in {each.against for each in compared}])
    said = [f"Ring: from here on dearer than {against}. {BANDS}." if ringed else f"{BANDS}.", _under(condition)]
    return dressed(_curves(records, x, y, rings), "Where a shape stops being worth it", said)


def quality_plot(rows: Sequence[Row], condition: Condition) -> alt.LayerChart:
    """The share of right cases against what a case costs: one path a shape, from its smallest team to its largest."""
    records = _records([row for row in rows if row.cell.agents > 1] or rows, condition)
    x = Axis("spent", "Spent on a case: model calls and human minutes", "log").over(records)
    worst = min([record["success"] for record in records], default=0.0)
    y = Axis("success", "Cases with all decisions right", format=".0%", domain=(max(worst - 0.08, 0.0), 1.04))
    legend = alt.Legend(title=None, orient="right", symbolOpacity=1) if records else None
    colour, mark = by_shape(_shapes(records), legend)
    points = placed(records, x, y)
    smallest, largest = _ends(points)
    sizes = (
        alt.Chart(inline([record for record in points if record["agents"] == largest]))
        .mark_text(align="left", dx=12, fontSize=15, fontWeight="bold")
        .encode(x=alt.X(**x.channel()), y=alt.Y(**y.channel()), text="agents:Q", color=colour)
    )
    path = f"A path goes from {smallest:.0f} agents to {largest:.0f}, where the figure stands."
    said = [f"Better is up and left. {path}", _under(condition)]
    return dressed(layered(lines(points, x, y, colour, mark, "agents"), sizes), "Quality against cost", said)


def cascade_plot(rows: Sequence[Row], overlap: float, shape: ShapeName) -> alt.LayerChart:
    """The share of runs of a shape with an override cascade against the fault rate, by number of agents."""
    chosen = [row for row in rows if row.cell.shape == shape and row.cell.overlap == overlap and row.cell.agents > 1]
    records = [{**row.flat(), "group": f"{row.cell.agents} agents"} for row in chosen if row.cell.fault_rate > 0]
    rates = tuple(sorted({record["fault_rate"] for record in records}))
    x = Axis("fault_rate", "Turns with a fault", "log", rates, "~%").over(records)
    highest = max([LEAST_SHARE, *(record["cascade_high"] for record in records)])
    y = Axis("cascade", "Runs with a cascade", format="~%", domain=(0.0, 1.04 * highest))
    sizes = sorted({record["agents"] for record in records})
    colour = alt.Color("agents:O", scale=alt.Scale(domain=sizes, scheme=SIZE_RAMP), legend=None)
    points = placed(records, x, y)
    drawn = lines(points, x, y, colour, None, "fault_rate")
    said = [
        f"A cascade: an override that causes another. {BANDS}.",
        f"{shape.capitalize()}, overlap {percent(overlap)}",
    ]
    chart = layered(bands(points, x, y, colour), drawn, names(points, x, y, colour))
    return dressed(chart, "Override cascades against the fault rate", said)


Format = Literal["png", "svg"]

BOTH: tuple[Format, ...] = ("png", "svg")


def saved(chart: alt.LayerChart, folder: Path, name: str, formats: Sequence[Format] = BOTH) -> list[Path]:
    """Write the chart, such as ``name.png``, into a folder that is there; nothing is fetched for it."""
    files = [folder / f"{name}.{each}" for each in formats]
    for file in files:
        chart.save(file, scale_factor=ENLARGED if file.suffix == ".png" else 1)
    return files


def _records(rows: Sequence[Row], condition: Condition) -> list[dict[str, Any]]:
    """The rows under a condition, by shape and number of agents."""
    under = [row for row in rows if Condition(row.cell.overlap, row.cell.fault_rate) == condition]
    return [{**row.flat(), "group": row.cell.shape} for row in sorted(under, key=lambda row: order(row.cell))]


def _over_agents(rows: Sequence[Row], condition: Condition) -> tuple[list[dict[str, Any]], Axis]:
    """The rows under a condition, the shapes a little apart, and the axis of the number of agents."""
    records = _records(rows, condition)
    for record in records:
        record["at"] = float(record["agents"])
    ticks = tuple(sorted({record["at"] for record in records}))
    x = Axis("at", "Agents", "log", ticks, "d").over(records)
    there = _shapes(records)
    for record in records:
        aside = there.index(record["shape"]) - (len(there) - 1) / 2
        record["at"] = x.aside(record["at"], SIDEWAYS * aside)
    return records, x


def _shapes(records: Sequence[Record]) -> list[ShapeName]:
    there = {record["shape"] for record in records}
    return [shape for shape in SHAPES if shape in there]


def _ends(records: Sequence[Record]) -> tuple[float, float]:
    sizes = [float(record["agents"]) for record in records] or [1.0]
    return min(sizes), max(sizes)


def _under(condition: Condition) -> str:
    return f"Faults in {percent(condition.fault_rate)} of the turns, overlap {percent(condition.overlap)}"


def _curves(records: Sequence[Record], x: Axis, y: Axis, *more: alt.Chart) -> alt.LayerChart:
    """Curves over the number of agents, one a shape; what is more lies over them."""
    points = placed(records, x, y)
    colour, mark = by_shape(_shapes(records))
    drawn = lines(points, x, y, colour, mark, "agents")
    return layered(bands(points, x, y, colour), drawn, *more, names(points, x, y, colour))
