"""Cells and keys: what could not be read, and what is there more than once."""

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import polars as pl

from agents.report.checks.span import stood_in
from agents.report.checks.trouble import Context, Trouble, trouble
from agents.report.findings import Issue
from agents.report.repair import Repair, RepairKind
from agents.report.rhythm import runs
from agents.report.track import Track, as_date

Units = Literal["alike", "different"]
"""Whether all sources quote a series in the same units."""

SHOWN = 3
"""How many cells or values are named."""


def unreadable(rows: pl.DataFrame, tracks: Mapping[str, Track], context: Context) -> Iterator[Trouble]:
    """Cells that are no numbers, and dates that are none. Measured by how many there are in a row."""
    broken = rows.filter(pl.col("text").is_not_null())
    for (source,), cells in broken.partition_by("source", as_dict=True, maintain_order=True).items():
        dateless = cells.filter(pl.col("date").is_null())
        if len(dateless):
            yield _unreadable(str(source), dateless, context)
        dated = cells.filter(pl.col("date").is_not_null())
        track = tracks.get(str(source))
        if track is None or not len(dated):
            continue
        places = np.unique(np.searchsorted(track.days, dated["date"].to_numpy().astype("datetime64[D]")))
        for first, last in runs(places):
            days = as_date(track.days[first]), as_date(track.days[last])
            if not stood_in(tracks, track.source, *days, last - first + 1):
                yield _unreadable(track.source, dated.filter(pl.col("date").is_between(*days)), context)


def _unreadable(source: str, cells: pl.DataFrame, context: Context) -> Trouble:
    shown = ", ".join(f"{text!r} in row {row}" for text, row in cells.head(SHOWN).select("text", "row").iter_rows())
    more = f" and {len(cells) - SHOWN} more" if len(cells) > SHOWN else ""
    series = str(cells["series"][0])
    issue = Issue(
        check="unreadable",
        source=source,
        series=series,
        first=cells["date"].min(),
        last=cells["date"].max(),
        count=len(cells),
        measure=len(cells),
        words=f"{_are(len(cells))} no number: {shown}{more}",
    )
    other = next((name for name in context.sources if name != source), None)
    if source != context.first_source or other is None or issue.first is None:
        return trouble(issue)
    return trouble(issue, Repair("pull", other, series, issue.first, issue.last))


def _are(count: int) -> str:
    return "1 cell is" if count == 1 else f"{count} cells are"


def duplicate(rows: pl.DataFrame, tracks: Mapping[str, Track], units: Units) -> Iterator[Trouble]:
    """Keys that are there more than once. Measured by the rows that are too many.

    Asks for one of equal rows, or for the one that is nearer to what another source has; where the sources differ in
    their units, not before these are mended. Where nobody tells which one is right, none of them counts.
    """
    keys = rows.filter(pl.col("date").is_not_null()).group_by("source", "date", maintain_order=True)
    doubled = keys.agg(pl.col("value"), count=pl.len()).filter(pl.col("count") > 1)
    series = str(rows["series"][0])
    for source, day, values, count in doubled.select("source", "date", "value", "count").iter_rows():
        numbers = [value for value in values if value is not None]
        shown = " and ".join(f"{value:.10g}" for value in dict.fromkeys(numbers[:SHOWN])) or "none can be read"
        issue = Issue(
            check="duplicate",
            source=source,
            series=series,
            first=day,
            last=day,
            count=count,
            measure=count - 1,
            words=f"{count} rows for {day}: {shown}",
        )
        kind = _kept(numbers, source, np.datetime64(day, "D"), tracks)
        if kind is None:
            words = f"{issue.words}; nobody tells which is right, so none counts"
            yield trouble(issue.model_copy(update={"words": words}))
        else:
            yield trouble(issue, *([Repair(kind, source, series, day, day)] if units == "alike" else []))


def _kept(numbers: list[float], source: str, day: np.datetime64, tracks: Mapping[str, Track]) -> RepairKind | None:
    """Which of several rows to keep; None where they differ and no other source has the day."""
    if len(set(numbers)) < 2:
        return "keep the last"
    for other in tracks.values():
        if other.source != source and day in other.days:
            there = float(other.values[np.searchsorted(other.days, day)])
            return "keep the first" if abs(numbers[0] - there) < abs(numbers[-1] - there) else "keep the last"
    return None
