"""The charts, as SVG: a course with its trend, and bars of changes.

No text of the data stands in them, only numbers, so that nothing in the data can be read as markup or as a formula;
names stand beside a chart. Equal input gives equal bytes.
"""

import io
import math
import threading
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from agents.report.paper.amount import MINUS, grouped
from agents.report.paper.course import Course
from agents.report.paper.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SVG = "<svg "
"""What a chart begins with."""

WIDE, HIGH = 187.0, 84.0
"""Points of a course's chart."""

BAR_ROW = 13.0
"""Points that one bar has of a chart's height."""

_BOTTOM, _TOP, _RIGHT = 13.0, 5.0, 5.0
_DIGIT = 4.3
"""Points that a digit of a label is wide."""

_LABEL = 6.8
"""The size of labels, points."""

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "roundhouse",
    "font.family": "DejaVu Sans",
    "path.simplify": False,
}
_NOTHING = {"Date": None, "Creator": None, "Format": None, "Type": None}
Side = Literal["left", "center", "right"]
_ONE_AT_A_TIME = threading.Lock()
"""The settings of matplotlib are those of the whole process."""


def course_chart(course: Course) -> str:
    """A course as a line, its trend dashed, and a dot at the last value."""
    ticks = _value_ticks(course)
    labels = _labels(ticks)
    left = max(map(len, labels)) * _DIGIT + 5
    figure = _figure(WIDE, HIGH)
    axes = _axes(figure, left, _BOTTOM, WIDE - left - _RIGHT, HIGH - _BOTTOM - _TOP)
    times = [_year(day) for day in course.periods]
    since, until = times[0], max(times[-1], times[0] + 0.05)
    axes.set_xlim(since, until)
    axes.set_ylim(*_bounds(course, ticks))
    for tick, label in zip(ticks, labels, strict=True):
        axes.plot([since, until], [tick, tick], color=LIGHT["rule"], lw=0.6, clip_on=False)
        _write(axes, label, (since, tick), (-3.5, -0.4), ("right", "center"))
    for time, label, side in _time_ticks(course.periods):
        _write(axes, label, (time, axes.get_ylim()[0]), (0, -4), (side, "top"))
    axes.plot(times, course.trend, color=LIGHT["trend"], lw=0.9, dashes=(3.2, 1.8), clip_on=False)
    axes.plot(times, course.values, color=LIGHT["course"], lw=1.2, solid_capstyle="round", clip_on=False)
    for time, value, width in _dots(times, course.values):
        # a marker would need a definition by id, which is not unique on a page with many charts
        dot = ([time, time + 1e-4], [value, value])
        axes.plot(*dot, color=LIGHT["course"], lw=width, solid_capstyle="round", clip_on=False)
    return _svg(figure)


def bar_chart(values: Sequence[float]) -> str:
    """Bars to both sides of zero, one row each, the first at the top; made to be stretched."""
    high = BAR_ROW * len(values)
    figure = _figure(WIDE, high)
    axes = _axes(figure, 2, 0, WIDE - 4, high)
    low, up = min(0.0, *values), max(0.0, *values)
    axes.set_xlim(low, up if up > low else low + 1)
    axes.set_ylim(len(values) - 0.5, -0.5)
    colours = [LIGHT["rise" if value >= 0 else "fall"] for value in values]
    axes.barh(range(len(values)), values, height=0.62, color=colours, clip_on=False)
    axes.plot([0, 0], [-0.5, len(values) - 0.5], color=LIGHT["axis"], lw=0.35, clip_on=False)
    return _svg(figure)


def _figure(wide: float, high: float) -> "Figure":
    from matplotlib.figure import Figure  # heavy: only those who draw wait for it

    return Figure(figsize=(wide / 72, high / 72), frameon=False)


def _axes(figure: "Figure", left: float, bottom: float, wide: float, high: float) -> "Axes":
    """Bare axes at a place in points; what makes ticks by itself takes most of the time."""
    whole_wide, whole_high = (side * 72 for side in figure.get_size_inches())
    axes = figure.add_axes((left / whole_wide, bottom / whole_high, wide / whole_wide, high / whole_high))
    axes.set_axis_off()
    return axes


def _svg(figure: "Figure") -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    written = io.StringIO()
    with _ONE_AT_A_TIME, matplotlib.rc_context(_SETTINGS):
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(written, metadata=_NOTHING)
    text = written.getvalue()
    return text[text.index(SVG) :]


def _write(
    axes: "Axes",
    label: str,
    place: tuple[float, float],
    shift: tuple[float, float],
    sides: tuple[Side, Literal["center", "top"]],
) -> None:
    """Put a number beside a place, so many points off."""
    axes.annotate(
        label,
        place,
        shift,
        textcoords="offset points",
        annotation_clip=False,
        color=LIGHT["quiet"],
        fontsize=_LABEL,
        family="DejaVu Sans",
        ha=sides[0],
        va=sides[1],
    )


def _value_ticks(course: Course) -> list[float]:
    """Two to four round values within what is drawn."""
    from matplotlib.ticker import MaxNLocator

    low, high = _extent(course)
    found = [float(tick) for tick in MaxNLocator(nbins=3, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)]
    # a tick is a sum, and may miss the value that it stands for by a hair
    hair = (high - low) * 1e-9
    inside = [tick for tick in found if low - hair <= tick <= high + hair]
    return inside if len(inside) > 1 else found


def _extent(course: Course) -> tuple[float, float]:
    drawn = [value for value in (*course.values, *course.trend) if not math.isnan(value)] or [0.0]
    low, high = min(drawn), max(drawn)
    # what hardly moves is not blown up to fill the chart
    least = max(abs(low), abs(high)) * 1e-3 or 1.0
    return (low, high) if high - low >= least else (low - least / 2, high + least / 2)


def _bounds(course: Course, ticks: Sequence[float]) -> tuple[float, float]:
    low, high = _extent(course)
    return min(low, ticks[0]), max(high, ticks[-1])


def _labels(ticks: Sequence[float]) -> list[str]:
    """The values in as few digits as tell them apart."""
    step, size = ticks[1] - ticks[0], max(map(abs, ticks))
    for scale, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if size >= scale and size < 1e15:
            return [f"{grouped(tick / scale, _decimals(step / scale))}{letter if tick else ''}" for tick in ticks]
    if size < 1e-4 or size >= 1e15:
        digits = max(1, math.ceil(math.log10(size / step)))
        return [f"{tick:.{digits}e}".replace("-", MINUS) if tick else "0" for tick in ticks]
    return [grouped(tick, _decimals(step)) if tick else "0" for tick in ticks]


def _decimals(step: float) -> int:
    """How many decimals tell multiples of a step apart."""
    return next((many for many in range(12) if math.isclose(round(step, many), step, rel_tol=1e-6)), 12)


def _time_ticks(periods: Sequence[date]) -> Iterator[tuple[float, str, Side]]:
    """Where years begin, at most four, or the first and last period where it is shorter."""
    first, last = periods[0], periods[-1]
    years = [year for year in range(first.year, last.year + 1) if _year(first) <= year <= _year(last)]
    if len(years) < 2:
        yield _year(first), f"{first:%Y-%m}", "left"
        if last != first:
            yield _year(last), f"{last:%Y-%m}", "right"
        return
    step = -(-len(years) // 4)
    for year in years[(len(years) - 1) % step :: step]:
        yield year, str(year), "center" if year < _year(last) else "right"


def _year(day: date) -> float:
    return day.year + (day.month - 1) / 12


def _dots(times: Sequence[float], values: Sequence[float]) -> Iterator[tuple[float, float, float]]:
    """The last value, and those that stand alone, which a line does not show."""
    padded = [math.nan, *values, math.nan]
    known = [place for place, value in enumerate(values) if not math.isnan(value)]
    for place in known:
        is_alone = math.isnan(padded[place]) and math.isnan(padded[place + 2])
        if place == known[-1]:
            yield times[place], values[place], 4.0
        elif is_alone:
            yield times[place], values[place], 1.6
