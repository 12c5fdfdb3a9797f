"""The source in a CSV file, which may be gzipped. Every cell is text, and nothing in it is ever evaluated."""

import csv
import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

from agents.report.declaration import CsvDeclaration
from agents.report.source import Pulled, SourceFault, Want
from agents.report.sources.csv_bytes import CsvBytes
from agents.report.sources.layout import Layout
from agents.report.sources.place import Place, check_size, unreadable
from agents.report.sources.settled import settled
from agents.report.sources.text_rows import TextRows
from agents.report.sources.work import Stop, in_thread

BATCH_CELLS = 100_000
"""Cells that are taken at a time at most."""

BATCH_ROWS = 500
"""Rows that are taken at a time at most."""

_QUOTE = '"'

_DELIMITERS = (",", ";", "\t", "|")
"""Those that are tried where the declared one gives none of the columns."""

_Records = list[list[str]]


class CsvFile:
    """A CSV file in UTF-8 with a header."""

    def __init__(self, declaration: CsvDeclaration, folders: Sequence[Path]) -> None:
        """Reads nothing yet."""
        self._declaration = declaration
        self._place = Place(declaration.path, tuple(folders), declaration.download)

    async def pull(self, want: Want, folder: Path) -> Pulled:
        """Read what is wanted. The rows are numbered from 1, without the header and blank lines."""
        return await in_thread(lambda stop: self._pulled(want, folder, stop))

    def _pulled(self, want: Want, folder: Path, stop: Stop) -> Pulled:
        declared, path = self._declaration, self._place.found()
        layout = Layout.of(declared, want)
        check_size(path, declared.path, declared.largest, "Raise its largest, or give Parquet.")
        rows = TextRows(folder, len(layout.columns), stop)
        try:
            with path.open("rb") as file:
                _Reading(file, declared, stop).take(layout, rows)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceFault(f"{declared.path!r} is damaged: {error}. Get it again.") from error
        except OSError as error:
            raise unreadable(declared.path, error) from error
        return Pulled(settled(rows.table(), layout, declared, want, folder, stop), declared.path)


class _Reading:
    """One reading of an open file."""

    def __init__(self, file: IO[bytes], declared: CsvDeclaration, stop: Stop) -> None:
        if declared.delimiter in (_QUOTE, "\r", "\n"):
            raise SourceFault(f"{declared.delimiter!r} cannot be the delimiter. Declare the one between the cells.")
        self._file, self._declared, self._stop = file, declared, stop
        self._bytes = CsvBytes(file, declared.largest, stop)
        self._reader = csv.reader(self._bytes.text(), delimiter=declared.delimiter, quotechar=_QUOTE, strict=True)

    def take(self, layout: Layout, rows: TextRows) -> None:
        """Take the columns that are needed of every row."""
        header = next((each for [each] in self._batches(1) if not _is_blank(each)), [])
        if not header:
            raise SourceFault("it is empty. It must begin with a header.")
        _check_names(header)
        places, width = self._places(layout, header), len(header)
        begun = self._reader.line_num + 1
        for batch in self._batches(max(1, min(BATCH_ROWS, BATCH_CELLS // width))):
            columns = list(zip(*_even(batch, width, begun), strict=True))
            if columns:
                rows.add([columns[place] for place in places])
            begun = self._reader.line_num + 1

    def _places(self, layout: Layout, header: list[str]) -> list[int]:
        """Where the columns are. Raises ``SourceFault``, which says where another delimiter would give them."""
        try:
            return layout.places(header)
        except SourceFault as fault:
            line = self._declared.delimiter.join(header)
            for delimiter in _DELIMITERS:
                names = next(csv.reader([line], delimiter=delimiter, quotechar=_QUOTE))
                if delimiter != self._declared.delimiter and layout.is_in(names):
                    said = json.dumps(delimiter)
                    raise SourceFault(
                        f"the columns are separated by {delimiter!r}: declare delimiter = {said}."
                    ) from fault
            raise

    def _batches(self, size: int) -> Iterator[_Records]:
        """The rows, some at a time, blank ones among them."""
        try:
            while batch := list(islice(self._reader, size)):
                yield batch
                self._bytes.next_batch()
        except UnicodeDecodeError:
            line = self._reader.line_num
            raise SourceFault(f"after line {line} it is not text in UTF-8. Save it as CSV in UTF-8.") from None
        except csv.Error as error:
            raise SourceFault(self._broken(str(error))) from error

    def _broken(self, said: str) -> str:
        if "unexpected end" in said or "field larger" in said:
            return f"line {self._last_whole() + 1} opens a quote that is not closed, or a cell that is far too long."
        return f"line {self._reader.line_num} is no CSV: {said}. A quote in a quoted cell is written twice."

    def _last_whole(self) -> int:
        """The last line of the last row that can be read."""
        text = CsvBytes(self._file, self._declared.largest, self._stop)
        reader = csv.reader(text.text(), delimiter=self._declared.delimiter, quotechar=_QUOTE, strict=True)
        line = 0
        try:
            for _ in reader:
                line = reader.line_num
                text.next_batch()
        except csv.Error:
            pass
        return line


def _check_names(header: list[str]) -> None:
    """Two columns of one name are a fault, also where neither is needed: something else was meant."""
    names = [name.strip() for name in header if name.strip()]
    if len(set(names)) < len(names):
        [(twice, _)] = Counter(names).most_common(1)
        raise SourceFault(f"it has two columns {twice[:60]!r}. Give each column a name of its own.")


def _even(batch: _Records, width: int, begun: int) -> _Records:
    """The rows that are not blank, all of them of that many cells. Raises ``SourceFault``."""
    if set(map(len, batch)) == {width}:
        return batch
    line, kept = begun, []
    for record in batch:
        if len(record) == width:
            kept.append(record)
        elif not _is_blank(record):
            raise SourceFault(
                f"line {line} has {len(record):,} cells, and the header {width:,}. Mend it there; a cell that holds "
                "the delimiter stands in quotes."
            )
        line += 1 + sum(cell.count("\n") for cell in record)
    return kept


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())
