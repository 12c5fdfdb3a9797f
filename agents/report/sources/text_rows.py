"""Rows of text on their way to a table: written to Parquet files part by part, so that few are held at a time."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from agents.report.declaration import MOST_ROWS
from agents.report.source import SourceFault
from agents.report.sources.tidy import LONGEST_CELL, ROW, cell
from agents.report.sources.work import Stop

PART_ROWS = 50_000
"""Rows from which on a part is written."""

PART_CELLS = 500_000
"""Cells from which on a part is written."""


class TextRows:
    """The rows of one pull."""

    def __init__(self, folder: Path, width: int, stop: Stop) -> None:
        """``width`` is how many cells each row has."""
        self._folder, self._stop = folder, stop
        self._columns: list[list[str | None]] = [[] for _ in range(width)]
        self._most = max(1, min(PART_ROWS, PART_CELLS // width))
        self._parts: list[Path] = []
        self.count = 0
        """Rows so far."""

    def add(self, columns: Sequence[Sequence[str | None]]) -> None:
        """Take some rows, column by column; None for no value.

        Raises ``SourceFault`` where there are more than a source may have.
        """
        self._stop.check()
        for held, column in zip(self._columns, columns, strict=True):
            held.extend(column)
        self.count += len(columns[0])
        if self.count > MOST_ROWS:
            raise SourceFault(f"it has more than {MOST_ROWS:,} rows. Take a part of it.")
        if len(self._columns[0]) >= self._most:
            self._write()

    def table(self) -> pl.LazyFrame:
        """All rows, with their numbers."""
        if self._columns[0] or not self._parts:
            self._write()
        return pl.scan_parquet(self._parts, row_index_name=ROW, row_index_offset=1, glob=False)

    def _write(self) -> None:
        path = self._folder / f"part-{len(self._parts):06}.parquet"
        data = {cell(place): pl.Series(column, dtype=pl.String) for place, column in enumerate(self._columns)}
        cut = pl.DataFrame(data).select(pl.all().str.head(LONGEST_CELL + 1))
        cut.write_parquet(path, compression="zstd", compression_level=1)
        self._parts.append(path)
        for column in self._columns:
            column.clear()
