"""The declaration of a source, as it stands in a report profile."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Frequency = Literal["day", "business-day", "week", "month", "quarter", "year"]
"""How often a source has a value; ``business-day`` is Monday to Friday but for holidays."""

FINE: tuple[Frequency, ...] = ("day", "business-day")
"""The frequencies at which a few values may lack without notice, and stretches of days are told as one."""

LARGEST = 1 << 30
"""Bytes that a file or an answer may have, unpacked, where nothing else is declared."""

MOST_ROWS = 100_000_000
"""Rows that a source may have."""


class Declaration(BaseModel):
    """What is the same for every kind of source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frequency: Frequency
    date: str = Field(min_length=1)
    """The column of the dates."""
    date_format: str | None = None
    """How dates are written, such as ``%d.%m.%Y``; by default as in 2026-03-31, or 2026-03 in monthly sources."""
    series: str | None = None
    """The column that names the series; None where each series is a column of its own."""
    value: str | None = None
    """The column of the values; None where each series is a column of its own."""
    names: Mapping[str, str] = {}
    """The series by what they are called there. Where it is given, no other series are taken."""
    missing: tuple[str, ...] = ()
    """Words that stand for "no value", besides the empty cell."""
    decimal: Literal[".", ","] = "."
    """What stands before the decimals in cells of text; the numbers of a Parquet file are as they are."""
    rebase: str | None = None
    """A column: every other series is divided by it, date by date, and it stays as it is. For wide sources."""
    publisher: str = ""
    terms: str = ""
    """Under which terms it may be used, and how it is cited."""
    download: str = ""
    """Where to get it when it is not there, in words."""
    timeout: float = Field(default=30.0, gt=0, le=3600)
    """Seconds that a pull may take as a whole."""
    largest: int = Field(default=LARGEST, ge=1)
    """Bytes that it may have, unpacked."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.series is None) != (self.value is None):
            raise ValueError("series and value go together: give both, or neither where each series is a column")
        if self.series is None and not self.names:
            raise ValueError("names is needed where each series is a column of its own")
        if self.rebase is not None and (self.series is not None or self.rebase not in self.names):
            raise ValueError("rebase must be one of names, in a source in which each series is a column of its own")
        if len(set(self.names.values())) < len(self.names):
            raise ValueError("names gives two of them the same name")
        return self


class CsvDeclaration(Declaration):
    """A CSV file, which may be gzipped."""

    kind: Literal["csv"]
    path: str = Field(min_length=1)
    """Relative to the data folder, the profile's own folder or the project."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)


class ParquetDeclaration(Declaration):
    """A Parquet file."""

    kind: Literal["parquet"]
    path: str = Field(min_length=1)
    """Relative to the data folder, the profile's own folder or the project."""


class SqlDeclaration(Declaration):
    """A query of a database, only ever read."""

    kind: Literal["sql"]
    url: str = Field(min_length=1)
    """``env:NAME`` for the URL in the environment variable of that name, or a URL without a password."""
    query: str = Field(min_length=1)
    """One SELECT; ``:first`` and ``:last`` in it stand for the first and last day that are wanted."""


class HttpDeclaration(Declaration):
    """Records as JSON over HTTP, page by page."""

    kind: Literal["http"]
    url: str = Field(min_length=1)
    """``{first}`` and ``{last}`` in it stand for the first and last day that are wanted."""
    rows: str = ""
    """Where in an answer the list of records is, keys separated by dots; empty where the answer is the list."""
    next: str | None = None
    """Where in an answer the URL of the next page is; it must be on the same host. None where there is one page."""
    page: str | None = None
    """Or the query parameter that counts pages from 1; the first empty page ends."""
    most_pages: int = Field(default=1000, ge=1, le=100_000)
    token: str | None = None
    """The environment variable that holds the bearer token; None where none is needed."""

    @model_validator(mode="after")
    def _one_way_on(self) -> Self:
        if self.next is not None and self.page is not None:
            raise ValueError("next and page are two ways to the next page: give one of them")
        return self


SourceDeclaration = Annotated[
    CsvDeclaration | ParquetDeclaration | SqlDeclaration | HttpDeclaration, Field(discriminator="kind")
]
