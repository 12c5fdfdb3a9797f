"""The report profile: one TOML file that says which sources there are, how data are checked, and how they are told."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.profile_file import read_profile
from agents.report.declaration import SourceDeclaration
from agents.report.findings import CheckName
from agents.report.period import Grain
from agents.report.request import ReportRequest, request_type

SHIPPED = Path(__file__).parent / "profiles"
"""The folder of the profiles that come with Roundhouse."""

Aggregate = Literal["mean", "sum", "last"]
"""How the values of a period become one."""

OpenRule = Literal["ask", "say"]
"""What becomes of an issue of the period that stays open: a person is asked, or the report says so."""


class Checks(BaseModel):
    """How strictly the data are checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerance: float = Field(default=0.005, gt=0, lt=1)
    """How far two sources may be apart, as a share of the value."""
    late_days: int = Field(default=3, ge=0, le=31)
    """How many of its expected days the last period may lack at its end."""
    spread: float = Field(default=8.0, gt=0)
    """How many robust standard deviations of its own changes a value may stand out by."""
    smallest_outlier: float = Field(default=0.06, gt=0)
    """The share of the value below which nothing counts as standing out."""
    ask: tuple[CheckName, ...] = ("source", "disagree", "partial", "outlier")
    """About which open issues of the period a person is asked; the report says the others."""
    revisions: int = Field(default=3, ge=0, le=9)
    """How many rounds of repairs the data are asked for at most."""


class Attention(BaseModel):
    """When a person is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    human_share: float = Field(default=0.05, gt=0, lt=1)
    """The greatest share of reports, for all reasons together, that a human is asked about."""
    threshold: float = Field(default=1.0, ge=0, le=1)
    """The share of series free of what a person is asked about, below which a person is asked."""


class ReportProfile(BaseModel):
    """One kind of reports."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(exclude=True)
    """The file it was read from."""
    name: str = Field(min_length=1)
    subject: str = Field(min_length=1, max_length=200)
    """What the reports are about, where a request does not say."""
    audience: str = ""
    """Who gets them, where a request does not say."""
    unit: str = ""
    """Of the values, such as ``per US dollar``."""
    note: str = Field(default="", max_length=500)
    """What a reader should know of the values, in a sentence."""
    decimals: int = Field(default=2, ge=0, le=8)
    """How many of them the values are shown with."""
    grain: Grain = "month"
    """The length of the periods that are compared."""
    aggregate: Aggregate = "mean"
    history: int = Field(default=120, ge=1, le=1200)
    """Months before the end of the period that are looked at."""
    sources: Mapping[str, SourceDeclaration] = Field(min_length=1)
    """By name; the first is the one whose values count, unless a request says otherwise."""
    titles: Mapping[str, str] = {}
    """What a series is called in the report, by its name."""
    checks: Checks = Checks()
    attention: Attention = Attention()
    channels: tuple[str, ...] = ("default",)
    """The channels of the settings that a report goes out by."""
    requests: str | None = None
    """The file of requests that comes with the profile, beside it or in the project."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in self.sources:
            if not name.replace("-", "_").isidentifier():
                raise ValueError(f"sources.{name}: use a name of letters, digits, '_' and '-'")
        if not self.channels:
            raise ValueError("channels: name at least one")
        return self

    @cached_property
    def _contract(self) -> type[ReportRequest]:
        return request_type(self.subject, self.audience, tuple(self.sources))

    def case_type(self) -> type[ReportRequest]:
        """The contract of these requests; the same class each time."""
        return self._contract

    def title_of(self, series: str) -> str:
        """What a series is called in the report."""
        return self.titles.get(series, series)

    def digest(self) -> str:
        """Sixteen hexadecimal digits that change when anything in the profile does; its place does not count."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with Roundhouse."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def load_profile(profile: str | Path) -> ReportProfile:
    """Read a profile by the name of a shipped one or by its path.

    Raises ``InvalidProfile`` in one line that names the file, the key and what to do.
    """
    return read_profile(ReportProfile, profile, shipped_profiles(), SHIPPED)
