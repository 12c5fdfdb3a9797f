"""The figures: every number of a report, with the rows that it rests on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import polars as pl

from agents.report.course import Course
from agents.report.findings import COURSE, FIGURES, Figure, Rows, Turning, Unit
from agents.report.period import Grain, Period
from agents.report.rhythm import steps
from agents.report.track import as_date
from agents.report.trend import Trend

MOVERS = 3
"""How many of the largest rises, and falls, are in the headline."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one series."""

    course: Course
    trend: Trend | None
    figures: tuple[tuple[str, Figure], ...]
    """By kind."""

    def figure(self, kind: str) -> Figure | None:
        """One of its figures."""
        return next((figure for each, figure in self.figures if each == kind), None)


def told(
    course: Course,
    trend: Trend | None,
    period: Period,
    name: str,
    title: str,
    incomparable: frozenset[Period] = frozenset(),
) -> Told:
    """What there is to tell of a series in a period; ``name`` begins the names of its figures.

    No change is told from a period that is ``incomparable``.
    """
    made = tuple(_figures(course, trend, period, name, title, incomparable))
    return Told(course, trend, made)


def plain_names(series: Iterable[str]) -> dict[str, str]:
    """A name of letters, digits and underscores for each series, each once."""
    names: dict[str, str] = {}
    for each in series:
        plain = re.sub(r"\W", "_", each) or "_"
        number = 1
        while plain in names.values():
            number += 1
            plain = f"{re.sub(r'[^0-9A-Za-z_]', '_', each) or '_'}_{number}"
        names[each] = plain
    return names


def _figures(
    course: Course, trend: Trend | None, period: Period, name: str, title: str, incomparable: frozenset[Period]
) -> Iterator[tuple[str, Figure]]:
    here = _place(course, period)
    places = {
        "level": here,
        "before": _place(course, period.shifted(-1)),
        "year_before": _place(course, period.year_before),
    }
    when = {"level": period, "before": period.shifted(-1), "year_before": period.year_before}

    def figure(kind: str, value: float, unit: Unit, about: str, *at: int) -> tuple[str, Figure]:
        rests_on = tuple(_rows(course, place) for place in at)
        return kind, Figure(name=f"{name}_{kind}", value=value, unit=unit, about=about, rests_on=rests_on)

    for kind, place in places.items():
        if place is not None:
            yield figure(kind, float(course.values[place]), "value", f"{title}, {when[kind].words}", place)
    for kind, earlier in (("change", "before"), ("change_year", "year_before")):
        then = places[earlier]
        if here is not None and then is not None and course.values[then] != 0 and when[earlier] not in incomparable:
            change = 100 * float(course.values[here] / course.values[then] - 1)
            about = f"{title}, {when[earlier].spoken} to {period.spoken}"
            yield figure(kind, change, "percent", about, then, here)
    if trend is None or here is None or here != course.numbers.size - 1:
        return
    stretch = _stretch(course, trend.start)
    for kind, value, unit, about in _of_trend(trend, title, period):
        yield kind, Figure(name=f"{name}_{kind}", value=value, unit=unit, about=about, rests_on=(stretch,))


def _of_trend(trend: Trend, title: str, period: Period) -> Iterator[tuple[str, float, Unit, str]]:
    yield "trend", trend.slope, "percent a year", f"{title}, trend of the last two years"
    yield "trend_low", trend.low, "percent a year", f"{title}, lower bound of the trend (95 %)"
    yield "trend_high", trend.high, "percent a year", f"{title}, upper bound of the trend (95 %)"
    if trend.season is not None and trend.strength is not None:
        yield "season", trend.season, "percent", f"{title}, what the time of the year adds in {period.spoken}"
        yield "season_strength", trend.strength, "percent", f"{title}, share of the moves that is the season"


def _place(course: Course, period: Period) -> int | None:
    return course.at(int(steps(np.array([period.first], "datetime64[D]"), period.grain)[0]))


def _rows(course: Course, place: int) -> Rows:
    return Rows(
        series=course.series,
        first=as_date(course.firsts[place]),
        last=as_date(course.lasts[place]),
        sources=tuple(course.sources[place].split(", ")),
        rows=int(course.counts[place]),
    )


def _stretch(course: Course, start: int) -> Rows:
    sources = dict.fromkeys(name for each in course.sources[start:] for name in each.split(", "))
    return Rows(
        series=course.series,
        first=as_date(course.firsts[start]),
        last=as_date(course.lasts[-1]),
        sources=tuple(sources),
        rows=int(course.counts[start:].sum()),
    )


def headline(all_told: Sequence[Told]) -> tuple[Figure, ...]:
    """The figures that matter most: the largest movers with their level and year, and the whole."""
    moved = sorted(
        (each for each in all_told if each.figure("change")), key=lambda each: _value(each, "change"), reverse=True
    )
    rises = [each for each in moved if _value(each, "change") > 0]
    falls = [each for each in reversed(moved) if _value(each, "change") < 0]
    found = [
        figure
        for each in [*rises[:MOVERS], *falls[:MOVERS]]
        for kind in ("change", "level", "change_year", "trend")
        if (figure := each.figure(kind))
    ]
    return (*_whole(moved, len(rises), len(falls)), *found)


def _value(told: Told, kind: str) -> float:
    figure = told.figure(kind)
    return figure.value if figure else 0.0


def _whole(moved: Sequence[Told], rises: int, falls: int) -> Iterator[Figure]:
    if not moved:
        return
    parts = [rows for each in moved if (figure := each.figure("change")) for rows in figure.rests_on]
    days = [day for rows in parts for day in (rows.first, rows.last) if day is not None]
    rests_on = Rows(
        series=None,
        first=min(days),
        last=max(days),
        sources=tuple(dict.fromkeys(name for rows in parts for name in rows.sources)),
        rows=sum(rows.rows for rows in parts),
    )
    for name, value, about in (
        ("series_compared", len(moved), "series that are compared with the period before"),
        ("series_up", rises, "series that rose"),
        ("series_down", falls, "series that fell"),
    ):
        yield Figure(name=name, value=value, unit="count", about=about, rests_on=(rests_on,))
    middle = median(_value(each, "change") for each in moved)
    yield Figure(name="median_change", value=middle, unit="percent", about="median change", rests_on=(rests_on,))


def turnings(all_told: Sequence[Told], grain: Grain) -> tuple[Turning, ...]:
    """The trends that turned lately, newest first."""
    found = [
        Turning(series=each.course.series, period=str(Period.of(as_date(each.course.periods[place]), grain)), kind=kind)
        for each in all_told
        if each.trend
        for place, kind in each.trend.turns(grain)
    ]
    return tuple(sorted(found, key=lambda turning: turning.period, reverse=True))


def figures_frame(all_told: Iterable[Told]) -> pl.DataFrame:
    """Every figure, with ``FIGURES``."""
    rows = [
        (*_columns(kind, figure), part.series, part.first, part.last, ", ".join(part.sources), part.rows)
        for each in all_told
        for kind, figure in each.figures
        for part in figure.rests_on
    ]
    order = ("name", "kind", "value", "unit", "about", "series", "first", "last", "sources", "rows")
    return pl.DataFrame(rows, schema={name: FIGURES[name] for name in order}, orient="row").select(*FIGURES)


def _columns(kind: str, figure: Figure) -> tuple[str, str, float, str, str]:
    return figure.name, kind, figure.value, figure.unit, figure.about


def course_frame(all_told: Iterable[Told]) -> pl.DataFrame:
    """Every course, with ``COURSE``."""
    parts = [
        pl.DataFrame(
            {
                "series": pl.Series([course.series] * course.numbers.size, dtype=pl.String),
                "period": course.periods,
                "value": course.values,
                "trend": _trend_values(each),
                "source": list(course.sources),
                "rows": course.counts,
            }
        ).cast(COURSE)  # type: ignore[arg-type]  # a mapping of names to types
        for each in all_told
        if (course := each.course)
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=COURSE)


def _trend_values(told: Told) -> pl.Series:
    if told.trend is None:
        return pl.Series([None] * told.course.numbers.size, dtype=pl.Float64)
    return pl.Series([None] * told.trend.start + told.trend.values.tolist(), dtype=pl.Float64)
