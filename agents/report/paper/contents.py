"""The contents: everything that a report says, as plain text and numbers ready to be shown, before it has a form.

Every text of the data is one line here. Nothing in the contents is markup; both forms escape all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agents.files import FileStore
from agents.report.dataset import Dataset
from agents.report.findings import Findings, Turning
from agents.report.paper.amount import counted
from agents.report.paper.book import Book, Standing
from agents.report.paper.chart import bar_chart
from agents.report.paper.course import courses
from agents.report.paper.provenance import MOST_ORIGINS, Origin, Trace, origins, other_names, traces
from agents.report.paper.quality import Quality, quality_of
from agents.report.paper.standings import MOST_PANELS, Bar, Cell, Line, Panel, bars, lines, note, panels
from agents.report.paper.summary import Part, Words, title_of
from agents.report.period import Period
from agents.report.profile import ReportProfile
from agents.report.request import ReportRequest
from state.template import one_line

MOST_TURNINGS = 20


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the few facts that stand above all."""

    label: str
    figure: Cell
    below: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a report says."""

    title: str
    period: str
    said: str
    """The period as it stands in a sentence; so are the other two."""
    before: str
    year_before: str
    """Empty where it is the period before."""
    until: str
    """The last day that the data cover, in words; empty where there are none."""
    audience: str
    unit: str
    note: str
    """What a reader should know of the values; may be empty."""
    sources: str
    """Their names."""
    tiles: tuple[Tile, ...]
    summary: tuple[tuple[Part, ...], ...]
    bars: tuple[Bar, ...]
    bars_chart: str
    """SVG; empty where there is no bar."""
    bars_note: str
    panels: tuple[Panel, ...]
    panels_note: str
    is_smoothed: bool
    """Whether any of the panels has a smoothed line."""
    lines: tuple[Line, ...]
    turnings: tuple[tuple[str, str, str], ...]
    """Title, period and kind of each."""
    quality: Quality
    origins: tuple[Origin, ...]
    traces: tuple[Trace, ...]
    """The figures of the summary."""
    other_traces: tuple[Trace, ...]
    series: int
    """How many there are in all."""
    dataset: str
    figures: str
    """The digests of these files."""
    dataset_rows: str
    origins_more: int
    traces_more: int
    """How many there are besides those that are listed."""


def contents_of(
    profile: ReportProfile,
    request: ReportRequest,
    dataset: Dataset,
    findings: Findings,
    book: Book,
    summary: Sequence[str],
    files: FileStore,
) -> Contents:
    """Put a report's contents together.

    Raises ``FileLost``, and ``KeyError`` for a placeholder of the summary that stands for nothing.
    """
    period = Period.parse(request.period)
    words = Words(profile, period, book)
    told = tuple(words.parts(sentence) for sentence in summary)
    tiles = _tiles(profile, book, words)
    drawn = courses(findings, [each.series for each in book.standings[:MOST_PANELS]], files)
    comparable = sum(each.value("change") is not None for each in book.standings)
    changes = bars(profile, book.standings)
    named = [part.figure for parts in told for part in parts if part.figure]
    named += [tile.figure.figure for tile in tiles if tile.figure.figure]
    others = other_names(book, set(named))
    read = origins(dataset)
    return Contents(
        title=one_line(request.subject) or profile.name,
        period=period.words,
        said=period.spoken,
        before=period.shifted(-1).spoken,
        year_before="" if period.grain == "year" else period.year_before.spoken,
        until=day_words(dataset.last) if dataset.last else "",
        audience=one_line(request.audience),
        unit=one_line(profile.unit),
        note=one_line(profile.note),
        sources=", ".join(dict.fromkeys(one_line(pull.source) for pull in dataset.pulls)),
        tiles=tiles,
        summary=told,
        bars=changes,
        bars_chart=bar_chart([bar.value for bar in changes]) if changes else "",
        bars_note=note(len(changes), comparable, len(book.standings)),
        panels=panels(profile, book.standings, drawn),
        panels_note=note(len(drawn), len(book.standings), len(book.standings)),
        is_smoothed=any(value == value for course in drawn.values() for value in course.trend),
        lines=lines(profile, book.standings),
        turnings=tuple(_turning(profile, turning) for turning in findings.turnings[:MOST_TURNINGS]),
        quality=quality_of(profile, dataset, findings, book, period),
        origins=read[:MOST_ORIGINS],
        traces=traces(profile, book, named),
        other_traces=traces(profile, book, others),
        series=len(book.standings),
        dataset=dataset.table.digest,
        figures=findings.figures.digest,
        dataset_rows=counted(dataset.rows, "row"),
        origins_more=max(0, len(read) - MOST_ORIGINS),
        traces_more=len(book.figures) - len({*named, *others}),
    )


def day_words(day: date) -> str:
    """A day as a person says it: ``31 March 2026``."""
    return f"{day.day} {Period.of(day, 'month').words}"


def _tiles(profile: ReportProfile, book: Book, words: Words) -> tuple[Tile, ...]:
    made = [Tile("Series with a value" if book.lacking else "Series", _series(book, words))]
    for label, sign in (("Largest rise", 1), ("Largest fall", -1)):
        found = book.largest("change", sign)
        if found is not None:
            made.append(_mover(label, found, profile, words))
    return (*made, Tile("Open points", _count(words, "count_open")))


def _series(book: Book, words: Words) -> Cell:
    """How many have a value, and of how many where it is not all."""
    whole = " of {count_known}" if book.lacking else ""
    return Cell(words.text(f"{{count_series}}{whole}"), "count_series")


def _count(words: Words, name: str) -> Cell:
    return Cell(words.text(f"{{{name}}}"), name)


def _mover(label: str, standing: Standing, profile: ReportProfile, words: Words) -> Tile:
    name = standing.figures["change"].name
    return Tile(label, Cell(words.text(f"{{{name}}}"), name), title_of(profile, standing.series))


def _turning(profile: ReportProfile, turning: Turning) -> tuple[str, str, str]:
    return title_of(profile, turning.series), _when(turning.period), turning.kind


def _when(period: str) -> str:
    try:
        return Period.parse(period).spoken
    except ValueError:
        return one_line(period)
