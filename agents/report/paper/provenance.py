"""The provenance: where the data come from, and which rows each figure rests on."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from agents.report.dataset import Dataset, Pull
from agents.report.findings import Figure, Rows
from agents.report.paper.amount import amount, counted, grouped
from agents.report.paper.book import Book
from agents.report.paper.quality import EVERY, days_of
from agents.report.paper.summary import title_of
from agents.report.profile import ReportProfile
from state.template import one_line

MOST_TRACES = 240
"""How many figures are listed, besides those of the summary."""


MOST_ORIGINS = 40
"""How many sources are listed."""

MOST_PARTS = 3
"""How many further pulls of a source are named."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One source, as it was read first."""

    source: str
    publisher: str
    asked: str
    rows: str
    digest: str
    location: str
    terms: str
    again: str
    """What was read of it again; empty where nothing was."""
    times: int
    """How often it was read again."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure, and what it rests on."""

    name: str
    about: str
    amount: str
    parts: tuple[tuple[str, str, str, str], ...]
    """Series, days, sources and number of rows, of each part of the dataset."""


def origins(dataset: Dataset) -> tuple[Origin, ...]:
    """The sources, in the order in which they were first read.

    When they were made stands in the run and not here: of equal data, an equal report is made, which is not sent again.
    """
    pulls: dict[str, list[Pull]] = {}
    for pull in dataset.pulls:
        pulls.setdefault(pull.source, []).append(pull)
    return tuple(_origin(first, again) for first, *again in pulls.values())


def traces(profile: ReportProfile, book: Book, names: Iterable[str]) -> tuple[Trace, ...]:
    """The figures of some names, each once."""
    return tuple(_trace(profile, book.figures[name]) for name in dict.fromkeys(names))


def other_names(book: Book, told: Container[str]) -> list[str]:
    """The figures of the series that moved most, as many as are listed, but for those that are told already."""
    names = dict.fromkeys(figure.name for each in book.standings for figure in each.figures.values())
    return [name for name in names if name not in told][:MOST_TRACES]


def _origin(pull: Pull, again: Sequence[Pull]) -> Origin:
    return Origin(
        source=one_line(pull.source),
        publisher=one_line(pull.publisher),
        asked=one_line(pull.asked),
        rows=counted(pull.rows, "row"),
        digest=pull.table.digest[:16],
        location=one_line(pull.location),
        terms=one_line(pull.terms),
        again=_again(again),
        times=len(again),
    )


def _again(pulls: Sequence[Pull]) -> str:
    """Further pulls in one line."""
    if not pulls:
        return ""
    named = "; ".join(one_line(pull.asked) for pull in pulls[:MOST_PARTS])
    more = f"; and {len(pulls) - MOST_PARTS} more" if len(pulls) > MOST_PARTS else ""
    return f"and {counted(len(pulls), 'part')} again: {named}{more}"


def _trace(profile: ReportProfile, figure: Figure) -> Trace:
    parts = tuple(_part(profile, rows) for rows in figure.rests_on)
    return Trace(figure.name, one_line(figure.about), amount(figure, profile.decimals), parts)


def _part(profile: ReportProfile, rows: Rows) -> tuple[str, str, str, str]:
    series = EVERY if rows.series is None else title_of(profile, rows.series)
    sources = one_line(", ".join(rows.sources))
    return series, days_of(rows.first, rows.last), sources, grouped(rows.rows, 0)
