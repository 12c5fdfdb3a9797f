"""Faults: the seven ways in which a turn goes wrong, after MAST, the taxonomy of failures of multi-agent systems.

MAST (arXiv 2503.13657) tells fourteen failure modes apart, in three groups: how the system is specified (FM-1), how the
agents play together (FM-2), how the result is verified (FM-3). Modes that are the same thing to whoever receives the
turn are one kind here. What a fault costs is then not assumed but comes out of the run: a shape either catches it, or
pays for it later.

==================  ==============================  =======================================================
kind                modes                           what the turn is
==================  ==============================  =======================================================
wrong_output        2.3, 2.6                        wrong in all it says, and honestly unsure of it
false_confidence    3.2, 3.3                        wrong in all it says, and as sure as if it were right
off_contract        1.1, 1.2                        not what was declared; refused at the handoff, tried again
repeated_step       1.3, 1.5                        done twice, with the same result
ignored_input       1.4, 2.1, 2.5                   right but for one input, or all notes, not looked at
silence             2.2, 2.4                        nothing, until its time is up; tried again
early_stop          3.1                             from the case alone, before anything handed was looked at
==================  ==============================  =======================================================

The default shares are those of the modes among the failures that the paper annotated, in percent: 11.8, 1.5, 15.7, 2.8
and 12.4 for FM-1.1 to 1.5; 2.2, 6.8, 7.4, 0.85, 1.9 and 13.2 for FM-2.1 to 2.6; 6.2, 8.2 and 9.1 for FM-3.1 to 3.3.
They were counted on other teams and tasks than anybody's own, so they are a start and not a fact about a workflow.

``ignored_input`` and ``early_stop`` need something that was handed over: in a turn that was handed nothing they change
nothing, so the first level of a team errs a little less often than the rate says.
"""

from dataclasses import astuple, dataclass, field, fields
from functools import cached_property
from typing import Literal, get_args

from lab.simulation.chance import drawn

Fault = Literal[
    "wrong_output", "false_confidence", "off_contract", "repeated_step", "ignored_input", "silence", "early_stop"
]
"""A kind of fault; see the table above."""

FAULTS: tuple[Fault, ...] = get_args(Fault)


@dataclass(frozen=True)
class FaultShares:
    """How the faults divide into kinds, as weights: each at least 0, and one of them over 0."""

    wrong_output: float = 20.6
    false_confidence: float = 17.3
    off_contract: float = 13.3
    repeated_step: float = 28.1
    ignored_input: float = 6.9
    silence: float = 7.65
    early_stop: float = 6.2

    def __post_init__(self) -> None:
        for name, weight in zip(FAULTS, astuple(self), strict=True):
            if not 0 <= weight < float("inf"):
                raise ValueError(f"FaultShares({name}={weight!r}): must be at least 0.")
        if not sum(astuple(self)):
            raise ValueError("FaultShares: at least one kind must have a weight over 0.")

    @classmethod
    def only(cls, *kinds: Fault) -> "FaultShares":
        """These kinds only, all equally often."""
        return cls(**{each.name: float(each.name in kinds) for each in fields(cls)})

    @cached_property
    def steps(self) -> tuple[tuple[float, Fault], ...]:
        """The kinds, each with the share of it and those before it, 0 to 1."""
        whole, so_far, steps = sum(astuple(self)), 0.0, list[tuple[float, Fault]]()
        for kind, weight in zip(FAULTS, astuple(self), strict=True):
            so_far += weight
            steps.append((so_far / whole, kind))
        return tuple(steps)


@dataclass(frozen=True, slots=True)
class FaultRates:
    """How often a turn has a fault, and of which kind.

    The turns that have a fault at one rate have the same fault at every higher rate, so rates are compared in pairs.
    """

    rate: float = 0.0
    """The probability that one try of a turn has a fault, 0 to 1."""
    shares: FaultShares = field(default_factory=FaultShares)

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"FaultRates({self.rate!r}): the rate must be between 0 and 1.")

    def of(self, *subject: object) -> Fault | None:
        """The fault of the try that the subject names; None where it has none. Pure."""
        if drawn("fault", *subject) >= self.rate:
            return None
        chosen = drawn("kind", *subject)
        return next((kind for upto, kind in self.shares.steps if chosen < upto), self.shares.steps[-1][1])
