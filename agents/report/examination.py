"""The examination: every check on every series of a dataset, with what the next steps need of them.

Series are read some at a time, so that a large table is never in memory as a whole. What one check finds is mended in
memory before the next one looks, so that a defect is told once, as what it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from agents.report.checks.cells import duplicate, unreadable
from agents.report.checks.span import ended, missing, partial
from agents.report.checks.trouble import Context, Trouble, done_repairs, trouble
from agents.report.checks.unit import direction_and_scale, redenominated
from agents.report.checks.value import disagree, outlier
from agents.report.course import Course, course_of
from agents.report.dataset import Dataset
from agents.report.findings import Issue
from agents.report.period import Period
from agents.report.portions import portions
from agents.report.profile import ReportProfile
from agents.report.rhythm import Steps, holidays, steps
from agents.report.track import Track, tracks_of


@dataclass(slots=True)
class Examination:
    """What was found in a dataset."""

    troubles: list[Trouble] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    """One of each series that has a value, by name."""


def examine(
    dataset: Dataset, table: Path, sources: tuple[str, ...], profile: ReportProfile, period: Period
) -> Examination:
    """Check a dataset for a period; ``sources`` are those of the request in its order."""
    context = _context(dataset, table, sources, profile, period)
    found = Examination(list(_absent(dataset, period)))
    found.troubles += partial(_last_days(table, sources), context)
    for rows in _by_series(table):
        tracks = tracks_of(rows, context.sources)
        found.troubles += _checked(rows, tracks, context)
        course = course_of(tracks, period.grain, profile.aggregate, profile.checks.late_days)
        if course is not None:
            found.courses.append(course)
    return found


def _checked(rows: pl.DataFrame, tracks: Mapping[str, Track], context: Context) -> Iterator[Trouble]:
    changed, in_new_units = redenominated(tracks)
    misquoted, in_same_units = direction_and_scale(in_new_units, context)
    yield from [*changed, *misquoted]
    yield from unreadable(rows, tracks, context)
    yield from duplicate(rows, tracks, "different" if changed or misquoted else "alike")
    yield from missing(tracks, context)
    yield from ended(tracks, context)
    standing, clean = outlier(in_same_units, context)
    yield from standing
    yield from disagree(clean, context)


def _context(
    dataset: Dataset, table: Path, sources: tuple[str, ...], profile: ReportProfile, period: Period
) -> Context:
    frequencies = {name: profile.sources[name].frequency for name in sources}
    seen = {name: _seen(table, name) for name in sources}
    at = {name: steps(days, frequencies[name]) for name, days in seen.items()}
    free = {name: holidays(numbers) for name, numbers in at.items() if frequencies[name] == "business-day"}
    return Context(
        checks=profile.checks,
        aggregate=profile.aggregate,
        period=period,
        sources=frequencies,
        reference=tuple(name for name in profile.sources if name in sources),
        holidays={name: _nobodys(name, numbers, at, frequencies) for name, numbers in free.items()},
        dropped=tuple(repair for repair in done_repairs(dataset) if repair.kind == "drop"),
        last_steps={name: int(numbers.max()) for name, numbers in at.items() if numbers.size},
    )


def _nobodys(source: str, free: Steps, seen: Mapping[str, Steps], frequencies: Mapping[str, str]) -> Steps:
    """The steps that no source with the same frequency has."""
    others = [numbers for name, numbers in seen.items() if name != source and frequencies[name] == frequencies[source]]
    return np.setdiff1d(free, np.concatenate(others)) if others else free


def _seen(table: Path, source: str) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    """The days on which a source has anything."""
    days = pl.scan_parquet(table).filter(pl.col("source") == source).select(pl.col("date").unique())
    return days.collect(engine="streaming")["date"].drop_nulls().to_numpy().astype("datetime64[D]")


def _last_days(table: Path, sources: tuple[str, ...]) -> dict[str, date | None]:
    """The last day on which each source has a value, in the order of the request."""
    readable = pl.scan_parquet(table).filter(pl.col("value").is_not_null())
    found = readable.group_by("source").agg(pl.col("date").max()).collect(engine="streaming")
    last = dict(found.select("source", "date").iter_rows())
    return {name: last.get(name) for name in sources}


def _absent(dataset: Dataset, period: Period) -> Iterator[Trouble]:
    """The sources that could not be pulled."""
    for absence in dataset.absent:
        if absence.series is None:
            issue = Issue(
                check="source",
                source=absence.source,
                first=period.first,
                last=period.last,
                count=1,
                measure=1,
                words=absence.why,
            )
            yield trouble(issue)


def _by_series(table: Path) -> Iterator[pl.DataFrame]:
    """The rows of each series, a number of series at a time."""
    whole = pl.scan_parquet(table)
    counts = whole.group_by("series").agg(pl.len()).sort("series").collect(engine="streaming")
    for names in portions(counts.select("series", "len").iter_rows()):
        part = whole.filter(pl.col("series").is_in(names)).collect(engine="streaming")
        ordered = part.sort("series", "source", "date", "row")
        yield from ordered.partition_by("series", maintain_order=True)
