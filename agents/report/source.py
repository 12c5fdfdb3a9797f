"""The source: where data come from, as one protocol, and what can be wanted of it and can go wrong with it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

import polars as pl

COLUMNS: dict[str, type[pl.DataType]] = {
    "series": pl.String,
    "date": pl.Date,
    "value": pl.Float64,
    "row": pl.Int64,
    "text": pl.String,
}
"""The columns of what a source gives, one row a value.

``series`` is the series' own name in the reports, ``row`` the number of the row (from 1) or record in what was read,
so that a person finds it there again. Where a cell could not be read, ``value`` is null and ``text`` is the cell as it
stands there, at most 100 characters; where a date could not be read, ``date`` is null and ``text`` is that one. Cells
that are empty or hold one of the declared words for "missing" have no row.
"""

FaultKind = Literal["down", "wrong"]
"""``down``: it may be there again in a moment. ``wrong``: it will be the same next time, before a person mends it."""


@dataclass(frozen=True, slots=True)
class Want:
    """Which part of a source is wanted; without anything, all of it."""

    series: str | None = None
    """Only this series."""
    first: date | None = None
    """Only from this day on."""
    last: date | None = None
    """Only up to this day."""

    def __str__(self) -> str:
        which = "everything" if self.series is None else self.series
        since = f" from {self.first}" if self.first else ""
        until = f" to {self.last}" if self.last else ""
        return f"{which}{since}{until}"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a source gave."""

    frame: pl.LazyFrame
    """With ``COLUMNS``, in any order; read from files in the folder that ``pull`` was given."""
    location: str
    """Where it came from, in words that a person can follow; without passwords and keys."""


class SourceFault(Exception):
    """Why a source could not be pulled, in one line for a person.

    Attribute: ``kind``, whether trying again may help.
    """

    def __init__(self, reason: str, kind: FaultKind = "wrong") -> None:
        self.kind: FaultKind = kind
        super().__init__(reason)


class Source(Protocol):
    """One place that data come from."""

    async def pull(self, want: Want, folder: Path) -> Pulled:
        """Read what is wanted; ``folder`` is an empty one for what has to be unpacked or stored meanwhile.

        Raises ``SourceFault``, also where the source takes longer or is larger than was declared.
        """
