"""The provenance: where the data come from, and which rows each figure rests on."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from agents.report.dataset import Dataset, Pull
from agents.report.findings import Figure, Rows
from agents.report.paper.amount import amount, grouped
from agents.report.paper.book import Book
from agents.report.paper.quality import EVERY, days_of
from agents.report.paper.summary import title_of
from agents.report.profile import ReportProfile
from state.template import one_line

MOST_TRACES = 240
"""How many figures are listed, besides those of the summary."""


MOST_ORIGINS = 40
"""How many pulls are listed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One time that a source was read."""

    source: str
    publisher: str
    """Empty where the source was read before; so are the terms."""
    asked: str
    rows: str
    digest: str
    location: str
    terms: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure, and what it rests on."""

    name: str
    about: str
    amount: str
    parts: tuple[tuple[str, str, str, str], ...]
    """Series, days, sources and number of rows, of each part of the dataset."""


def origins(dataset: Dataset) -> tuple[Origin, ...]:
    """The first pulls, in the order in which they were made; what is the same for all of a source is said once.

    When they were made stands in the run and not here: of equal data, an equal report is made, which is not sent again.
    """
    made: list[Origin] = []
    for pull in dataset.pulls[:MOST_ORIGINS]:
        origin = _origin(pull)
        is_again = any(each.source == origin.source for each in made)
        made.append(replace(origin, publisher="", terms="") if is_again else origin)
    return tuple(made)


def traces(profile: ReportProfile, book: Book, names: Iterable[str]) -> tuple[Trace, ...]:
    """The figures of some names, each once."""
    return tuple(_trace(profile, book.figures[name]) for name in dict.fromkeys(names))


def other_names(book: Book, told: Container[str]) -> list[str]:
    """The figures of the series that moved most, as many as are listed, but for those that are told already."""
    names = dict.fromkeys(figure.name for each in book.standings for figure in each.figures.values())
    return [name for name in names if name not in told][:MOST_TRACES]


def _origin(pull: Pull) -> Origin:
    return Origin(
        source=one_line(pull.source),
        publisher=one_line(pull.publisher),
        asked=one_line(pull.asked),
        rows=grouped(pull.rows, 0),
        digest=pull.table.digest[:16],
        location=one_line(pull.location),
        terms=one_line(pull.terms),
    )


def _trace(profile: ReportProfile, figure: Figure) -> Trace:
    parts = tuple(_part(profile, rows) for rows in figure.rests_on)
    return Trace(figure.name, one_line(figure.about), amount(figure, profile.decimals), parts)


def _part(profile: ReportProfile, rows: Rows) -> tuple[str, str, str, str]:
    series = EVERY if rows.series is None else title_of(profile, rows.series)
    sources = one_line(", ".join(rows.sources))
    return series, days_of(rows.first, rows.last), sources, grouped(rows.rows, 0)
