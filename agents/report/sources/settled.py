"""Settling: the tidy table is made once, while the pull is waited for, and looked at as a whole.

So whatever is wrong is said by the pull itself, and what it gives is a plain file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from agents.report.declaration import Declaration
from agents.report.source import SourceFault, Want
from agents.report.sources.layout import Layout, listed, shortened
from agents.report.sources.tidy import ROW, cell, tidy
from agents.report.sources.unread import Unread
from agents.report.sources.work import Stop

FEWEST = 10
"""Cells from which on it is said that a column holds something else, where only a part of it is looked at."""

_GROUP_ROWS = 250_000


def settled(
    raw: pl.LazyFrame, layout: Layout, declaration: Declaration, want: Want, folder: Path, stop: Stop
) -> pl.LazyFrame:
    """The tidy table as a file in the folder.

    Raises ``SourceFault`` where it has no row though no single series was wanted, or a column holds something else
    than was declared.
    """
    path = folder / "tidy.parquet"
    stop.check()
    # in the foreground: what goes wrong in a query in the background can end the whole program
    tidy(raw, layout, declaration, want).sink_parquet(
        path, compression="zstd", compression_level=1, row_group_size=_GROUP_ROWS, engine="streaming"
    )
    stop.check()
    _Look(pl.scan_parquet(path, glob=False), layout, declaration, want).check(raw)
    return pl.scan_parquet(path, glob=False)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the whole of what was read."""

    table: pl.LazyFrame
    layout: Layout
    declaration: Declaration
    want: Want

    def check(self, raw: pl.LazyFrame) -> None:
        """Raise ``SourceFault`` where what was read cannot be meant."""
        counts = self.table.select(pl.len(), dates=pl.col("date").count(), values=pl.col("value").count())
        rows, dates, values = counts.collect(engine="streaming").row(0)
        if not rows and self.want.series is None:
            raise SourceFault(self._nothing(raw))
        if rows >= (1 if self.want == Want() else FEWEST):
            if not dates:
                self._refuse("date", repr(self.declaration.date), rows)
            if not values:
                self._refuse("value", self._column, rows)
            # whole numbers among them can be read all the same
            if self._unread().other_sign > rows / 2:
                self._refuse("value", self._column, rows)
        if self.layout.series is None:
            self._check_columns()

    @property
    def _column(self) -> str:
        return repr(self.declaration.value) if self.declaration.value else "of every series"

    def _unread(self, series: str | None = None) -> Unread:
        cells = self.table.filter(pl.col("date").is_not_null(), pl.col("value").is_null())
        if series is not None:
            cells = cells.filter(pl.col("series") == series)
        return Unread.of(cells, self.declaration)

    def _check_columns(self) -> None:
        """Where each series is a column, one of them may have become something else."""
        counts = self.table.group_by("series").agg(pl.len(), values=pl.col("value").count())
        bad = counts.filter(pl.col("values") == 0, pl.col("len") >= FEWEST).sort("series").collect(engine="streaming")
        for series, rows, _ in bad.iter_rows():
            columns = {name: there for there, name in self.declaration.names.items()}
            self._refuse("value", repr(columns[series]), rows, series)

    def _refuse(self, what: Literal["date", "value"], column: str, rows: int, series: str | None = None) -> None:
        unread = self.table.filter(pl.col(what).is_null(), pl.col("text").is_not_null())
        if series is not None:
            unread = unread.filter(pl.col("series") == series)
        row, text = unread.select("row", "text").head(1).collect(engine="streaming").row(0)
        match what:
            case "date":
                how, mend, bad = "as a date", "Declare how dates are written as date_format", rows
            case "value":
                found = self._unread(series)
                how, mend, bad = "as a number", found.advice(self.declaration), found.count
        some = f"none of {rows:,} cells can" if bad >= rows else f"{bad:,} of {rows:,} cells cannot"
        raise SourceFault(
            f"column {column}: {some} be read {how}; in row {row} it is {shortened(text)!r}. "
            f"{mend}, or mend the source."
        )

    def _nothing(self, raw: pl.LazyFrame) -> str:
        """Why there is no row."""
        if self.layout.series is not None and self.declaration.names:
            column = cell(self.layout.series)
            found = raw.select(pl.col(column).str.head(100).unique()).head(20).collect(engine="streaming")
            there = sorted(each for each in found[column] if each is not None)
            taken = {each.strip() for each in self.declaration.names}
            if there and not taken & {each.strip() for each in there}:
                return (
                    f"column {self.declaration.series!r} has none of the names that are declared; it has "
                    f"{listed(there)}. Mend names."
                )
        if raw.select(pl.col(ROW)).head(1).collect(engine="streaming").is_empty():
            return "it has no rows."
        return f"it has no values for {self.want}."
