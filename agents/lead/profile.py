"""The lead profile: one TOML file that says what a lead is, what it is worth, who takes it and what they are told."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.lead.column import Column, Role
from agents.lead.lead import Lead, lead_type
from agents.lead.message import DECIDED, Message
from agents.lead.stakes import Stakes
from agents.lead.territory import Territory
from agents.profile_file import read_profile
from state.certificate import WhenDrifted

_NOBODY_DECIDES_BY = {"attention": {"when_drifted", "spot_checks"}, "label": {"negative"}}
"""What a profile says that no specialist's decision rests on."""

SHIPPED = Path(__file__).parent / "profiles"
"""The folder of the profiles that come with Roundhouse."""


class Label(BaseModel):
    """The column of a labelled file that says what became of a lead. It is never part of a lead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str = Field(min_length=1)
    """Its heading."""
    positive: str = Field(min_length=1)
    """The value that means "converted"; every other value means that it did not, unless ``negative`` says which."""
    negative: tuple[str, ...] = ()
    """The values that mean "not converted"; any other is then no label. Empty where every other value means that."""


class Attention(BaseModel):
    """How much of the leads may be flagged and may be put to a human; ``fit`` sets the rules by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    human_share: float = Field(default=0.1, gt=0, lt=1)
    """The greatest share of leads, for all reasons together, that a human is asked about."""
    flag_share: float = Field(default=0.15, gt=0, lt=1)
    """The share of leads that the researcher flags."""
    when_drifted: WhenDrifted = "keep budget"
    """What happens once a certificate is withdrawn: see :data:`state.certificate.WhenDrifted`."""
    spot_checks: float = Field(default=0.01, ge=0, le=1)
    """The share of the leads that no human saw that a reviewer decides once more after their delivery."""


class Source(BaseModel):
    """Where a shipped profile's leads are found, and under which terms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    """Relative to the data folder, or to the project."""
    download: str
    """Where to get the file when it is not there, in words."""
    terms: str
    """Licence and citation."""


class LeadProfile(BaseModel):
    """One kind of leads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(exclude=True)
    """The file it was read from."""
    name: str = Field(min_length=1)
    title: str = ""
    id: str | None = None
    """The heading of the column that identifies a lead; None where leads are known by their place in the file."""
    missing: tuple[str, ...] = ()
    """Words that mean "missing" in every column, besides the empty one."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """What separates the columns of a CSV file of these leads."""
    columns: Mapping[str, Column] = Field(min_length=1)
    """By the name of their field."""
    label: Label
    stakes: Stakes
    attention: Attention = Attention()
    territory: Territory
    message: Message
    source: Source | None = None

    @model_validator(mode="before")
    @classmethod
    def _headed(cls, raw: Any) -> Any:
        """Let a column without a heading have its name as heading."""
        columns = raw.get("columns") if isinstance(raw, dict) else None
        if not isinstance(columns, dict) or not all(isinstance(column, dict) for column in columns.values()):
            return raw
        return raw | {"columns": {name: {"heading": name} | column for name, column in columns.items()}}

    @model_validator(mode="after")
    def _consistent(self) -> "LeadProfile":
        problems = [
            *self._misnamed(),
            *self.territory.problems(self.columns),
            *self.message.problems(self.columns),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _misnamed(self) -> Iterator[str]:
        for name in self.columns:
            if not name.isidentifier() or name.startswith(("_", "model_")) or hasattr(Lead, name) or name in DECIDED:
                yield f"columns.{name}: the name cannot be used; choose another and give the old one as heading"
        headings = [column.heading for column in self.columns.values()]
        for heading in {heading for heading in headings if headings.count(heading) > 1}:
            yield f"columns: the heading {heading!r} is used twice; each column needs its own"
        if self.label.column in headings:
            yield f"label.column: {self.label.column!r} is also a column of the lead; remove it there"
        if self.id in headings:
            yield f"id: {self.id!r} is also a column of the lead; remove it there"
        if not self.scored("client"):
            yield 'columns: none has role = "client"; the analyst needs at least one'

    def scored(self, role: Role) -> dict[str, Column]:
        """The columns of one role, by name."""
        return {name: column for name, column in self.columns.items() if column.role == role}

    @cached_property
    def _contract(self) -> type[Lead]:
        return lead_type(self.columns, frozenset(self.missing), self.id)

    def case_type(self) -> type[Lead]:
        """The contract of these leads; the same class each time.

        Its fields are the declared columns, read by heading or by name, and the id. The label is not among them.
        """
        return self._contract

    @property
    def scorecards_path(self) -> Path:
        """The file beside the profile that ``roundhouse fit`` writes and a run reads."""
        return self.path.with_suffix(".scorecard.toml")

    def digest(self) -> str:
        """Sixteen hexadecimal digits that change when anything in the profile does; its place does not count."""
        content = json.dumps(self.model_dump(mode="json", exclude=_NOBODY_DECIDES_BY), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with Roundhouse."""
    found = (path.name.removesuffix(".toml") for path in SHIPPED.glob("*.toml"))
    return tuple(sorted(name for name in found if not name.endswith(".scorecard")))


def load_profile(profile: str | Path) -> LeadProfile:
    """Read a profile by the name of a shipped one or by its path.

    Raises ``InvalidProfile`` in one line that names the file, the key and what to do.
    """
    return read_profile(LeadProfile, profile, shipped_profiles(), SHIPPED)
