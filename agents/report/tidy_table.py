"""The tidy table: what was pulled, with every repair applied in its order.

Repairs that get rows come first, so that those which change values change the new rows too. All is done some series
at a time, and each repair only to the series that it names.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from agents.report.dataset import COLUMNS
from agents.report.portions import portions
from agents.report.repair import Repair

ORDER = ("series", "source", "date", "row")
"""What the table is sorted by."""

ROW_GROUP = 250_000
"""Rows of the file that can be told apart without reading them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one pull brought."""

    source: str
    pull: int
    """Its place among the pulls."""
    path: Path
    repair: Repair | None = None
    """The repair that it was pulled for; None for the first pull of a source."""


class TidyTable:
    """The rows of several pulls, on their way to one table."""

    def __init__(self, pieces: Sequence[Piece], first_source: str, since: date, until: date) -> None:
        """Takes the days ``since`` to ``until``, both included, and the rows whose day could not be read."""
        self._pieces, self._first_source = tuple(pieces), first_source
        self._inside = pl.col("date").is_between(since, until) | pl.col("date").is_null()
        self.changed: Counter[Repair] = Counter()
        """How many rows each repair changed, once the table is written."""

    def write(self, repairs: Sequence[Repair], draft: Callable[[], Path]) -> Path:
        """Write the table as Parquet at a ``draft()``, which is returned. Raises ``OSError``."""
        parts = [self._part(names, repairs, draft()) for names in portions(self._counts())]
        if len(parts) == 1:
            return parts[0]
        whole = draft()
        try:
            scans = [pl.scan_parquet(part) for part in parts] or [pl.LazyFrame(schema=COLUMNS)]
            pl.concat(scans).sink_parquet(whole, compression="zstd", row_group_size=ROW_GROUP)
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
        return whole

    def _counts(self) -> Iterator[tuple[str, int]]:
        """Every series, in order, with about how many rows it will have."""
        if not self._pieces:
            return iter(())
        all_of = pl.concat([self._scan(piece).select("series") for piece in self._pieces])
        counts = all_of.group_by("series").agg(pl.len()).sort("series").collect(engine="streaming")
        return counts.select("series", "len").iter_rows()

    def _scan(self, piece: Piece) -> pl.LazyFrame:
        return (
            pl.scan_parquet(piece.path)
            .filter(self._inside)
            .with_columns(
                source=pl.lit(piece.source), pull=pl.lit(piece.pull, pl.Int32), stands_in=pl.lit(self._stands_in(piece))
            )
            .select(*COLUMNS)
        )

    def _stands_in(self, piece: Piece) -> bool:
        """Whether it was pulled to fill what the first source lacks; a source that is read anew as a whole was not."""
        asked = piece.repair
        return asked is not None and not asked.is_everything and piece.source != self._first_source

    def _part(self, names: Sequence[str], repairs: Sequence[Repair], path: Path) -> Path:
        scans = [self._scan(piece) for piece in self._pieces if piece.repair is None]
        frame = _of(pl.concat(scans) if scans else pl.LazyFrame(schema=COLUMNS), names)
        for piece in self._pieces:
            if piece.repair is not None and _names(piece.repair, names):
                frame = self._replaced(frame, piece.repair, _of(self._scan(piece), names))
        for repair in repairs:
            if _names(repair, names):
                frame = self._repaired(frame, repair)
        try:
            frame.sort(*ORDER).write_parquet(path, compression="zstd", row_group_size=ROW_GROUP)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _replaced(self, frame: pl.DataFrame, repair: Repair, fresh: pl.DataFrame) -> pl.DataFrame:
        """The frame with what was pulled again in the place of what it was; what cannot be read replaces nothing."""
        readable = fresh.filter(pl.col("value").is_not_null() & pl.col("date").is_not_null())
        self.changed[repair] += readable.height
        known = ["series"] if repair.is_everything else ["series", "date"]
        named, others = frame.filter(_touched(repair)), frame.filter(~_touched(repair))
        left = named.join(readable, on=known, how="anti", nulls_equal=True)
        return pl.concat([others, left, fresh if repair.is_everything and readable.height else readable])

    def _repaired(self, frame: pl.DataFrame, repair: Repair) -> pl.DataFrame:
        named, others = frame.filter(_touched(repair)), frame.filter(~_touched(repair))
        made = _made(named, repair)
        self.changed[repair] += named.height - made.height if repair.kind.startswith("keep") else named.height
        return pl.concat([others, made])


def _of(frame: pl.LazyFrame, names: Sequence[str]) -> pl.DataFrame:
    return frame.filter(pl.col("series").is_in(names)).collect(engine="streaming")


def _names(repair: Repair, names: Sequence[str]) -> bool:
    return repair.series is None or repair.series in names


def _made(named: pl.DataFrame, repair: Repair) -> pl.DataFrame:
    """The rows that a repair names, as it makes them."""
    match repair.kind:
        case "invert":
            # there is no inverse of 0
            return named.with_columns(value=pl.when(pl.col("value") != 0).then(1 / pl.col("value")))
        case "multiply":
            assert repair.factor is not None
            return named.with_columns(value=pl.col("value") * repair.factor)
        case "drop":
            return named.clear()
        case "keep the first" | "keep the last":
            newest_first = repair.kind == "keep the last"
            ordered = named.sort("row", descending=newest_first)
            return ordered.unique(["series", "source", "date"], keep="first", maintain_order=True)
        case "pull":
            return named


def _touched(repair: Repair) -> pl.Expr:
    """Whether a repair names a row."""
    return pl.all_horizontal(*_conditions(repair)).fill_null(False)


def _conditions(repair: Repair) -> Iterator[pl.Expr]:
    yield pl.col("source") == repair.source
    if repair.series is not None:
        yield pl.col("series") == repair.series
    if repair.first is not None:
        yield pl.col("date") >= repair.first
    if repair.last is not None:
        yield pl.col("date") <= repair.last
    if repair.before is not None:
        yield pl.col("date") < repair.before
