"""The listing: a list of objects as the columns of a small table, in the order of their contract.

What says nothing is no column: one that is empty, and one that is the same in every row, which is said once. Where
there is little room, what takes most of it is left out; a number counts as wider than it is, since the objects that
decisions list tell their numbers in words too. Everything is in the JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from state.content import artifact_in, file_words, in_words

ColumnKind = Literal["word", "flag", "whole number", "number", "file", "text"]
"""``word``: a short text. ``text``: one that is longer than ``WIDE`` somewhere. ``flag``: yes or nothing."""

WIDE = 40
"""Characters from which on a cell is a text."""

FEW = 3
"""With fewer rows than that, nothing is said once for all of them."""

ASKS = "asks"
"""The field of a listed object that says whether a person is asked about it."""

_RANGE = "first", "last"
"""Two fields that are one column: from what to what."""

_DEARER: Mapping[ColumnKind, int] = {"number": 6, "whole number": 6, "file": 10}
"""How many characters wider than it is a column counts when one is to be left out."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    kind: ColumnKind
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """Characters of its widest line."""
        return max(len(line) for cell in (self.name, *self.cells) for line in cell.splitlines() or [""])


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of objects."""

    columns: tuple[Column, ...]
    same: Mapping[str, str]
    """What is the same in every row."""

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> Self:
        """The listing of some objects; what is nested in them deeper is left out."""
        flat = [_flat(row) for row in rows]
        names = dict.fromkeys(name for row in flat for name in row)
        columns = [_column(name, [row.get(name) for row in flat]) for name in names]
        told = [column for column in columns if any(column.cells)]
        same = {column.name: column.cells[0] for column in told if len(rows) >= FEW and _is_same(column)}
        shown = [column for column in told if column.name not in same] or told
        return cls(tuple(shown), same if shown != told else {})

    @property
    def is_wide(self) -> bool:
        """Whether it needs more room than a card beside others has."""
        has_text = any(column.kind == "text" for column in self.columns)
        return len(self.columns) > (3 if has_text else 4)

    def fitting(self, room: int, gap: int = 2, text: int = 24) -> tuple[Column, ...]:
        """The columns that fit into so many characters; of texts the first, which can be broken into lines of 24."""
        texts = [column for column in self.columns if column.kind == "text"]
        left = [column for column in self.columns if column not in texts[1:]]
        while len(left) > 1 and sum(_room(each, text) + gap for each in left) > room + gap:
            candidates = [each for each in left[1:] if each.kind not in ("text", "flag")]
            if not candidates:
                break
            left.remove(max(reversed(candidates), key=lambda each: each.width + _DEARER.get(each.kind, 0)))
        return tuple(left)

    def first(self, count: int) -> Self:
        """The listing of the first rows only."""
        return type(self)(tuple(_cut(column, slice(count)) for column in self.columns), self.same)

    def rest(self, count: int) -> Self:
        """The listing of all the other rows."""
        return type(self)(tuple(_cut(column, slice(count, None)) for column in self.columns), self.same)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0].cells) if self.columns else 0


def asking(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The objects about which a person is asked, as they say themselves."""
    return [{name: each for name, each in row.items() if name != ASKS} for row in rows if row.get(ASKS) is True]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its range as one text, without what is nested."""
    values = {name: value for name, value in row.items() if not _is_nested(value)}
    if not all(name in values for name in _RANGE):
        return values
    first, last = (values[name] for name in _RANGE)
    joined: dict[str, Any] = {}
    for name, value in values.items():
        if name == _RANGE[0]:
            joined["first to last"] = None if first is None and last is None else _range(first, last)
        elif name != _RANGE[1]:
            joined[name] = value
    return joined


def _range(first: Any, last: Any) -> str:
    return in_words(first) if first == last else f"{in_words(first)} to {in_words(last)}"


def _is_nested(value: Any) -> bool:
    match value:
        case Mapping():
            return artifact_in(value) is None
        case list() | tuple():
            return any(isinstance(each, Mapping | list | tuple) for each in value)
        case _:
            return False


def _column(name: str, values: Sequence[Any]) -> Column:
    kind = _kind(values)
    cells = tuple(_cell(value, kind) for value in values)
    if kind == "word" and any(len(cell) > WIDE or "\n" in cell for cell in cells):
        kind = "text"
    return Column(name, kind, cells)


def _kind(values: Sequence[Any]) -> ColumnKind:
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, bool) for value in given):
        return "flag"
    if given and all(isinstance(value, int) for value in given):
        return "whole number"
    if given and all(isinstance(value, int | float) for value in given):
        return "number"
    return "file" if given and all(artifact_in(value) for value in given) else "word"


def _cell(value: Any, kind: ColumnKind) -> str:
    if value is None or value == "" or value == []:
        return ""
    if kind == "flag":
        return "yes" if value else ""
    artifact = artifact_in(value)
    return in_words(value) if artifact is None else file_words(artifact)


def _is_same(column: Column) -> bool:
    return len(set(column.cells)) == 1


def _room(column: Column, text: int) -> int:
    return min(column.width, text) if column.kind == "text" else column.width


def _cut(column: Column, part: slice) -> Column:
    return Column(column.name, column.kind, column.cells[part])
