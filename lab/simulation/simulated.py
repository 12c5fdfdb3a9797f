"""The simulated specialist: it never errs, takes time and tokens, and costs nothing. Faults are put on top of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from agents.handoff import Handoff
from agents.making import Making
from lab.simulation.chance import between
from lab.simulation.latency import Latency
from lab.simulation.opinion import Opinion, SimulatedCase, opinion, title
from lab.simulation.plan import Plan
from lab.simulation.tokens import Lengths, Prices
from state.decision import Decision
from state.execution import Execution

MODEL = "simulated"
"""What stands for the name of a chat model in the executions of a simulated turn."""

SURE = (0.8, 0.99)
"""The confidence of who is right, from and to."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a simulated turn takes."""

    latency: Latency = field(default_factory=Latency)
    lengths: Lengths = field(default_factory=Lengths)
    prices: Prices = field(default_factory=Prices)
    seed: int = 0

    def execution(self, name: str, decision: str, handoff: Handoff[Any], ready_at: datetime, write: int) -> Execution:
        """The call of a turn that begins at once. Its time depends on the agent, the case and the number of notes."""
        seconds = self.latency.seconds(self.seed, handoff.case.id, name, len(handoff.notes))
        read = self.lengths.read(handoff)
        return Execution(
            decision=decision,
            specialist=name,
            ready_at=ready_at,
            started_at=ready_at,
            ended_at=ready_at + timedelta(seconds=seconds),
            outcome="decided",
            model=MODEL,
            tokens_in=read,
            tokens_out=write,
            cost=self.prices.of(read, write),
        )


@dataclass(frozen=True)
class SimulatedSpecialist:
    """The owner of the decision at a place of a team: right whenever what it is handed is."""

    plan: Plan
    place: int
    effort: Effort = field(default_factory=Effort)
    version: str = "1"
    attempts: int = 4

    @cached_property
    def name(self) -> str:
        """Its name, such as ``agent01``; names sort as places do."""
        return f"agent{self.place + 1:02d}"

    @cached_property
    def decides(self) -> type[Decision]:
        """The contract of its place."""
        return opinion(self.place)

    @cached_property
    def needs(self) -> tuple[type[Decision], ...]:
        """The contracts of the places that it is handed."""
        return tuple(opinion(place) for place in self.plan.needs[self.place])

    async def turn(self, handoff: Handoff[SimulatedCase], ready_at: datetime) -> Making:
        """Decide at once, and say how long it took."""
        write = self.effort.lengths.answer
        execution = self.effort.execution(self.name, title(self.place), handoff, ready_at, write)
        return Making(self.decide(handoff), (execution,))

    def decide(self, handoff: Handoff[SimulatedCase]) -> Opinion:
        """What is right on what it is handed. It has no view of what it, or what that is built on, was not handed."""
        case, plan = handoff.case, self.plan
        given = {
            place: decision.value
            for place in plan.needs[self.place]
            if isinstance(decision := handoff.decisions.get(opinion(place)), Opinion)
        }
        value = plan.value(self.place, case.facts, given)
        views = {
            title(cover): plan.value(cover, case.facts, given)
            for cover in plan.covers[self.place]
            if cover in given and given.keys() >= set(plan.uses[cover])
        }
        confidence = round(between(*SURE, self.effort.seed, "sure", case.id, self.name, value), 4)
        return opinion(self.place)(value=value, views=views, confidence=confidence)
