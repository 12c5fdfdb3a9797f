"""The standings: where every series stands, as bars, as small charts and as a table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.report.paper.amount import NONE, amount, level, number
from agents.report.paper.book import Standing
from agents.report.paper.chart import course_chart
from agents.report.paper.course import Course
from agents.report.paper.summary import title_of
from agents.report.period import Period
from agents.report.profile import ReportProfile

MOST_BARS = 24
MOST_PANELS = 20
MOST_LINES = 60
"""How many series are shown: those that moved most."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in a table."""

    text: str
    figure: str | None = None
    """The name of the figure that it is; None where there is none."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The change of one series."""

    title: str
    change: Cell
    value: float
    """Percent."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One series over the last years."""

    title: str
    level: Cell
    change: Cell
    chart: str
    """SVG."""
    words: str
    """The same for those who do not see it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series in the table."""

    title: str
    level: Cell
    change: Cell
    change_year: Cell
    trend: Cell
    low: Cell
    high: Cell
    """The bounds of the trend's interval."""


def bars(profile: ReportProfile, standings: Sequence[Standing]) -> tuple[Bar, ...]:
    """The changes of those that moved most, the largest rise first; none where there is nothing to set them against."""
    found = [(value, each) for each in standings if (value := each.value("change")) is not None][:MOST_BARS]
    found.sort(key=lambda pair: (-pair[0], title_of(profile, pair[1].series)))
    if len(found) < 2:
        return ()
    return tuple(Bar(title_of(profile, each.series), _cell(each, "change", profile), value) for value, each in found)


def panels(profile: ReportProfile, standings: Sequence[Standing], drawn: Mapping[str, Course]) -> tuple[Panel, ...]:
    """The courses, by title."""
    made = [_panel(profile, each, drawn[each.series]) for each in standings if each.series in drawn]
    return tuple(sorted(made, key=lambda panel: panel.title.casefold()))


def lines(profile: ReportProfile, standings: Sequence[Standing]) -> tuple[Line, ...]:
    """The table of those that moved most, by title."""
    made = [_line(profile, each) for each in standings[:MOST_LINES]]
    return tuple(sorted(made, key=lambda line: line.title.casefold()))


def _panel(profile: ReportProfile, standing: Standing, course: Course) -> Panel:
    return Panel(
        title=title_of(profile, standing.series),
        level=_cell(standing, "level", profile),
        change=_cell(standing, "change", profile),
        chart=course_chart(course),
        words=_described(course, profile),
    )


def _described(course: Course, profile: ReportProfile) -> str:
    first, last = (Period.of(day, profile.grain).spoken for day in (course.periods[0], course.periods[-1]))
    if not course.known:
        return f"No value from {first} to {last}."
    low, high = (level(value, profile.decimals) for value in (min(course.known), max(course.known)))
    turn = _way(course.trend)
    return f"From {first} to {last} between {low} and {high}{turn}."


def _way(trend: Sequence[float]) -> str:
    known = [value for value in trend if not math.isnan(value)]
    if len(known) < 2 or known[-1] == known[0]:
        return ""
    return f"; the smoothed line ends {'above' if known[-1] > known[0] else 'below'} where it begins"


def _line(profile: ReportProfile, standing: Standing) -> Line:
    kinds = ("level", "change", "change_year", "trend", "trend_low", "trend_high")
    return Line(title_of(profile, standing.series), *(_bare(standing, kind, profile) for kind in kinds))


def _cell(standing: Standing, kind: str, profile: ReportProfile) -> Cell:
    """With its unit."""
    figure = standing.figures.get(kind)
    return Cell(NONE) if figure is None else Cell(amount(figure, profile.decimals), figure.name)


def _bare(standing: Standing, kind: str, profile: ReportProfile) -> Cell:
    """Without its unit, which the table's head says."""
    figure = standing.figures.get(kind)
    return Cell(NONE) if figure is None else Cell(number(figure, profile.decimals), figure.name)


def note(shown: int, comparable: int, whole: int) -> str:
    """Which of the series are shown, where it is not all of them."""
    if shown == whole:
        return ""
    return f"The {shown} series that {'moved most' if shown < comparable else 'can be compared'}, of {whole}."
