"""The outcome file: what really happened to past cases, row by row, with everything in it that cannot be taken."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from graphs.attention.grading import grading_for, text_of
from graphs.escalation import Grading
from graphs.workflow import Workflow
from runtime.intake import Source
from runtime.records import Broken
from state.case import Case, headings
from state.errors import UnreadableSource, UsageError
from state.plain import unkeepable

HAPPENED_AT = "happened_at"
"""The heading of the column that says when it happened, which a file need not have."""

CASE = ("id", "case")
"""The headings under which a case's id may stand, besides the one that the workflow's cases have."""

LOOKED_AT = 100
"""How many rows are looked at for the headings of a JSONL file."""

LONGEST = 200
"""How many characters a case's id and a label have at the most."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A row that says what happened to a case."""

    line: int
    """From 1."""
    case: str
    label: str
    happened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A row of which nobody knows what happened."""

    line: int


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that says nothing that can be taken down."""

    line: int
    reason: str


class OutcomeFile:
    """A file of outcomes for the cases of a workflow: ``.csv`` or ``.jsonl``, either also ``.gz``."""

    def __init__(self, path: Path, workflow: Workflow) -> None:
        """Look at the headings of a file.

        Raises ``UnreadableSource`` where it cannot be read or has no rows, ``UsageError`` where its columns do not say
        which case is meant or what happened.
        """
        self._source = Source(path, Case)
        found = _headings(self._source)
        own = headings(workflow.case)
        names = tuple(dict.fromkeys((own["id"], *CASE)))
        beside = [each for each in found if each not in (*own.values(), *names, HAPPENED_AT)]
        self.grading: Grading = grading_for(workflow, beside)
        self._case = next((name for name in names if name in found), None)
        if self._case is None:
            said = " or ".join(map(repr, names))
            raise UsageError(f"{path}: no column says which case is meant. Give one with the heading {said}.")

    def rows(self, now: datetime) -> Iterator[Stated | Unlabelled | Unfit]:
        """Its rows in their order; none of them may have happened after ``now``. Raises ``UnreadableSource``."""
        for raw in self._source.raw():
            if isinstance(raw, Broken):
                yield Unfit(raw.line, raw.reason)
            else:
                yield self._row(*raw, now)

    def _row(self, line: int, values: Mapping[str, Any], now: datetime) -> Stated | Unlabelled | Unfit:
        try:
            case = _text(values.get(str(self._case)), "the case's id")
            if not case:
                return Unfit(line, f"names no case under {self._case!r}")
            label = _text(values.get(self.grading.label), f"the label under {self.grading.label!r}")
            if label in self.grading.missing:
                return Unlabelled(line)
            return Stated(line, case, label, _moment(values.get(HAPPENED_AT), now))
        except ValueError as unfit:
            return Unfit(line, str(unfit))


def _headings(source: Source) -> tuple[str, ...]:
    """The headings of the first rows, in their order."""
    rows = [raw[1] for raw in islice(source.raw(), LOOKED_AT) if not isinstance(raw, Broken)]
    if not rows:
        raise UnreadableSource(f"{source.path}: there is no row that can be read.")
    return tuple(dict.fromkeys(heading for row in rows for heading in row))


def _text(value: object, what: str) -> str:
    """A value as text, without spaces around it. Raises ``ValueError`` where it cannot be kept."""
    if isinstance(value, list | dict):
        raise ValueError(f"{what} is not a text")
    text = text_of(value).strip()
    if len(text) > LONGEST:
        raise ValueError(f"{what} is longer than {LONGEST} characters")
    reason = unkeepable(text)
    if reason is not None:
        raise ValueError(f"{what} {reason}")
    return text


def _moment(value: object, now: datetime) -> datetime | None:
    """When it happened. Raises ``ValueError`` for what is no moment that has passed."""
    text = _text(value, HAPPENED_AT)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{HAPPENED_AT} {text!r:.60} is no moment with a time zone, such as 2026-03-31T09:00:00Z")
    if moment > now:
        raise ValueError(f"{HAPPENED_AT} {text!r:.60} has not come yet")
    return _in_utc(moment, text)


def _in_utc(moment: datetime, text: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{HAPPENED_AT} {text!r:.60} is before the first year") from None
