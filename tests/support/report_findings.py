"""A dataset and findings as the specialists before the report would leave them, made from a seed."""

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from agents.files import FileStore
from agents.report.dataset import COLUMNS, Dataset, Pull
from agents.report.findings import COURSE, FIGURES, Figure, Findings, Issue, Rows, Turning, Unit
from agents.report.period import Period
from agents.report.profile import ReportProfile
from agents.report.request import ReportRequest
from agents.specialist import Handoff

PULLED = datetime(2026, 4, 2, 7, 5, tzinfo=UTC)

Values = Mapping[str, Sequence[float | None]]
"""Each series by period, the last of which is the one that is reported."""

KINDS: Mapping[str, Unit] = {
    "level": "value",
    "before": "value",
    "year_before": "value",
    "change": "percent",
    "change_year": "percent",
    "trend": "percent a year",
    "trend_low": "percent a year",
    "trend_high": "percent a year",
}


class Made(NamedTuple):
    """What a report is made of."""

    handoff: Handoff[ReportRequest]
    dataset: Dataset
    findings: Findings


def profile_of(titles: Mapping[str, str] | None = None, **changes: Any) -> ReportProfile:
    """A profile with two sources."""
    source = {"kind": "csv", "path": "bank.csv", "frequency": "month", "date": "day", "series": "name", "value": "rate"}
    given = {
        "path": Path("rates.toml"),
        "name": "rates",
        "subject": "Rates of the district",
        "audience": "treasury",
        "unit": "per mark",
        "decimals": 3,
        "sources": {"bank": source, "mint": source},
        "titles": titles or {},
    }
    return ReportProfile.model_validate(given | changes)


def values_of(seed: int, series: int = 20, periods: int = 120) -> dict[str, list[float | None]]:
    """Plausible values: each series wanders about a level of its own."""
    chance = random.Random(seed)
    made: dict[str, list[float | None]] = {}
    for place in range(series):
        level = 10 ** chance.uniform(-1, 3)
        walk: list[float | None] = []
        for _ in range(periods):
            level *= math.exp(chance.gauss(0, 0.015))
            walk.append(level)
        made[f"S{place:03}"] = walk
    return made


def made(
    files: FileStore,
    values: Values,
    profile: ReportProfile | None = None,
    *,
    period: str = "2026-03",
    issues: Sequence[Issue] = (),
    **changes: Any,
) -> Made:
    """The dataset and findings of some values; ``changes`` are those of the dataset."""
    profile = profile or profile_of()
    dataset = _dataset(files, values, Period.parse(period)).model_copy(update=changes)
    findings = _findings(files, values, profile, Period.parse(period), issues)
    request = profile.case_type().model_validate({"id": "r1", "period": period})
    return Made(Handoff(request, {Dataset: dataset, Findings: findings}), dataset, findings)


def _days(values: Sequence[float | None], period: Period) -> Iterator[tuple[date, float | None]]:
    for place, value in enumerate(values):
        yield period.shifted(place - len(values) + 1).first, value


def _dataset(files: FileStore, values: Values, period: Period) -> Dataset:
    rows = [
        (series, "bank", day, value, row, 0, False, None)
        for series, walk in values.items()
        for row, (day, value) in enumerate(_days(walk, period), 1)
        if value is not None
    ]
    table = _kept(files, pl.DataFrame(rows, schema=COLUMNS, orient="row"), "dataset.parquet")
    pulls = tuple(
        Pull(
            source=name,
            asked="everything",
            at=PULLED + timedelta(minutes=place),
            rows=len(rows),
            table=table,
            location=f"the file '{name}.csv'",
            publisher=f"The {name} of the district",
            terms="Free to use where the source is named.",
        )
        for place, name in enumerate(("bank", "mint"))
    )
    days = [row[2] for row in rows]
    return Dataset(
        table=table,
        rows=len(rows),
        series=len(values),
        first=min(days, default=None),
        last=max(days, default=None),
        pulls=pulls,
    )


def _findings(
    files: FileStore, values: Values, profile: ReportProfile, period: Period, issues: Sequence[Issue]
) -> Findings:
    figures = {
        series: list(_figures(series, profile.title_of(series), walk, period)) for series, walk in values.items()
    }
    rows = [
        (figure.name, series, kind, figure.value, figure.unit, figure.about, part.first, part.last, "bank", part.rows)
        for series, found in figures.items()
        for kind, figure in found
        for part in figure.rests_on
    ]
    course = [
        (series, day, value, None if value is None or len(walk) < 24 else value * 1.01, "bank", 1)
        for series, walk in values.items()
        for day, value in _days(walk, period)
    ]
    changes = {figure.name: figure for found in figures.values() for kind, figure in found if kind == "change"}
    return Findings(
        period=str(period),
        series=sum(walk[-1] is not None for walk in values.values()),
        issues=tuple(issues),
        issue_counts={issue.check: sum(each.check == issue.check for each in issues) for issue in issues},
        headline=(*_whole(list(changes.values())), *list(changes.values())[:3]),
        turnings=tuple(
            Turning(series=series, period=str(period.shifted(-2)), kind="peak") for series in list(values)[:2]
        ),
        figures=_kept(files, pl.DataFrame(rows, schema=FIGURES, orient="row"), "figures.parquet"),
        course=_kept(files, pl.DataFrame(course, schema=COURSE, orient="row"), "course.parquet"),
    )


def _figures(series: str, title: str, walk: Sequence[float | None], period: Period) -> Iterator[tuple[str, Figure]]:
    level, before, year_before = (walk[-back] if len(walk) >= back else None for back in (1, 2, 13))
    found = {
        "level": level,
        "before": before,
        "year_before": year_before,
        "change": _change(level, before),
        "change_year": _change(level, year_before),
    }
    if level is not None and len(walk) >= 24:
        found |= {"trend": 1.5, "trend_low": -0.5, "trend_high": 3.5}
    rows = Rows(series=series, first=period.first, last=period.last, sources=("bank",), rows=1)
    stem = re.sub(r"\W", "_", series)
    for kind, value in found.items():
        if value is not None:
            about = f"{title}, {kind}"
            yield kind, Figure(name=f"{stem}_{kind}", value=value, unit=KINDS[kind], about=about, rests_on=(rows,))


def _change(now: float | None, then: float | None) -> float | None:
    return None if now is None or not then else 100 * (now / then - 1)


def _whole(changes: Sequence[Figure]) -> Iterator[Figure]:
    rests_on = (Rows(series=None, first=None, last=None, sources=("bank",), rows=2 * len(changes)),)
    for name, about, count in (
        ("series_up", "series that rose", sum(each.value > 0 for each in changes)),
        ("series_down", "series that fell", sum(each.value < 0 for each in changes)),
    ):
        yield Figure(name=name, value=count, unit="count", about=about, rests_on=rests_on)


def _kept(files: FileStore, frame: pl.DataFrame, name: str) -> Any:
    draft = files.draft()
    frame.write_parquet(draft)
    return files.adopt(draft, name)
