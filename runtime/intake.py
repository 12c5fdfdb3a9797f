"""Intake: the cases of a CSV or JSONL file, streamed, with every bad row told apart by line, field and reason.

A file is read in order, with memory for one row and the ids of all. What cannot be a case is a :class:`Rejected` row
and does not stop the others; only a file that cannot be read at all raises ``UnreadableSource``.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain, count, islice
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from runtime.records import Broken, Lines, read_csv
from state.case import Case, headings
from state.errors import UnreadableSource
from state.plain import unkeepable, unprefixed

LONGEST_VALUE = 200
"""How many characters of a bad value are kept in the quarantine."""

LOOKED_AT = 100
"""How many rows are looked at for headings that may be misspelled."""

LIKENESS = 0.8
"""How alike a heading and that of a field are, from 0 to 1, from which on the field may have been meant."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of a row."""

    field: str
    """The field's name in the file, or ``row`` where it is about the whole row."""
    reason: str
    text: str = ""
    """The value as it stands in the file, cut to 200 characters."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row that is a case."""

    position: int
    """Its place among the rows, from 0."""
    line: int
    """The line of the file that it begins on, from 1."""
    case: Case
    beside: Mapping[str, Any] = field(default_factory=dict)
    """The values of the columns that are no fields of the case, such as a label, by their headings."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not a case."""

    position: int
    line: int
    problems: tuple[Problem, ...]


Row = Accepted | Rejected


class Source:
    """A file of cases: ``.csv`` or ``.jsonl``, either also ``.gz``."""

    def __init__(self, path: Path, case: type[Case]) -> None:
        self.path = path
        self._case = case
        self._fields = _Fields(case)
        self._format = _format(path)

    def digest(self) -> str:
        """A digest of the file's bytes. Raises ``UnreadableSource``."""
        whole = hashlib.sha256()
        with self._open(Path.open) as file:
            while block := file.read(1 << 20):
                whole.update(block)
        return whole.hexdigest()

    def count(self) -> int:
        """How many rows there are, good and bad. Raises ``UnreadableSource``."""
        return sum(1 for _ in self.raw())

    def misread(self) -> Iterator[str]:
        """What is said of the headings of the first rows that are nearly those of a field. Raises ``UnreadableSource``.

        A field whose own heading stands in the same row was not meant.
        """
        found = (raw[1] for raw in islice(self.raw(), LOOKED_AT) if not isinstance(raw, Broken))
        meant = {heading: near for values in found for heading, near in self._fields.nearly(values)}
        for heading, near in meant.items():
            yield f"{self.path.name}: {heading[:LONGEST_VALUE]!r} is not read; did you mean {near!r}?"

    def rows(self, wanted: Callable[[int], bool] = lambda position: True) -> Iterator[Row]:
        """The rows whose place is wanted, in the order of the file. Raises ``UnreadableSource``."""
        seen: set[str] = set()
        for position, raw in enumerate(self.raw()):
            if wanted(position):
                yield self._row(position, raw, seen)

    def raw(self) -> Iterator["Broken | tuple[int, Mapping[str, Any]]"]:
        """The rows as they stand there, each with its line, from 1. Raises ``UnreadableSource``."""
        with self._open(_opener(self.path)) as file:
            try:
                yield from self._read(Lines(file))
            except (OSError, EOFError) as broken:
                raise UnreadableSource(f"{self.path}: cannot be read to its end: {broken}.") from broken

    def _read(self, lines: Lines) -> "Iterator[Broken | tuple[int, Mapping[str, Any]]]":
        if self._format == "jsonl":
            yield from _read_jsonl(lines)
        else:
            yield from read_csv(lines, self.path, self._fields.required)

    def _open(self, opener: Callable[..., IO[bytes]]) -> IO[bytes]:
        try:
            if not self.path.is_file():
                raise UnreadableSource(f"{self.path}: there is no such file.")
            return opener(self.path, "rb")
        except OSError as refused:
            raise UnreadableSource(f"{self.path}: cannot be read: {refused.strerror or refused}.") from refused

    def _row(self, position: int, raw: "Broken | tuple[int, Mapping[str, Any]]", seen: set[str]) -> Row:
        if isinstance(raw, Broken):
            return Rejected(position, raw.line, (Problem("row", raw.reason, raw.text[:LONGEST_VALUE]),))
        line, values = raw
        known = self._fields.known(values)
        if self._fields.id_name not in values:
            known[self._fields.id_name] = self._name(values, seen)
        try:
            case = self._case.model_validate(known)
        except ValidationError as invalid:
            return Rejected(position, line, tuple(self._problems(invalid, known)))
        reason = unkeepable(case.model_dump(mode="json"))
        if reason is not None:
            return Rejected(position, line, (Problem("row", reason),))
        if case.id in seen:
            return Rejected(
                position, line, (Problem(self._fields.id_name, "the id stands on an earlier line", case.id),)
            )
        seen.add(case.id)
        return Accepted(position, line, case, self._fields.beside(values))

    def _name(self, values: Mapping[str, Any], seen: set[str]) -> str:
        """An id for a row without one: the same for the same content, with a number where it stands again."""
        content = json.dumps(values, sort_keys=True, default=str).encode("utf-8", "replace")
        name = f"{self.path.name.partition('.')[0]}-{hashlib.sha256(content).hexdigest()[:12]}"
        names = chain([name], (f"{name}-{number}" for number in count(2)))
        return next(each for each in names if each not in seen)

    def _problems(self, invalid: ValidationError, values: Mapping[str, Any]) -> Iterator[Problem]:
        for error in invalid.errors(include_url=False):
            field = ".".join(map(str, error["loc"])) or "row"
            text = "" if error["type"] == "missing" else str(values.get(field, error["input"]))
            yield Problem(field, unprefixed(error["msg"]), text[:LONGEST_VALUE])


class _Fields:
    """The names that a case's fields have in a file."""

    def __init__(self, case: type[Case]) -> None:
        fields = case.model_fields
        alias = headings(case)
        self.id_name = alias["id"]
        self.required = frozenset(alias[name] for name, field in fields.items() if field.is_required() and name != "id")
        self._names = frozenset(alias.values())

    def known(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that the case speaks of; an empty cell counts as not given."""
        return {name: value for name, value in values.items() if name in self._names and value not in ("", None)}

    def beside(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that the case does not speak of."""
        return {name: value for name, value in values.items() if name not in self._names}

    def nearly(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Headings that are not read, each with that of a field that the row lacks and that is nearly the same."""
        lacking = sorted(self._names - values.keys())
        unknown = (heading for heading in values if heading not in self._names)
        return ((heading, near) for heading in unknown for near in get_close_matches(heading, lacking, 1, LIKENESS))


def _format(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    match suffixes[-1:]:
        case [".csv" | ".tsv" | ".txt"]:
            return "csv"
        case [".jsonl" | ".ndjson"]:
            return "jsonl"
        case _:
            raise UnreadableSource(f"{path}: its name must end in .csv or .jsonl (or either with .gz).")


def _opener(path: Path) -> Callable[..., IO[bytes]]:
    return gzip.open if path.suffix.lower() == ".gz" else Path.open  # type: ignore[return-value]  # both read bytes


def _read_jsonl(lines: Lines) -> "Iterator[Broken | tuple[int, Mapping[str, Any]]]":
    for number, text in lines:
        if isinstance(text, Broken):
            yield text
        elif text.strip():
            yield _parse_json(number, text)


def _parse_json(number: int, text: str) -> "Broken | tuple[int, Mapping[str, Any]]":
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        return Broken(number, f"is not JSON: {wrong}", text)
    if not isinstance(values, dict):
        return Broken(number, f"is a JSON {type(values).__name__}, not an object", text)
    return number, values
