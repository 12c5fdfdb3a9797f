"""The runfile: an experiment as one TOML file. What it does not say is as the defaults below have it.

All combinations of ``shapes``, ``agents``, ``overlap`` and ``fault_rate`` are tried, each on the same ``cases``. The
specialists are simulated; with a table ``[workflow]`` they are those of a real workflow, on the cases of a file.
"""

import json
import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agents.profile_file import read_profile
from state.sql.columns import sixteen_digits
from state.trial import ShapeName

FOLDER = Path(__file__).with_name("runfiles")

EDITION = 1
"""Raised whenever the lab makes other trials of the same runfile, so that older ones are not taken for them."""

MOST_TRIALS = 2_000_000
"""What one experiment may have; more is a mistake in a list."""

SHAPES: tuple[ShapeName, ...] = get_args(ShapeName)

T = TypeVar("T", bound=Hashable)


def _listed(value: object) -> object:
    """One value, where it stands without brackets, as a list of it."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise ValueError("the list is empty")
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} stands there more than once")
    return values


def _name(name: str) -> str:
    if not re.fullmatch(r"[\w-][\w .-]{0,59}", name):
        raise ValueError("use up to 60 letters, digits, spaces, '.', '_' and '-'")
    return name


Levels = Annotated[tuple[T, ...], BeforeValidator(_listed), AfterValidator(_distinct)]
"""The values of a factor, each once, in the order in which they are shown."""

Size = Annotated[int, Field(ge=1, le=64)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=0, le=1_000_000)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TeamTable(_Table):
    """``[team]``: how simulated specialists are arranged."""

    width: int = Field(default=3, ge=1, le=64)
    """How many decisions a level has, which can be made in parallel."""
    threshold: Share = 0.5
    """The confidence of the last decision under which a human is asked."""


class MeshTable(_Table):
    """``[mesh]``: when a mesh is done."""

    quorum: float = Field(default=2 / 3, gt=0, le=1)
    """The share of those who spoke in a round that has to agree."""
    rounds: int | None = Field(default=None, ge=1, le=1000)
    """At the most; by default eight more than the longest chain of needs."""


class FaultTable(_Table):
    """``[faults]``: how often each kind is the one that happens, as weights; see :mod:`lab.simulation.faults`."""

    wrong_output: Weight = 20.6
    false_confidence: Weight = 17.3
    off_contract: Weight = 13.3
    repeated_step: Weight = 28.1
    ignored_input: Weight = 6.9
    silence: Weight = 7.65
    early_stop: Weight = 6.2

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("at least one kind must have a weight over 0")
        return self


class LatencyTable(_Table):
    """``[latency]``: how long a simulated turn takes on the clock of the simulation; nobody waits for it."""

    mean: float = Field(default=4.0, gt=0, le=86_400)
    """Seconds."""
    sigma: float = Field(default=0.5, ge=0, le=3)
    """The standard deviation of its logarithm."""
    timeout: float = Field(default=60.0, gt=0, le=86_400)
    """Seconds until a silent turn is given up."""


class TokenTable(_Table):
    """``[tokens]``: how long what simulated agents read and write is; see :mod:`lab.simulation.tokens`."""

    role: Tokens = 500
    case: Tokens = 300
    decision: Tokens = 120
    note: Tokens = 60
    answer: Tokens = 120
    choice: Tokens = 30


class PriceTable(_Table):
    """``[prices]``: in one currency, whichever."""

    tokens_in: Amount = 1.0
    """Of a million tokens that are read."""
    tokens_out: Amount = 4.0
    """Of a million tokens that are written."""
    human_minute: Amount = 0.5
    """Of a minute of a person's time."""
    wrong_case: Amount = 20.0
    """Of a case that comes out wrong: what it costs later to find and to mend it."""


class PersonTable(_Table):
    """``[person]``: who answers the questions."""

    accuracy: Share = 1.0
    """The share of the answers that are right."""
    minutes: Amount = 5.0
    """A person's time for one answer."""


class WorkflowTable(_Table):
    """``[workflow]``: a real workflow in the place of a simulated team."""

    name: str = Field(min_length=1)
    """From the catalogue, or ``module:attribute``."""
    cases: str = Field(min_length=1)
    """A CSV or JSONL file, seen from the runfile, or the name of a shipped source."""
    profile: str | None = None
    model: str | None = None
    """The chat model that takes every open seat, on the server of the settings."""
    seats: dict[str, str] = {}
    """The chat models that take single seats, by the specialist's name."""
    limit: int | None = Field(default=None, ge=1)
    """Only the first so many cases."""


class Runfile(_Table):
    """An experiment, as a file has it."""

    path: Path = Field(default=Path("experiment.toml"), exclude=True)
    """The file."""
    name: Annotated[str, AfterValidator(_name)]
    about: str = Field(default="", max_length=300, exclude=True)
    """What it is for, in a sentence. It is no part of the content."""
    shapes: Levels[ShapeName] = SHAPES
    agents: Levels[Size] = (2, 4, 8)
    """How many specialists a team has."""
    overlap: Levels[Share] = (0.5,)
    """The share of the handoffs whose receiver has a view of its own of what it is handed."""
    fault_rate: Levels[Share] = (0.02,)
    """The probability that a turn has a fault."""
    cases: int = Field(default=100, ge=1, le=1_000_000)
    seed: int = Field(default=0, ge=0, lt=2**31)
    team: TeamTable = TeamTable()
    mesh: MeshTable = MeshTable()
    faults: FaultTable = FaultTable()
    latency: LatencyTable = LatencyTable()
    tokens: TokenTable = TokenTable()
    prices: PriceTable = PriceTable()
    person: PersonTable = PersonTable()
    workflow: WorkflowTable | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.workflow is not None:
            _refuse_given(self, ("agents", "overlap", "cases", "team"))
        elif self.size > MOST_TRIALS:
            raise ValueError(f"{self.size:,} trials are more than {MOST_TRIALS:,}; shorten a list or take fewer cases")
        return self

    @property
    def size(self) -> int:
        """How many trials it has; of a workflow, whose file may have fewer cases than its limit, at most."""
        cells = len(self.shapes) * len(self.fault_rate)
        if self.workflow is not None:
            return cells * (self.workflow.limit or self.cases)
        return cells * len(self.agents) * len(self.overlap) * self.cases

    @property
    def content(self) -> dict[str, Any]:
        """All that it says, defaults included, as plain JSON; without where it is kept, and how it is written."""
        return {**self.model_dump(mode="json"), "edition": EDITION}


def _refuse_given(runfile: Runfile, names: Sequence[str]) -> None:
    if given := [name for name in names if name in runfile.model_fields_set]:
        raise ValueError(f"{', '.join(given)} cannot stand beside [workflow], which has its own agents and cases")


def digest_of(content: dict[str, Any]) -> str:
    """The id of what has this content, whatever the order of its keys."""
    return sixteen_digits(json.dumps(content, sort_keys=True, ensure_ascii=False))


def shipped_runfiles() -> tuple[str, ...]:
    """The names of the runfiles that Roundhouse ships."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


def load_runfile(runfile: str | Path) -> Runfile:
    """A runfile, by the name of a shipped one or by its path. Raises ``InvalidProfile`` in one line."""
    return read_profile(Runfile, runfile, shipped_runfiles(), FOLDER, "Runfile")
