"""The setting of an experiment: all that is the same in every cell. With a cell and a case it says what a trial is."""

from dataclasses import dataclass, field

from lab.simulation.faults import FaultShares
from lab.simulation.latency import Latency
from lab.simulation.tokens import Lengths, Prices
from state.errors import UsageError


@dataclass(frozen=True, slots=True)
class Subject:
    """A workflow of the catalogue, or a user's own, with its cases, in the place of a simulated team.

    How many agents there are and whose domains overlap is then the workflow's own; a cell only names it.
    """

    workflow: str
    cases: str
    """A file of cases, or the name under which the workflow knows one."""
    profile: str | None = None
    """None for that of the cases, where they go by the name of one, and else the workflow's own."""
    model: str | None = None
    """The chat model that takes every open seat; None for the workflow's own specialists."""
    seats: tuple[tuple[str, str], ...] = ()
    """The chat models that take single seats, by the specialist's name."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for every trial of an experiment. It is hashable and can be sent to worker processes."""

    seed: int = 0
    width: int = 3
    """How many decisions of a simulated team do not need each other; see :mod:`lab.simulation.plan`."""
    threshold: float = 0.5
    """The confidence under which the last decision is put to a human, 0 to 1."""
    shares: FaultShares = field(default_factory=FaultShares)
    latency: Latency = field(default_factory=Latency)
    lengths: Lengths = field(default_factory=Lengths)
    prices: Prices = field(default_factory=Prices)
    timeout: float = 60.0
    """Seconds until a silent turn is given up."""
    accuracy: float = 1.0
    """The probability that a human's answer is right, 0 to 1."""
    minutes: float = 5.0
    """Of a human, for each answer."""
    quorum: float = 2 / 3
    """Of a mesh, over 0 to 1."""
    rounds: int | None = None
    """Of a mesh, at the most; None for its own default."""
    steps: int = 24
    """How many steps of the graph a run may take for each decision, before it counts as endless."""
    subject: Subject | None = None
    """None for simulated teams."""

    def __post_init__(self) -> None:
        shares = {"threshold": self.threshold, "accuracy": self.accuracy, "quorum": self.quorum}
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise UsageError(f"The setting's {name} is {value!r}. It must be from 0 to 1.")
        if self.width < 1 or self.steps < 1 or self.minutes < 0 or self.timeout <= 0:
            raise UsageError("The setting's width and steps must be at least 1, its minutes and timeout not negative.")
