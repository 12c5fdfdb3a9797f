"""The supervisor: an agent that is asked before every step which decision is to be made next."""

from typing import Any

from pydantic import Field

from agents.brief import Brief
from agents.handoff import Handoff
from agents.specialist import FunctionSpecialist
from state.decision import Decision


class NextStep(Decision):
    """Which decision is to be made next."""

    next: str | None = Field(default=None)
    """The decision's name; None where nothing is left to do."""


async def first_ready(handoff: Handoff[Any]) -> NextStep:
    """The first, by name, of the decisions that can be made now; done where there is none."""
    # async, so that it takes no thread: to wait for one would count as its work
    return NextStep(next=min((each.__name__ for each in handoff.may_ask), default=None))


RULE = FunctionSpecialist(
    first_ready,
    name="supervisor",
    decides=NextStep,
    brief=Brief(
        "You coordinate specialists, each of whom makes one decision. Say which decision is to be made next. The last "
        "note says which can be made now. Name none when nothing is left to do."
    ),
)
"""The supervisor that chooses by a rule. A chat model takes its place as ``ModelSpecialist(decides=NextStep, …)``."""
