"""The tidy table of what was read: one row a value.

It takes cells as text or as typed columns, in either layout. All of it is one lazy query, so that a source that is
larger than the memory can be read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from agents.report.declaration import Declaration, Frequency
from agents.report.source import COLUMNS, Want
from agents.report.sources.layout import Layout

LONGEST_TEXT = 100
"""Characters of a cell that are kept where it could not be read."""

LONGEST_CELL = 1000
"""Characters of a cell that are looked at."""

UNNAMED = "(no name)"
"""The series of values that have none."""

UNKNOWN_DAY = "(no day of the years 1 to 9999)"
"""The text of a date that is none that can be written."""

ROW = "row"
"""The column of raw tables with the number of the row, from 1."""

_MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?$"

_SHORTER: dict[Frequency, str] = {"month": "%Y-%m", "year": "%Y"}
"""How days may be written where a source has one value in so long a time."""

_QUARTERS = {f"-Q{quarter}": f"-{3 * quarter - 2:02}-01" for quarter in range(1, 5)}


def cell(place: int) -> str:
    """The name, in a raw table, of the column at a place of the layout."""
    return f"cell {place}"


def tidy(raw: pl.LazyFrame, layout: Layout, declaration: Declaration, want: Want) -> pl.LazyFrame:
    """The table with ``COLUMNS``. ``raw`` has ``ROW`` and a column ``cell(place)`` for each column of the layout.

    Dates and the names of series are text, or dates are ``Date``; values are text or ``Float64``. Rows whose date
    cannot be read stay, unless a single series is wanted: they may be of any day.
    """
    types = raw.collect_schema()
    day = pl.col(cell(layout.date))
    if types[cell(layout.date)] == pl.Date:
        # said of the column itself, it spares reading parts of a file whose days are others
        raw = raw.filter(_is_wanted(day, want))
    dated = raw.with_columns(_dates(day, types[cell(layout.date)], declaration))
    dated = dated.filter(_is_wanted(pl.col("date"), want))
    reading = _Reading(declaration)
    if layout.series is not None:
        named = dated.with_columns(series=_series(pl.col(cell(layout.series)), declaration))
        [place] = layout.values
        columns = named.filter(*_one_series(want)).with_columns(cell=pl.col(cell(place)))
        return reading.rows(columns, types[cell(place)])
    if layout.divisor is not None:
        name = cell(layout.divisor)
        dated = dated.with_columns(divisor=reading.number(pl.col(name), types[name]))
    return pl.concat(
        [reading.rows(_unpivoted(dated, layout, declaration, group), kind) for group, kind in _groups(layout, types)]
    )


def _groups(layout: Layout, types: pl.Schema) -> Iterator[tuple[list[int], pl.DataType]]:
    """The columns of values by their type, since only columns of one type can be put under each other."""
    for kind in (pl.String(), pl.Float64()):
        group = [place for place in layout.values if types[cell(place)] == kind]
        if group:
            yield group, kind


def _unpivoted(dated: pl.LazyFrame, layout: Layout, declaration: Declaration, group: Sequence[int]) -> pl.LazyFrame:
    index = [ROW, "date", "date text", *(["divisor"] if layout.divisor is not None else [])]
    long = dated.unpivot([cell(place) for place in group], index=index, variable_name="place", value_name="cell")
    names = {cell(place): declaration.names[layout.columns[place]] for place in group}
    return long.with_columns(series=pl.col("place").replace_strict(names, return_dtype=pl.String))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How cells become values."""

    declaration: Declaration

    def rows(self, columns: pl.LazyFrame, kind: pl.DataType) -> pl.LazyFrame:
        """From series, date, date text, cell, row and, where values are divided, divisor."""
        there = columns.filter(~self._is_missing(pl.col("cell"), kind))
        read = there.with_columns(value=self.number(pl.col("cell"), kind))
        if self.declaration.rebase is not None:
            read = self._divided(read)
        text = pl.when(pl.col("date").is_null()).then("date text").when(pl.col("value").is_null()).then(_text("cell"))
        return read.with_columns(text=text).select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())

    def number(self, column: pl.Expr, kind: pl.DataType) -> pl.Expr:
        """The number in a cell; null where there is none that is finite."""
        number = column if kind == pl.Float64 else _number(_stripped(column), self.declaration.decimal)
        return pl.when(number.is_finite()).then(number)

    def _is_missing(self, column: pl.Expr, kind: pl.DataType) -> pl.Expr:
        """Whether a cell stands for no value."""
        words = [word.strip() for word in self.declaration.missing]
        if kind == pl.Float64:
            return column.is_null() | column.is_in([float(word) for word in words if _is_number(word)])
        return column.is_null() | _stripped(column).is_in(["", *words])

    def _divided(self, read: pl.LazyFrame) -> pl.LazyFrame:
        """Every series divided by the divisor of its row; without one, what can be read has no value there."""
        assert self.declaration.rebase is not None
        is_divisor = pl.col("series") == self.declaration.names[self.declaration.rebase]
        quotient = pl.col("value") / pl.col("divisor")
        divided = pl.when(is_divisor).then("value").when(quotient.is_finite()).then(quotient)
        rows = read.with_columns(divided=divided).filter(pl.col("divided").is_not_null() | pl.col("value").is_null())
        return rows.with_columns(value=pl.col("divided"))


def _number(text: pl.Expr, decimal: Literal[".", ","]) -> pl.Expr:
    """Where a comma stands before the decimals, a point stands for nothing: what has one is no number."""
    if decimal == ",":
        text = pl.when(~text.str.contains(".", literal=True)).then(text.str.replace(",", ".", literal=True))
    return text.cast(pl.Float64, strict=False)


def _dates(column: pl.Expr, kind: pl.DataType, declaration: Declaration) -> Iterable[pl.Expr]:
    if kind == pl.Date:
        known = _bounded(column)
        text = (
            pl.when(known.is_null() & column.is_not_null()).then(pl.lit(UNKNOWN_DAY)).otherwise(known.cast(pl.String))
        )
        return known.alias("date"), text.fill_null("").alias("date text")
    written = _stripped(column).str.replace(_MIDNIGHT, "")
    if declaration.date_format is not None:
        found = _stripped(column).str.to_date(declaration.date_format, strict=False)
    else:
        found = written.str.to_date("%Y-%m-%d", strict=False)
        if declaration.frequency in _SHORTER:
            found = pl.coalesce(found, written.str.to_date(_SHORTER[declaration.frequency], strict=False))
        elif declaration.frequency == "quarter":
            days = written.str.replace_many(_QUARTERS).str.to_date("%Y-%m-%d", strict=False)
            found = pl.coalesce(found, days)
    return _bounded(found).alias("date"), column.fill_null("").str.head(LONGEST_TEXT).alias("date text")


def _bounded(day: pl.Expr) -> pl.Expr:
    return pl.when(_is_known(day)).then(day)


def _is_known(day: pl.Expr) -> pl.Expr:
    """Whether Python has a date for a day."""
    return day.is_between(date.min, date.max)


def _series(column: pl.Expr, declaration: Declaration) -> pl.Expr:
    """Its own name in the reports; null for a series that is not taken."""
    found = _stripped(column.fill_null(""))
    if declaration.names:
        names = {there.strip(): name for there, name in declaration.names.items()}
        return found.replace_strict(names, default=None, return_dtype=pl.String)
    return pl.when(found == "").then(pl.lit(UNNAMED)).otherwise(found)


def _one_series(want: Want) -> Iterator[pl.Expr]:
    yield pl.col("series").is_not_null()
    if want.series is not None:
        yield pl.col("series") == want.series


def _is_wanted(day: pl.Expr, want: Want) -> pl.Expr:
    inside = day.is_between(want.first or date.min, want.last or date.max)
    return inside if want.series is not None else inside | day.is_null() | ~_is_known(day)


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.head(LONGEST_TEXT)


def _stripped(column: pl.Expr) -> pl.Expr:
    return column.str.head(LONGEST_CELL).str.strip_chars()


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
