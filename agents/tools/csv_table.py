"""A table in a CSV or TSV file: read once, when it is first needed, and then found in by an index."""

import asyncio
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from agents.tools.table import Matches, folded
from state.errors import UsageError

_TABBED = (".tsv", ".tab")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    """Where it begins in the file, from 1."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """The whole file."""

    columns: tuple[str, ...]
    rows: tuple[_Row, ...]
    indexes: dict[str, dict[str, list[_Row]]] = field(default_factory=dict)
    """By key column, then by what the key says as it is compared."""

    def by(self, key: str) -> dict[str, list[_Row]]:
        """The index of a key column."""
        if key not in self.indexes:
            place, index = self.columns.index(key), dict[str, list[_Row]]()
            for row in self.rows:
                index.setdefault(folded(row.values[place]), []).append(row)
            self.indexes[key] = index
        return self.indexes[key]


class CsvTable:
    """The rows of a CSV file, or of a file of type .tsv or .tab with tabs, in UTF-8 and with a header."""

    def __init__(self, path: Path | str) -> None:
        """Reads nothing yet."""
        self._path = Path(path)
        self._content: _Content | None = None
        self._reading = Lock()

    def __repr__(self) -> str:
        return f"CsvTable({str(self._path)!r})"

    def check(self, key: str, columns: tuple[str, ...]) -> None:
        """Read the file. Raises ``UsageError`` in one line where it cannot be read or lacks a column."""
        self._read(key, columns)

    async def rows(self, key: str, value: str, columns: tuple[str, ...], most: int) -> Matches:
        """The rows with the key, from the index."""
        return await asyncio.to_thread(self._rows, key, value, columns, most)

    def _rows(self, key: str, value: str, columns: tuple[str, ...], most: int) -> Matches:
        content = self._read(key, columns)
        found = content.by(key).get(folded(value), [])
        names = columns or content.columns
        told = [dict(zip(content.columns, row.values, strict=True)) for row in found[:most]]
        return Matches(
            rows=tuple({name: row[name] for name in names} for row in told),
            source=self._path.name + _lines([row.line for row in found[:most]]),
            are_all=len(found) <= most,
        )

    def _read(self, key: str, columns: tuple[str, ...]) -> _Content:
        """The content, with an index of the key column."""
        with self._reading:
            content = self._content = self._content or self._parsed()
            missing = [name for name in (key, *columns) if name not in content.columns]
            if missing:
                raise UsageError(
                    f"Table {str(self._path)!r} has no column {missing[0]!r}. It has {', '.join(content.columns)}."
                )
            content.by(key)
            return content

    def _parsed(self) -> _Content:
        if not self._path.is_file():
            raise UsageError(f"Table {str(self._path)!r}: there is no such file. Give a CSV or TSV file.")
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as lines:
                header, *rows = _records(lines, "\t" if self._path.suffix.lower() in _TABBED else ",")
            names = _names(header)
            return _Content(names, tuple(_filled(row, len(names)) for row in rows))
        except (OSError, ValueError, csv.Error) as error:
            raise UsageError(
                f"Table {str(self._path)!r} cannot be read: {error}. Give a CSV or TSV file in UTF-8 with a header."
            ) from error


def _records(lines: Iterator[str], delimiter: str) -> Iterator[_Row]:
    """The rows that are not empty, each with the line that it begins on."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begins = 1
    some = False
    for values in reader:
        if values:
            some = True
            yield _Row(begins, tuple(values))
        begins = reader.line_num + 1
    if not some:
        raise ValueError("it is empty")


def _names(header: _Row) -> tuple[str, ...]:
    names = tuple(name.strip() for name in header.values)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"it has two columns {twice[0]!r}")
    return names


def _filled(row: _Row, width: int) -> _Row:
    """The row with nothing in the columns that it ends before."""
    if len(row.values) > width:
        raise ValueError(f"line {row.line} has {len(row.values)} values, and the header {width}")
    return _Row(row.line, row.values + ("",) * (width - len(row.values)))


def _lines(numbers: list[int]) -> str:
    if not numbers:
        return ""
    return f", line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
