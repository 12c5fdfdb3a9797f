"""The opinion: what a simulated specialist decides. Every place in a team has a contract of its own."""

from functools import cache
from typing import ClassVar

from pydantic import Field

from lab.simulation.plan import VALUES
from state.case import Case
from state.decision import Decision


class SimulatedCase(Case):
    """A case of a simulated team."""

    facts: tuple[int, ...]
    """What the case says of each decision, by its place in the team."""


class Opinion(Decision):
    """A number, with what its maker thinks of the decisions in its domain that others own."""

    BESIDE: ClassVar[frozenset[str]] = frozenset({"views"})

    value: int = Field(ge=0, lt=VALUES)
    views: dict[str, int] = Field(default_factory=dict)
    """What the value of others' decisions should be, by their name."""


@cache
def opinion(place: int) -> type[Opinion]:
    """The contract of the decision at a place of any team."""
    return type(title(place), (Opinion,), {"__module__": __name__, "__doc__": f"Decision {place + 1} of a team."})


@cache
def title(place: int) -> str:
    """The name of the decision at a place; names sort as places do."""
    return f"Part{place + 1:02d}"
