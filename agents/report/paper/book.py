"""The book: every figure of a report by its name, and which series it belongs to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from agents.files import FileStore
from agents.report.dataset import Dataset
from agents.report.findings import CheckName, Figure, Findings, Issue, Rows, Turning, Unit
from agents.report.period import Period

NAMED = "name"
"""The word that stands for a series' title in a summary: ``{EUR_name}``."""

MOST_LACKING = 5
"""How many series without a value are named in a summary."""

VALUELESS: tuple[CheckName, ...] = ("ended", "missing", "partial", "unreadable", "source")
"""The checks that tell why a series has no value."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a series stands: its figures by kind."""

    series: str
    figures: Mapping[str, Figure]

    def value(self, kind: str) -> float | None:
        """The number of a kind; None where there is none."""
        figure = self.figures.get(kind)
        return None if figure is None or figure.value != figure.value else figure.value

    @property
    def stem(self) -> str | None:
        """What the names of its figures begin with; None where it has no figure."""
        for kind, figure in self.figures.items():
            return figure.name.removesuffix(f"_{kind}")
        return None

    @property
    def moved(self) -> float:
        """How far it moved, percent, whichever way; below 0 where that is not known."""
        change = self.value("change")
        return -1.0 if change is None else abs(change)


@dataclass(frozen=True, slots=True)
class Book:
    """All figures and standings of one report."""

    figures: Mapping[str, Figure]
    standings: tuple[Standing, ...]
    """Every series, those that moved most first, those without a value in the period last."""
    turned: tuple[Turning, ...] = ()
    """The newest turning of each series."""

    @property
    def lacking(self) -> tuple[Standing, ...]:
        """The series without a value in the period."""
        return tuple(each for each in self.standings if each.value("level") is None)

    def count(self, name: str) -> int:
        """The number of a figure that counts; 0 where there is none."""
        return int(self.figures[name].value) if name in self.figures else 0

    @classmethod
    def read(cls, dataset: Dataset, findings: Findings, files: FileStore) -> "Book":
        """The figures that the findings keep, and counts of the whole. Raises ``FileLost``."""
        parts: dict[str, list[dict[str, Any]]] = {}
        for row in pl.read_parquet(files.path(findings.figures)).iter_rows(named=True):
            parts.setdefault(row["name"], []).append(row)
        kept = {name: _figure(rows) for name, rows in parts.items()}
        kinds: dict[str, dict[str, Figure]] = {}
        for name, (first, *_) in parts.items():
            if first["series"] is not None:
                kinds.setdefault(first["series"], {})[first["kind"]] = kept[name]
        course = pl.scan_parquet(files.path(findings.course)).select(pl.col("series").unique()).collect()
        every = {*kinds, *course["series"].drop_nulls().to_list()}
        standings = sorted((Standing(series, kinds.get(series, {})) for series in every), key=_most_first)
        headline = {figure.name: figure for figure in findings.headline}
        found = {**headline, **kept}
        counts = {figure.name: figure for figure in _counts(dataset, findings, cls(found, tuple(standings)))}
        turned = {turning.series: turning for turning in reversed(findings.turnings)}
        newest = tuple(turning for turning in findings.turnings if turned[turning.series] is turning)
        return cls({**counts, **found}, tuple(standings), newest)

    def largest(self, kind: str, sign: int) -> Standing | None:
        """The series with the largest figure of a kind upwards (``1``) or downwards (``-1``); None where none is."""
        found = [(sign * (each.value(kind) or 0.0), each) for each in self.standings]
        most = max((size for size, _ in found), default=0.0)
        return next((each for size, each in found if size == most), None) if most > 0 else None


def open_in(findings: Findings, period: Period) -> list[int]:
    """The places of the issues that are open and concern the period."""
    return [
        place
        for place, issue in enumerate(findings.issues)
        if issue.state == "open"
        and (issue.first is None or issue.first <= period.last)
        and (issue.last is None or issue.last >= period.first)
    ]


def silent(findings: Findings, period: Period, lacking: Iterable[Standing]) -> tuple[str, ...]:
    """The series without a value in the period of which no open issue of the period says why."""
    told = {findings.issues[place].series for place in open_in(findings, period) if _says_why(findings.issues[place])}
    return tuple(each.series for each in lacking if each.series not in told)


def reason(findings: Findings, series: str) -> Issue | None:
    """What is known of why a series has no value: an issue of its own, or else one of all series."""
    found = [issue for issue in findings.issues if _says_why(issue) and issue.series in (series, None)]
    return next(iter(sorted(found, key=lambda issue: issue.series is None)), None)


def _says_why(issue: Issue) -> bool:
    return issue.check in VALUELESS


def _most_first(standing: Standing) -> tuple[bool, float, str]:
    return standing.value("level") is None, -standing.moved, standing.series


def _figure(parts: list[dict[str, Any]]) -> Figure:
    first = parts[0]
    rests_on = tuple(
        Rows(
            series=part["series"],
            first=part["first"],
            last=part["last"],
            sources=tuple(name.strip() for name in (part["sources"] or "").split(",")),
            rows=part["rows"] or 0,
        )
        for part in parts
    )
    value = float("nan") if first["value"] is None else first["value"]
    return Figure(name=first["name"], value=value, unit=first["unit"], about=first["about"], rests_on=rests_on)


def _counts(dataset: Dataset, findings: Findings, book: Book) -> Iterator[Figure]:
    """How many of the whole: what a summary counts, as figures like any other."""
    states = [issue.state for issue in findings.issues]
    period = Period.parse(findings.period)
    left, lacking = len(open_in(findings, period)), book.lacking
    compared = sum(each.value("change") is not None for each in book.standings)
    counts = {
        "count_series": (findings.series, "series with a value in the period"),
        "count_turned": (len({turning.series for turning in findings.turnings}), "series whose trend turned lately"),
        "count_known": (len(book.standings), "series in all"),
        "count_lacking": (len(lacking), "series without a value in the period"),
        "count_lacking_more": (max(0, len(lacking) - MOST_LACKING), "series without a value that are not named"),
        "count_unchanged": (
            max(0, compared - book.count("series_up") - book.count("series_down")),
            "series that stayed the same",
        ),
        "count_open": (
            left + len(silent(findings, period, lacking)),
            "points that stayed open and concern the period, with series that have no value in it",
        ),
        "count_elsewhere": (states.count("open") - left, "issues that are open at other times"),
        "count_repaired": (states.count("repaired"), "issues that were repaired"),
    }
    sources = tuple(dict.fromkeys(pull.source for pull in dataset.pulls))
    whole = Rows(series=None, first=dataset.first, last=dataset.last, sources=sources, rows=dataset.rows)
    unit: Unit = "count"
    for name, (count, about) in counts.items():
        yield Figure(name=name, value=count, unit=unit, about=about, rests_on=(whole,))
