"""The findings: the decision of the analysis, with what is wrong with the data and what they say."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from state.artifact import Artifact
from state.decision import Decision

CheckName = Literal[
    "source",
    "unreadable",
    "duplicate",
    "partial",
    "ended",
    "inverted",
    "scaled",
    "redenominated",
    "missing",
    "outlier",
    "disagree",
]
"""What can be wrong: a ``source`` could not be pulled; cells are ``unreadable``; a key is there twice; the last period
is ``partial``; a series has ``ended``; a rate is quoted the other way round (``inverted``) or in other units
(``scaled``); the unit of a series changed at a day (``redenominated``); values are ``missing`` between others; a value
stands out against the series' own history (``outlier``); sources ``disagree`` beyond the tolerance."""

IssueState = Literal["repaired", "open"]
"""``repaired``: a request mended it. ``open``: it stayed, and the report says so."""


class Issue(BaseModel):
    """One thing that is wrong with the data."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    check: CheckName
    source: str
    """The source that has it; both, with a slash between, where two disagree."""
    series: str | None = None
    """None where it is all of the source."""
    first: date | None = None
    last: date | None = None
    """The days that it covers."""
    count: int = Field(default=1, ge=0)
    """How many values are concerned."""
    measure: float
    """How bad, in the check's own unit."""
    words: str
    """The same for a person, with the measure."""
    state: IssueState = "open"
    asks: bool = False
    """Whether a person is asked about it: it is open, concerns the period, and is declared so."""


Unit = Literal["value", "percent", "percent a year", "points", "months", "count"]
"""``value``: in the unit of the series."""


class Rows(BaseModel):
    """The rows of the dataset's table that a figure rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    series: str | None
    first: date | None
    last: date | None
    sources: tuple[str, ...]
    rows: int = Field(ge=0)


class Figure(BaseModel):
    """One number that was found."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(pattern=r"^\w+$")
    """What the report's summary calls it by, such as ``EUR_change``."""
    value: float
    unit: Unit
    about: str
    """What it is, in words."""
    rests_on: tuple[Rows, ...]


class Turning(BaseModel):
    """A month in which the trend of a series turned."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    series: str
    period: str
    kind: Literal["peak", "trough"]


FIGURES: dict[str, type[pl.DataType]] = {
    "name": pl.String,
    "series": pl.String,
    "kind": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "about": pl.String,
    "first": pl.Date,
    "last": pl.Date,
    "sources": pl.String,
    "rows": pl.Int64,
}
"""The columns of ``Findings.figures``: every figure, a row for each part of the table that it rests on.

``kind`` is one of ``KINDS``; ``sources`` are separated by commas.
"""

KINDS = (
    "level",
    "before",
    "year_before",
    "change",
    "change_year",
    "trend",
    "trend_low",
    "trend_high",
    "season",
    "season_strength",
)
"""The figures of a series. ``level``: its value in the period; ``before`` and ``year_before``: in the period before and
a year before; ``change`` and ``change_year``: from those to it, percent. ``trend``: percent a year, with the bounds of
its 95 % interval. ``season``: what this time of the year adds, percent; ``season_strength``: 0 to 100 percent."""

COURSE: dict[str, type[pl.DataType]] = {
    "series": pl.String,
    "period": pl.Date,
    "value": pl.Float64,
    "trend": pl.Float64,
    "source": pl.String,
    "rows": pl.Int64,
}
"""The columns of ``Findings.course``: each series by period (its first day), with its trend (null where the history is
too short), the source whose values count there, and how many of them there are."""


class Findings(Decision):
    """What is wrong with the data, and what they say. Its confidence is the judged one: the share of the series about
    which no person need be asked."""

    period: str
    series: int = Field(ge=0)
    """How many series have a value in the period."""
    issues: tuple[Issue, ...] = ()
    """The most important ones first, at most 200."""
    issue_counts: Mapping[CheckName, int] = Field(default_factory=dict)
    """How many there are in all, by check."""
    headline: tuple[Figure, ...] = ()
    """The figures that matter most: largest movers, and the whole."""
    turnings: tuple[Turning, ...] = ()
    """Trends that turned lately, newest first."""
    figures: Artifact
    """Every figure, as a Parquet file with ``FIGURES``."""
    course: Artifact
    """Every series over time, as a Parquet file with ``COURSE``."""
