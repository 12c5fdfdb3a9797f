"""A data frame as a source: for notebooks, for tests, and for what a user has in memory already."""

from pathlib import Path

import polars as pl

from agents.report.source import COLUMNS, Pulled, Want


class FrameSource:
    """Gives the rows of a frame that has ``series``, ``date`` and ``value``."""

    def __init__(self, frame: pl.DataFrame | pl.LazyFrame, location: str = "a data frame") -> None:
        """A ``row`` and a ``text`` are made where the frame has none."""
        self._frame, self._location = frame.lazy(), location

    async def pull(self, want: Want, folder: Path) -> Pulled:
        """The rows that are wanted."""
        frame = _whole(self._frame)
        if want.series is not None:
            frame = frame.filter(pl.col("series") == want.series)
        if want.first is not None:
            frame = frame.filter(pl.col("date") >= want.first)
        if want.last is not None:
            frame = frame.filter(pl.col("date") <= want.last)
        return Pulled(frame, self._location)


def _whole(frame: pl.LazyFrame) -> pl.LazyFrame:
    there = frame.collect_schema().names()
    if "row" not in there:
        frame = frame.with_row_index("row", 1)
    if "text" not in there:
        frame = frame.with_columns(text=pl.lit(None))
    return frame.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
