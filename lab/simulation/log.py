"""The log of a trial: what was handed over and said in each turn, which the state of a run does not keep."""

from dataclasses import dataclass, field
from typing import Any

from agents.handoff import Handoff
from agents.making import Making
from lab.simulation.substance import digest
from state.decision import Decision
from state.execution import Execution


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an agent."""

    agent: str
    executions: tuple[Execution, ...]
    """The calls that it took."""
    decisions: int
    """How many decisions it was handed, besides its own earlier one."""
    notes: int
    """How many notes by others it was handed."""
    said: Decision | None
    """What it decided; None where it decided nothing."""
    times: int
    """How often it said that in this turn."""
    repeats: int
    """How often of these it was what had already been decided."""


@dataclass(slots=True)
class Log:
    """The turns of one trial, in the order in which they ended."""

    turns: list[Turn] = field(default_factory=list)


def turn_of(agent: str, handoff: Handoff[Any], making: Making) -> Turn:
    """What there is to log of a turn. Pure."""
    said = making.result if isinstance(making.result, Decision) else None
    own = sum(each.outcome == "decided" and each.specialist == agent for each in making.executions)
    times = max(own, 1) if said is not None else 0
    known = said is not None and handoff.previous is not None and digest(said) == digest(handoff.previous)
    return Turn(
        agent=agent,
        executions=making.executions,
        decisions=len(handoff.decisions),
        notes=sum(note.author != agent for note in handoff.notes),
        said=said,
        times=times,
        repeats=times if known else max(times - 1, 0),
    )
