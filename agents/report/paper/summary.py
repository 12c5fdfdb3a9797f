"""The summary: a few sentences whose numbers are placeholders, so that each is a figure that can be traced.

``{EUR_change}`` stands for a figure, ``{EUR_name}`` for a series' title, and ``{period}``, ``{period_before}``,
``{year_before}`` and ``{unit}`` for these words; ``{EUR_turned}`` says when its course turned, and
``{lacking_1}`` is the title of the first series without a value. What is put in is plain text, whatever it holds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.report.findings import Findings
from agents.report.paper.amount import amount, clipped
from agents.report.paper.book import MOST_LACKING, NAMED, Book, Standing
from agents.report.period import Grain, Period
from agents.report.profile import ReportProfile
from state.template import one_line, placeholders

MOST_SENTENCES = 12
LONGEST_SENTENCE = 600
"""Characters of a sentence, before its numbers are put in."""

LONGEST_TITLE = 60
"""Letters of a series' title within a sentence."""

MOST_TURNED = 4
"""How many series whose trends turned are named."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence."""

    text: str
    figure: str | None = None
    """The name of the figure that it is; None for words."""


class Words:
    """What a summary's placeholders stand for."""

    def __init__(self, profile: ReportProfile, period: Period, book: Book) -> None:
        self._book, self._decimals = book, profile.decimals
        self._words: dict[str, str] = {
            "period": period.spoken,
            "period_before": period.shifted(-1).spoken,
            "year_before": period.year_before.spoken,
            "unit": one_line(profile.unit),
        }
        for each in book.standings:
            if each.stem is not None:
                self._words[f"{each.stem}_{NAMED}"] = clipped(title_of(profile, each.series), LONGEST_TITLE)
        for place, each in enumerate(book.lacking[:MOST_LACKING], 1):
            self._words[f"lacking_{place}"] = clipped(title_of(profile, each.series), LONGEST_TITLE)
        stems = {each.series: each.stem for each in book.standings}
        for turning in book.turned:
            if stem := stems.get(turning.series):
                self._words[f"{stem}_turned"] = Period.parse(turning.period).spoken

    def parts(self, sentence: str) -> tuple[Part, ...]:
        """A sentence with everything put in. Raises ``KeyError`` for a placeholder that stands for nothing."""
        pieces = _PLACEHOLDER.split(sentence)
        made = [self._part(piece) if place % 2 else Part(one_line_kept(piece)) for place, piece in enumerate(pieces)]
        return tuple(part for part in made if part.text)

    def text(self, sentence: str) -> str:
        """The same as plain text in one line."""
        return one_line("".join(part.text for part in self.parts(sentence)))

    def check(self, sentences: Sequence[str]) -> None:
        """Hold sentences to the rule. Raises ``ValueError`` in words for the one who wrote them."""
        if not 1 <= len(sentences) <= MOST_SENTENCES:
            raise ValueError(f"summary has {len(sentences)} sentences: write 1 to {MOST_SENTENCES}")
        for place, sentence in enumerate(sentences, 1):
            if problem := self._problem(sentence):
                raise ValueError(f"summary, sentence {place}: {problem}")

    def _part(self, name: str) -> Part:
        figure = self._book.figures.get(name)
        return Part(self._words[name]) if figure is None else Part(amount(figure, self._decimals), name)

    def _problem(self, sentence: str) -> str | None:
        if not sentence.strip() or len(sentence) > LONGEST_SENTENCE:
            return f"write 1 to {LONGEST_SENTENCE} characters"
        for name in placeholders(sentence):
            if name not in self._book.figures and name not in self._words:
                return f"{{{name}}} is no figure of the findings; use their names, such as {self._example()}"
        bare = _PLACEHOLDER.sub("", sentence)
        if any(letter.isdigit() for letter in bare):
            return "a number stands outside of a placeholder; put {NAME} in its place, where NAME is its figure's"
        return "a brace belongs to no placeholder; write {NAME}" if "{" in bare or "}" in bare else None

    def _example(self) -> str:
        return ", ".join(f"{{{name}}}" for name in list(self._book.figures)[:3])


def title_of(profile: ReportProfile, series: str) -> str:
    """What a series is called, in one line that a reader can see."""
    return one_line(profile.title_of(series)) or one_line(series) or "(no name)"


def one_line_kept(text: str) -> str:
    """A text without line breaks and control characters, its outer spaces kept."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def sentences(profile: ReportProfile, findings: Findings, book: Book) -> tuple[str, ...]:
    """The summary by rules."""
    unit = " {unit}" if one_line(profile.unit) else ""
    valued = [each for each in book.standings if each.value("level") is not None]
    grain = Period.parse(findings.period).grain
    told = [*(_of_one(valued[0], unit, grain) if len(valued) == 1 else _of_many(book, unit, grain))]
    return (*told, *(_lacking(book) if valued else ()), *_turned(book), *_quality(book))


def _of_one(standing: Standing, unit: str, grain: Grain) -> Iterator[str]:
    stem = standing.stem
    change = f", {{{stem}_change}} from {{period_before}}" if standing.value("change") is not None else ""
    yield f"{{{stem}_name}} stands at {{{stem}_level}}{unit} in {{period}}{change}."
    if standing.value("change_year") is not None and grain != "year":
        yield f"Against {{year_before}} it changed by {{{stem}_change_year}}."
    if standing.value("trend") is not None:
        yield f"Its two-year trend is {{{stem}_trend}}."


def _of_many(book: Book, unit: str, grain: Grain) -> Iterator[str]:
    if not any(each.value("level") is not None for each in book.standings):
        yield "No series has a value in {period}."
        return
    if not any(each.value("change") is not None for each in book.standings):
        yield f"{{count_series}} series {_have(book)} a value in {{period}}, and no earlier one to compare it with."
        return
    yield f"{{count_series}} series {_have(book)} a value in {{period}}{_moves(book)}."
    yield from _extremes(book, "change", unit, "{period_before}")
    # the period before a year is the year before
    if grain != "year":
        yield from _extremes(book, "change_year", "", "{year_before}")


def _moves(book: Book) -> str:
    """How many rose and fell, where the findings count that."""
    if not {"series_up", "series_down"} <= book.figures.keys():
        return ""
    middle = ", and the median change is {median_change}" if "median_change" in book.figures else ""
    counts = {name: book.count(name) for name in ("series_up", "series_down", "count_unchanged")}
    verbs = dict(zip(counts, ("rose", "fell", "stayed the same"), strict=True))
    there = [name for name, count in counts.items() if count]
    if len(there) != 1:
        first, *others = [f"{{{name}}} {verbs[name]}" for name in there] or [""]
        return f"; {first} from {{period_before}}{''.join(f', {other}' for other in others)}{middle}"
    is_all = counts[there[0]] == book.count("count_series")
    which = f"{{{there[0]}}}{'' if is_all else ' that can be compared'}"
    same = "as in" if there[0] == "count_unchanged" else "from"
    return f"; all {which} {verbs[there[0]]} {same} {{period_before}}{middle}"


def _extremes(book: Book, kind: str, unit: str, against: str) -> Iterator[str]:
    """The largest rise and the largest fall in one sentence."""
    told = []
    for verb, sign in (("rose", 1), ("fell", -1)):
        found = book.largest(kind, sign)
        if found is not None:
            level = f", to {{{found.stem}_level}}{unit}" if kind == "change" else ""
            told.append(f"{{{found.stem}_name}} {verb} most ({{{found.stem}_{kind}}}{level})")
    if told:
        yield f"Against {against}, {' and '.join(told)}."


def _lacking(book: Book) -> Iterator[str]:
    """The series that have no value."""
    names = [f"{{lacking_{place}}}" for place in range(1, min(len(book.lacking), MOST_LACKING) + 1)]
    if book.count("count_lacking_more"):
        names.append("{count_lacking_more} more")
    if names:
        *first, last = names
        listed = f"{', '.join(first)} and {last}" if first else last
        yield f"{listed} {'have' if first else 'has'} no value in {{period}}."


def _turned(book: Book) -> Iterator[str]:
    stems = {each.series: each.stem for each in book.standings}
    kinds = {stem: turning.kind for turning in book.turned if (stem := stems.get(turning.series))}
    if kinds:
        shown = ", ".join(
            f"{{{stem}_name}} ({kind} in {{{stem}_turned}})" for stem, kind in [*kinds.items()][:MOST_TURNED]
        )
        others = ", and others, {count_turned} in all" if len(kinds) > MOST_TURNED else ""
        yield f"Smoothed courses that turned lately: {shown}{others}."


def _quality(book: Book) -> Iterator[str]:
    """What was repaired, and what stayed open."""
    repaired, left, elsewhere = (book.count(f"count_{which}") for which in ("repaired", "open", "elsewhere"))
    told = []
    if repaired:
        told.append(
            f"{{count_repaired}} {'issue' if repaired == 1 else 'issues'} of the data {_were(repaired)} repaired"
        )
    if left:
        points = "point that concerns" if left == 1 else "points that concern"
        told.append(f"{{count_open}} {points} {{period}} stayed open")
    else:
        told.append("nothing that concerns {period} stayed open" if elsewhere else "nothing stayed open")
    if elsewhere:
        points = "point is" if elsewhere == 1 else "points are"
        told.append(f"{{count_elsewhere}} {points} open at other times")
    whole = "; ".join(told)
    yield f"{whole[0].upper()}{whole[1:]}."


def _have(book: Book) -> str:
    return "has" if book.count("count_series") == 1 else "have"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
