"""The dataset: the decision of the data specialist, which says what was got, from where, and what is missing.

The values themselves are one tidy table, a Parquet file in the file store, with ``COLUMNS``.
"""

from datetime import date, datetime
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from state.artifact import Artifact
from state.decision import Decision

COLUMNS: dict[str, type[pl.DataType]] = {
    "series": pl.String,
    "source": pl.String,
    "date": pl.Date,
    "value": pl.Float64,
    "row": pl.Int64,
    "pull": pl.Int32,
    "stands_in": pl.Boolean,
    "text": pl.String,
}
"""The columns of the table, which is sorted by the first three and ``row``.

``pull`` is the place of the pull in ``Dataset.pulls`` and ``row`` the row in what was pulled, so that every value can
be found again; ``stands_in`` says that the value was asked for where the first source has none; ``text`` is the cell
where it could not be read, and the value is null then.
"""

Outcome = Literal["done", "nothing", "refused"]
"""What came of a repair: ``done``; ``nothing`` to be had or changed; ``refused``, since it cannot be done."""


class Pull(BaseModel):
    """One time that a source was read."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    source: str
    asked: str
    """What was wanted: ``everything``, or a series and days."""
    at: datetime
    """When, UTC."""
    rows: int = Field(ge=0)
    table: Artifact
    """What came, as a Parquet file."""
    location: str
    """Where it came from."""
    publisher: str = ""
    terms: str = ""


class Absence(BaseModel):
    """Something that is known to be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    source: str
    series: str | None = None
    """None for all of the source."""
    first: date | None = None
    last: date | None = None
    why: str


class Repaired(BaseModel):
    """A repair that was asked for, and what came of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    request: str
    """The sentence, with the reason that the asker gave."""
    by: str
    """Who asked."""
    outcome: Outcome
    words: str
    """What was done, or why nothing was."""
    rows: int = Field(default=0, ge=0)
    """How many rows it changed."""
    pull: int | None = None
    """The place in ``Dataset.pulls`` of what was pulled for it; None where nothing was."""


class Dataset(Decision):
    """What was got, from where, and what is known to be missing."""

    table: Artifact
    """The tidy table."""
    rows: int = Field(ge=0)
    series: int = Field(ge=0)
    """How many there are."""
    first: date | None
    last: date | None
    """The days that it covers; None where it has no row."""
    pulls: tuple[Pull, ...]
    absent: tuple[Absence, ...] = ()
    repairs: tuple[Repaired, ...] = ()
    """What was asked for, oldest first."""
