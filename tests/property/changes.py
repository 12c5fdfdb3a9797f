"""Random changes of a random workflow, and the states that a run of it goes through."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from pydantic import Field

from agents.specialist import FunctionSpecialist
from graphs.conflict import AskHuman, Conflict, Prefer, Reconsider, Resolver, Vote
from graphs.workflow import Workflow
from state.decision import Decision
from state.progress import Event, Progress
from tests.property.simulation import Simulation
from tests.property.workflows import CHOICES, VALUES, Scene, Temper

CALM = Temper(asks=0.0, escalates=0.0, fails=0.0, unsure=0.0)
"""Decides at once and is sure."""

STRANGE = 10
"""Added to a value, it makes one that only the contract before the change allows."""


class Described(Decision):
    """As before, in other words: every value fits, and comes out as it was."""

    value: int = 0


class Bounded(Decision):
    """Values of before may not fit."""

    value: int = Field(default=0, lt=VALUES)


class Measured(Decision):
    """Every value of before fits, and says more than it did."""

    value: int = 0
    unit: str = "piece"


@dataclass(frozen=True)
class Stop:
    """A run that was stopped, with all that happened until then."""

    progress: Progress
    events: tuple[Event, ...]


class Watched(Simulation):
    """A run of a scene that remembers every state it went through."""

    def __init__(self, scene: Scene, start: Progress | None = None) -> None:
        super().__init__(scene)
        self.run.progress = start or self.run.progress
        self.stops = [Stop(self.run.progress, ())]
        self.called: set[str] = set()

    def _apply(self, events: list[Event]) -> None:
        super()._apply(events)
        self.stops.append(Stop(self.run.progress, tuple(self.run.events)))

    def _wave(self, decisions: tuple[str, ...]) -> None:
        self.called.update(decisions)
        super()._wave(decisions)


def random_stop(chance: Random, scene: Scene, runner: asyncio.Runner) -> Stop:
    """A run of a scene, stopped anywhere; half of them at the end."""
    watched = Watched(scene)
    watched.play(runner)
    return chance.choice(watched.stops) if chance.random() < 0.5 else watched.stops[-1]


def calm(scene: Scene) -> Scene:
    """The same needs, and nobody who asks, disagrees, escalates or fails: every making is for a moved need."""
    quiet = replace(scene.workflow, conflicts=(), escalation=None)
    return replace(scene, workflow=quiet, tempers=dict.fromkeys(scene.tempers, CALM))


def strange(stop: Stop, names: Iterable[str]) -> Stop:
    """The run as if these decisions had had values that a bounded contract does not allow."""

    def altered(value: dict[str, Any] | None) -> dict[str, Any] | None:
        return {**value, "value": value["value"] + STRANGE} if value and value["value"] % 2 else value

    records = {
        name: tuple(each.model_copy(update={"value": altered(each.value)}) if name in names else each for each in made)
        for name, made in stop.progress.records.items()
    }
    return replace(stop, progress=stop.progress.model_copy(update={"records": records}))


def random_change(chance: Random, scene: Scene) -> tuple[Scene, frozenset[str]]:
    """The scene with some of its contracts, needs, conflicts and specialists changed, and what is bounded now.

    What a specialist decides on the same handoff stays the same, so that what is kept can be told from what is not.
    """
    shapes: dict[str, type[Decision]] = {
        name: chance.choice((Described, Bounded, Measured)) for name in scene.workflow.order if chance.random() < 0.2
    }
    workflow = _less(chance, scene.workflow) if chance.random() < 0.3 else scene.workflow
    workflow = _with_contracts(_with_needs(chance, workflow), shapes)
    workflow = replace(workflow, conflicts=tuple(_changed(chance, each) for each in workflow.conflicts))
    tempers = dict(scene.tempers)
    if chance.random() < 0.3 and len(scene.workflow.order) < len(CHOICES):
        added = CHOICES[len(scene.workflow.order)]
        tempers[added.__name__] = CALM
        workflow = _more(chance, workflow, added)
    bounded = frozenset(name for name, shape in shapes.items() if shape is Bounded)
    return replace(scene, workflow=workflow, tempers=tempers), bounded


def _less(chance: Random, workflow: Workflow) -> Workflow:
    """The workflow without one of its decisions."""
    gone = chance.choice(workflow.order)
    if len(workflow.order) == 1:
        return workflow
    owners = tuple(
        replace(owner, needs=tuple(need for need in owner.needs if need.__name__ != gone))
        for owner in _owners(workflow)
        if owner.decides.__name__ != gone
    )
    conflicts = tuple(conflict for conflict in workflow.conflicts if gone not in conflict.sides)
    escalation = None if workflow.judged == gone else workflow.escalation
    return replace(workflow, specialists=owners, conflicts=conflicts, escalation=escalation)


def _more(chance: Random, workflow: Workflow, added: type[Decision]) -> Workflow:
    """The workflow with one more decision, which one of the others needs."""
    lucky = chance.choice(workflow.order)
    owners = [
        replace(owner, needs=(*owner.needs, added)) if owner.decides.__name__ == lucky else owner
        for owner in _owners(workflow)
    ]
    return replace(workflow, specialists=(*owners, replace(owners[0], name="new", decides=added, needs=())))


def _owners(workflow: Workflow) -> list[FunctionSpecialist]:
    return [owner for owner in workflow.specialists if isinstance(owner, FunctionSpecialist)]


def _with_needs(chance: Random, workflow: Workflow) -> Workflow:
    """The workflow with a need more or less here and there, and with other versions."""
    owners = []
    for owner in _owners(workflow):
        needs, name = list(owner.needs), owner.decides.__name__
        free = [each for each in workflow.order[: workflow.order.index(name)] if each not in workflow.needs[name]]
        if needs and chance.random() < 0.1:
            needs.remove(chance.choice(needs))
        if free and chance.random() < 0.1:
            needs.append(workflow.contracts[chance.choice(free)])
        owners.append(replace(owner, needs=tuple(needs), version=chance.choice(("1", "2"))))
    return replace(workflow, specialists=tuple(owners))


def _changed(chance: Random, conflict: Conflict) -> Conflict:
    match chance.randrange(8):
        case 0:
            return replace(conflict, version="2", when=lambda first, second: first.value > second.value)
        case 1:
            return replace(conflict, ladder=(Reconsider(conflict.between[0]), *conflict.ladder))
        case 2:
            return replace(conflict, ladder=(Prefer(chance.choice(conflict.between)),))
        case 3:
            return replace(conflict, name=f"{conflict.name} anew")
        case _:
            return conflict


def _with_contracts(workflow: Workflow, shapes: dict[str, type[Decision]]) -> Workflow:
    """The workflow with contracts of other shapes under the same names."""
    contracts = {
        name: type(name, (shapes[name],), {"__module__": __name__}) if name in shapes else contract
        for name, contract in workflow.contracts.items()
    }

    def of(contract: type[Decision]) -> type[Decision]:
        return contracts[contract.__name__]

    def rung(resolver: Resolver) -> Resolver:
        match resolver:
            case Prefer() | Reconsider():
                return replace(resolver, decision=of(resolver.decision))
            case AskHuman(suggest=type() as side):
                return AskHuman(suggest=of(side))
            case Vote() | AskHuman():
                return resolver

    owners = [
        replace(owner, decides=of(owner.decides), needs=tuple(map(of, owner.needs))) for owner in _owners(workflow)
    ]
    conflicts = [
        replace(each, between=(of(each.between[0]), of(each.between[1])), ladder=tuple(map(rung, each.ladder)))
        for each in workflow.conflicts
    ]
    judged = workflow.escalation and replace(workflow.escalation, judged=of(workflow.escalation.judged))
    return replace(workflow, specialists=tuple(owners), conflicts=tuple(conflicts), escalation=judged)
