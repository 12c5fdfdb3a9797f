"""The source in a Parquet file. What it says of its own size is looked at before any of it is unpacked."""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from agents.report.declaration import MOST_ROWS, ParquetDeclaration
from agents.report.source import Pulled, SourceFault, Want
from agents.report.sources.content import is_markup
from agents.report.sources.footer import Footer
from agents.report.sources.layout import Layout
from agents.report.sources.place import Place, check_size, unreadable
from agents.report.sources.settled import settled
from agents.report.sources.tidy import ROW, cell
from agents.report.sources.work import Stop, in_thread

_MAGIC = b"PAR1"

_DAY = 24 * 60 * 60

_KNOWN_DAYS = ((date.min - date(1970, 1, 1)).days + 1, (date.max - date(1970, 1, 1)).days - 1)
"""Days since 1970, one less at either end, since a time zone moves moments by up to a day."""

_NO_DAY = 2**31 - 1
"""As days since 1970: none that there is a date for."""

_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.Null)


class ParquetFile:
    """A Parquet file, in either layout."""

    def __init__(self, declaration: ParquetDeclaration, folders: Sequence[Path]) -> None:
        """Reads nothing yet."""
        self._declaration = declaration
        self._place = Place(declaration.path, tuple(folders), declaration.download)

    async def pull(self, want: Want, folder: Path) -> Pulled:
        """Read what is wanted. The rows are numbered from 1."""
        return await in_thread(lambda stop: self._pulled(want, folder, stop))

    def _pulled(self, want: Want, folder: Path, stop: Stop) -> Pulled:
        declared, path = self._declaration, self._place.found()
        layout = Layout.of(declared, want)
        check_size(path, declared.path, declared.largest, "Raise its largest, or take a part of it.")
        own = folder / "own.parquet"
        try:
            _check_magic(path)
            # a file that somebody writes to while it is read would end the whole program
            shutil.copyfile(path, own)
        except OSError as error:
            raise unreadable(declared.path, error) from error
        footer = Footer.of(own)
        names = [footer.columns[place] for place in layout.places(footer.columns)]
        self._check_bounds(footer, names)
        raw = _raw(own, names, layout, declared.date_format)
        return Pulled(settled(raw, layout, declared, want, folder, stop), declared.path)

    def _check_bounds(self, footer: Footer, names: Sequence[str]) -> None:
        if footer.rows > MOST_ROWS:
            raise SourceFault(f"it has {footer.rows:,} rows, and at most {MOST_ROWS:,} are read. Take a part of it.")
        size, largest = footer.unpacked(names), self._declaration.largest
        if size > largest:
            raise SourceFault(
                f"its columns unpack to {size:,} bytes, and at most {largest:,} are declared. Raise its largest."
            )


def _check_magic(path: Path) -> None:
    with path.open("rb") as file:
        beginning = file.read(1000)
    if is_markup(beginning):
        raise SourceFault("this is no Parquet but a web page (HTML) or XML; get the data themselves.")
    if not beginning.startswith(_MAGIC):
        raise SourceFault("this is no Parquet. Get it again, or declare the kind that it is.")


def _raw(path: Path, names: Sequence[str], layout: Layout, date_format: str | None) -> pl.LazyFrame:
    """The columns that are needed, in the types that the tidy table is made from. Raises ``SourceFault``."""
    scanned = pl.scan_parquet(path, row_index_name=ROW, row_index_offset=1, glob=False, hive_partitioning=False)
    types = scanned.collect_schema()
    columns = []
    for place, name in enumerate(names):
        if place == layout.date:
            column = _as_date(name, types[name], date_format)
        elif place == layout.series:
            column = _as_name(name, types[name])
        else:
            column = _as_value(name, types[name])
        columns.append(column.alias(cell(place)))
    return scanned.select(ROW, *columns)


def _as_date(name: str, kind: pl.DataType, date_format: str | None) -> pl.Expr:
    match kind:
        case pl.Date():
            return pl.col(name)
        case pl.Datetime():
            return _day(pl.col(name), kind)
        case _ if _is_text(kind) or (kind.is_integer() and date_format is not None):
            return pl.col(name).cast(pl.String)
        case _:
            raise _unfit(name, kind, "dates or text are")


def _day(moment: pl.Expr, kind: pl.Datetime) -> pl.Expr:
    """Its day in its own time zone. Moments for which there is no date become days for which there is none."""
    ticks = _DAY * {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.time_unit]
    first, last = _KNOWN_DAYS
    # the ends of what nanoseconds can say, moved by a time zone, would be days of other centuries
    most = 2**63 // ticks - 2
    is_known = (moment.to_physical() // ticks).is_between(max(first, -most), min(last, most))
    day = pl.when(is_known).then(moment).dt.date()
    return pl.when(is_known).then(day).when(moment.is_not_null()).then(pl.lit(_NO_DAY, pl.Int32).cast(pl.Date))


def _as_name(name: str, kind: pl.DataType) -> pl.Expr:
    if _is_text(kind) or kind.is_integer():
        return pl.col(name).cast(pl.String)
    raise _unfit(name, kind, "text is")


def _as_value(name: str, kind: pl.DataType) -> pl.Expr:
    if kind.is_numeric():
        return pl.col(name).cast(pl.Float64)
    if _is_text(kind):
        return pl.col(name).cast(pl.String)
    raise _unfit(name, kind, "numbers are")


def _is_text(kind: pl.DataType) -> bool:
    return kind.base_type() in _TEXTS


def _unfit(name: str, kind: pl.DataType, needed: str) -> SourceFault:
    return SourceFault(f"column {name!r} is of type {kind}, and {needed} needed there.")
