"""The course: one series over the last years, with its trend, as it is drawn."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from agents.files import FileStore
from agents.report.findings import Findings
from agents.report.period import Grain, Period, months_later

WINDOW: Mapping[Grain, int] = {"month": 60, "quarter": 120, "year": 360}
"""How many months a chart looks back, by the length of the periods."""


@dataclass(frozen=True, slots=True)
class Course:
    """A series by period."""

    series: str
    periods: tuple[date, ...]
    """Their first days, ascending, without a gap."""
    values: tuple[float, ...]
    """``nan`` where there is none."""
    trend: tuple[float, ...]
    """``nan`` where there is none."""

    @property
    def known(self) -> tuple[float, ...]:
        """The values that there are."""
        return tuple(value for value in self.values if not math.isnan(value))


def courses(findings: Findings, series: Sequence[str], files: FileStore) -> dict[str, Course]:
    """The courses of some series, up to the period, by series. Raises ``FileLost``."""
    period = Period.parse(findings.period)
    since = months_later(period.first, -WINDOW[period.grain])
    table = pl.scan_parquet(files.path(findings.course)).filter(
        pl.col("series").is_in(list(series)), pl.col("period").is_between(since, period.first)
    )
    found = table.sort("series", "period").select("series", "period", "value", "trend").collect()
    return {
        str(rows.item(0, "series")): _course(rows, period) for _, rows in found.group_by("series", maintain_order=True)
    }


def _course(rows: pl.DataFrame, period: Period) -> Course:
    """The rows of one series, with the periods that it lacks put in."""
    told = {when: (value, trend) for _, when, value, trend in rows.iter_rows()}
    place, days = Period(min(told), period.grain), []
    while place.first <= period.first:
        days.append(place.first)
        place = place.shifted(1)
    values, trend = zip(*(told.get(day, (None, None)) for day in days), strict=True)
    return Course(str(rows.item(0, "series")), tuple(days), _numbers(values), _numbers(trend))


def _numbers(values: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(math.nan if value is None or not math.isfinite(value) else value for value in values)
