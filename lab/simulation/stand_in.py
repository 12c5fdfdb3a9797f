"""The stand-in: what a turn with a fault says in the place of what is right, and sees in the place of what it ignores.

A simulated specialist can be told that it was not handed something. A real one cannot, and a random answer of one would
be told apart at a glance; so what stands in for it is what it decides in another, *donor* case: plausible, and wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from agents.handoff import Handoff
from lab.simulation.chance import among
from lab.simulation.opinion import Opinion
from lab.simulation.plan import VALUES
from lab.simulation.substance import digest
from state.decision import Decision


class StandIn(Protocol):
    """What takes the place of what a fault keeps from being said or seen."""

    def wrong(self, right: Decision, *subject: object) -> Decision:
        """Something else than is right; the right decision where there is nothing else."""

    def without(self, handoff: Handoff[Any], need: type[Decision], *subject: object) -> Handoff[Any]:
        """The handoff as somebody sees it who does not look at one of the decisions."""


@dataclass(frozen=True, slots=True)
class Shifted:
    """For opinions: other numbers, and nothing where something is ignored."""

    def wrong(self, right: Decision, *subject: object) -> Decision:
        """The opinion with every number in it another one."""
        assert isinstance(right, Opinion)
        views = {name: _other(view, name, *subject) for name, view in right.views.items()}
        return right.model_copy(update={"value": _other(right.value, *subject), "views": views})

    def without(self, handoff: Handoff[Any], need: type[Decision], *subject: object) -> Handoff[Any]:
        """The handoff without it."""
        return replace(handoff, decisions={each: made for each, made in handoff.decisions.items() if each is not need})


def _other(value: int, *subject: object) -> int:
    return (value + 1 + among(VALUES - 1, "other", *subject)) % VALUES


Donors = Callable[[type[Decision]], Sequence[Decision]]
"""What was decided in other cases, by the contract of the decision."""


@dataclass(frozen=True, slots=True)
class Borrowed:
    """For any specialist: what was decided in a donor case."""

    donors: Donors

    def wrong(self, right: Decision, *subject: object) -> Decision:
        """What was decided in another case and differs; the decision itself where all cases are alike."""
        said = digest(right)
        others = [each for each in self.donors(type(right)) if digest(each) != said]
        return others[among(len(others), "donor", *subject)] if others else right

    def without(self, handoff: Handoff[Any], need: type[Decision], *subject: object) -> Handoff[Any]:
        """The handoff with what was decided in another case in the place of what is ignored."""
        seen = self.wrong(handoff.decisions[need], need.__name__, *subject)
        return replace(handoff, decisions={**handoff.decisions, need: seen})
