"""Records of a CSV file, read so that one broken record costs one record.

A quoted field may hold line ends, so a record may be longer than a line. A quote that is never closed would swallow
the rest of the file; so a record that does not come out right within its bounds is broken at its first line only,
and reading goes on with the line after it.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from state.errors import UnreadableSource

LONGEST_RECORD = 200
"""How many lines one record may have."""

LONGEST_LINE = 1_000_000
"""How many bytes one line may have."""

DELIMITERS = ",;\t|"

csv.field_size_limit(LONGEST_LINE * LONGEST_RECORD)


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no record."""

    line: int
    """From 1."""
    reason: str
    text: str


class Lines(Iterator["tuple[int, str | Broken]"]):
    """The lines of a UTF-8 file with their numbers, from 1; a line can be put back."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._number = 0
        self._back: deque[tuple[int, str | Broken]] = deque()

    def __next__(self) -> "tuple[int, str | Broken]":
        if self._back:
            return self._back.popleft()
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self._number += 1
        return self._number, self._decoded(line)

    def put_back(self, lines: "list[tuple[int, str | Broken]]") -> None:
        """Have these lines come next, in their order."""
        self._back.extendleft(reversed(lines))

    def _decoded(self, line: bytes) -> str | Broken:
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            start = line[:80].decode("utf-8", "replace")
            while (rest := self._file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            return Broken(self._number, f"the line is longer than {LONGEST_LINE} bytes", start)
        try:
            text = line.decode("utf-8-sig" if self._number == 1 else "utf-8")
        except UnicodeDecodeError as wrong:
            reason = f"is not UTF-8 at byte {wrong.start + 1} of the line"
            return Broken(self._number, reason, line.decode("utf-8", "replace").rstrip())
        return Broken(self._number, "holds a null character", text.rstrip()) if "\0" in text else text


def read_csv(lines: Lines, path: Path, required: frozenset[str]) -> "Iterator[Broken | tuple[int, Mapping[str, Any]]]":
    """The records of a CSV file by the names of its first line. Raises ``UnreadableSource``."""
    header, delimiter = _header(lines, path)
    missing = sorted(required.difference(header))
    if missing:
        raise UnreadableSource(f"{path}: the first line has no column {', '.join(map(repr, missing))}.")
    for number, text in lines:
        if isinstance(text, Broken):
            yield text
        elif text.strip():
            yield _record(lines, number, text, header, delimiter)


def _header(lines: Lines, path: Path) -> tuple[list[str], str]:
    _, first = next(lines, (1, ""))
    if isinstance(first, Broken):
        raise UnreadableSource(f"{path}: the first line: {first.reason}. Save the file as UTF-8.")
    if not first.strip():
        raise UnreadableSource(f"{path}: there is no first line with the names of the columns.")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    except csv.Error as wrong:
        raise UnreadableSource(f"{path}: the first line: {wrong}. Lines must end in a line feed.") from wrong
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UnreadableSource(f"{path}: the first line names {', '.join(map(repr, repeated))} more than once.")
    return names, delimiter


def _record(
    lines: Lines, number: int, text: str, header: list[str], delimiter: str
) -> Broken | tuple[int, Mapping[str, Any]]:
    taken = [text]
    looked_at: list[tuple[int, str | Broken]] = []
    unclosed = _is_odd(text)
    while unclosed and len(looked_at) < LONGEST_RECORD and (following := next(lines, None)):
        looked_at.append(following)
        if isinstance(following[1], Broken):
            break
        taken.append(following[1])
        unclosed ^= _is_odd(following[1])
    fields = _fields("".join(taken), delimiter)
    if isinstance(fields, list) and len(fields) == len(header):
        return number, dict(zip(header, fields, strict=True))
    lines.put_back(looked_at)
    reason = fields if isinstance(fields, str) else f"has {len(fields)} fields, the first line names {len(header)}"
    return Broken(number, reason, taken[0].rstrip())


def _is_odd(text: str) -> bool:
    """Whether a line opens a quoted field that it does not close, or the other way round."""
    return text.count('"') % 2 == 1


def _fields(record: str, delimiter: str) -> list[str] | str:
    """The fields of one record, or what is wrong with it."""
    try:
        rows = list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as wrong:
        return f"has broken quoting: {wrong}"
    return rows[0] if len(rows) == 1 else "has broken quoting"
