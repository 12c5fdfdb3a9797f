"""The tidy table: what was pulled, with every repair applied in its order.

Repairs that get rows come first, so that those which change values change the new rows too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from agents.report.dataset import COLUMNS
from agents.report.repair import Repair


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
        self.changed: dict[Repair, int] = {}
        """How many rows each repair changed."""
        inside = pl.col("date").is_between(since, until) | pl.col("date").is_null()
        frames = [_frame(piece) for piece in pieces if piece.repair is None]
        self._frame = pl.concat(frames).filter(inside) if frames else pl.LazyFrame(schema=COLUMNS)
        for piece in pieces:
            if piece.repair is not None:
                self._replace(piece.repair, _frame(piece, piece.source != first_source).filter(inside))

    def apply(self, repair: Repair) -> None:
        """Change the rows that a repair names."""
        touched = _touched(repair)
        self.changed[repair] = self._count(self._frame.filter(touched))
        match repair.kind:
            case "invert":
                # there is no inverse of 0
                inverse = pl.when(pl.col("value") != 0).then(1 / pl.col("value"))
                self._frame = self._frame.with_columns(value=pl.when(touched).then(inverse).otherwise("value"))
            case "multiply":
                assert repair.factor is not None
                multiplied = pl.col("value") * repair.factor
                self._frame = self._frame.with_columns(value=pl.when(touched).then(multiplied).otherwise("value"))
            case "drop":
                self._frame = self._frame.filter(~touched)
            case "keep the first" | "keep the last":
                self._keep(repair, touched)
            case "pull":
                pass

    def sink(self, path: Path) -> None:
        """Write the table as Parquet, in its order."""
        ordered = self._frame.select(*COLUMNS).sort("series", "source", "date", "row")
        ordered.sink_parquet(path, compression="zstd", row_group_size=250_000)

    def _replace(self, repair: Repair, fresh: pl.LazyFrame) -> None:
        self.changed[repair] = self._count(fresh)
        self._frame = pl.concat([self._frame.filter(~_touched(repair)), fresh])

    def _keep(self, repair: Repair, touched: pl.Expr) -> None:
        """Leave one row of each key, by the order in which they were read."""
        named = self._frame.filter(touched)
        kept = named.sort("row", descending=repair.kind == "keep the last").unique(
            ["series", "source", "date"], keep="first", maintain_order=True
        )
        before, after = self._count(named), self._count(kept)
        self.changed[repair] = before - after
        self._frame = pl.concat([self._frame.filter(~touched), kept])

    def _count(self, frame: pl.LazyFrame) -> int:
        return int(frame.select(pl.len()).collect(engine="streaming").item())


def _frame(piece: Piece, stands_in: bool = False) -> pl.LazyFrame:
    return (
        pl.scan_parquet(piece.path)
        .with_columns(
            source=pl.lit(piece.source),
            pull=pl.lit(piece.pull, pl.Int32),
            stands_in=pl.lit(stands_in),
        )
        .select(*COLUMNS)
    )


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
