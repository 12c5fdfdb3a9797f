"""Random workflows of up to eight specialists, each a seeded function of what it is handed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from random import Random
from typing import Any

from agents.consensus import Majority, Unanimous, Weighted
from agents.handoff import Ask, Escalate, Handoff, Request
from agents.making import Failed, Result, Retry
from agents.specialist import FunctionSpecialist
from graphs.conflict import AskHuman, Ballot, Conflict, Prefer, Reconsider, Resolver, Vote
from graphs.escalation import Escalation
from graphs.workflow import Workflow
from state.case import Case
from state.decision import Decision

LARGEST = 8
"""How many specialists a workflow has at most."""

VALUES = 3
"""How many different values a decision has; few, so that equal ones are common."""


class Choice(Decision):
    """What every random decision looks like."""

    value: int = 0


CHOICES: tuple[type[Decision], ...] = tuple(
    type(f"D{place}", (Choice,), {"__module__": __name__}) for place in range(LARGEST)
)


def seeded(*parts: object) -> Random:
    """A source of chance that is a function of the parts, the same in every process."""
    digest = blake2b(json.dumps(parts, sort_keys=True, default=str).encode(), digest_size=8).digest()
    return Random(digest)


@dataclass(frozen=True)
class Temper:
    """How a specialist behaves, each a probability from 0 to 1."""

    asks: float
    escalates: float
    fails: float
    unsure: float


@dataclass(frozen=True)
class Scene:
    """A workflow with what its specialists are like."""

    workflow: Workflow
    tempers: dict[str, Temper]
    seed: int

    def result(self, name: str, handoff: Handoff[Any]) -> Result:
        """What the owner of a decision makes of a handoff.

        Whether it asks depends on its attempts, too: it may get enough of asking. What it decides in the end depends
        on nothing but the case, the decisions, the notes and the settlements, and not on the order of the notes.
        """
        temper = self.tempers[name]
        mood = seeded(self.seed, name, "ask", seen(handoff), handoff.attempts_left)
        if handoff.may_ask and mood.random() < temper.asks:
            targets = mood.sample(sorted(handoff.may_ask, key=str), k=mood.randint(1, min(2, len(handoff.may_ask))))
            return Ask(*(Request(to, f"{mood.randint(0, 2)}") for to in targets))
        return self.settled_result(name, handoff)

    def settled_result(self, name: str, handoff: Handoff[Any]) -> Result:
        """What it says once it does not ask."""
        temper, chance = self.tempers[name], seeded(self.seed, name, seen(handoff))
        drawn = chance.random()
        if drawn < temper.escalates:
            return Escalate("unclear")
        if drawn < temper.escalates + temper.fails:
            return Failed("down")
        confidence = 0.2 if chance.random() < temper.unsure else 0.9
        return self.workflow.contracts[name].model_validate(
            {"value": chance.randrange(VALUES), "confidence": confidence}
        )


def seen(handoff: Handoff[Any]) -> list[Any]:
    """All that a decision may depend on, in an order of its own."""
    return [
        sorted((need.__name__, given.model_dump(mode="json")) for need, given in handoff.decisions.items()),
        sorted((note.kind, note.author, note.text, note.about_version or 0) for note in handoff.notes),
        sorted((rung.conflict, rung.preferred) for rung in handoff.settlements),
    ]


def random_scene(chance: Random) -> Scene:
    """A workflow with random needs, conflicts, ladders and tempers."""
    seed, size = chance.randrange(2**32), chance.randint(1, LARGEST)
    shuffled = chance.sample(CHOICES[:size], k=size)
    specialists = tuple(
        FunctionSpecialist(
            _never, f"s{choice.__name__}", choice, _needs(chance, shuffled[:place]), attempts=chance.randint(1, 4)
        )
        for place, choice in enumerate(shuffled)
    )
    bare = Workflow("random", Case, tuple(chance.sample(specialists, k=size)))
    workflow = replace(
        bare,
        conflicts=tuple(_conflict(chance, seed, place, shuffled) for place in range(chance.randint(0, 3)) if size > 1),
        escalation=Escalation(judged=chance.choice(shuffled), threshold=0.5) if chance.random() < 0.7 else None,
    )
    return Scene(workflow, {name: _temper(chance) for name in workflow.order}, seed)


def _never(handoff: Handoff[Any]) -> Decision:
    raise AssertionError("the simulation asks the scene")


def _needs(chance: Random, before: list[type[Decision]]) -> tuple[type[Decision], ...]:
    return tuple(chance.sample(before, k=chance.randint(0, min(3, len(before)))))


def _temper(chance: Random) -> Temper:
    often = chance.choice((0.0, 0.1, 0.3))
    return Temper(
        asks=chance.choice((0.0, 0.2, 0.5, 1.0)),
        escalates=chance.choice((0.0, 0.0, often)),
        fails=chance.choice((0.0, 0.0, often)),
        unsure=chance.choice((0.0, 0.3, 1.0)),
    )


def _conflict(chance: Random, seed: int, place: int, choices: list[type[Decision]]) -> Conflict:
    first, second = chance.sample(choices, k=2)
    ladder = [_rung(chance, seed, (first, second)) for _ in range(chance.randint(0, 3))]
    last = chance.choice((Prefer(first), Prefer(second), AskHuman(), AskHuman(suggest=second)))
    return Conflict(f"c{place}", (first, second), _predicate(seed, place), (*ladder, last))


def _predicate(seed: int, place: int) -> Callable[[Choice, Choice], bool]:
    return lambda first, second: seeded(seed, "conflict", place, first.value, second.value).random() < 0.5


def _rung(chance: Random, seed: int, sides: tuple[type[Decision], type[Decision]]) -> Resolver:
    match chance.randrange(4):
        case 0:
            return Prefer(chance.choice(sides))
        case 1 | 2:
            return Reconsider(chance.choice(sides))
        case _:
            rule = chance.choice((Majority(), Unanimous(), Weighted({"v0": 2})))
            voters = tuple(_voter(seed, f"v{place}", sides) for place in range(chance.randint(1, 3)))
            return Vote(voters, rule=rule, quorum=chance.randint(0, len(voters)))


def _voter(seed: int, name: str, sides: tuple[type[Decision], type[Decision]]) -> FunctionSpecialist:
    async def vote(handoff: Handoff[Any]) -> Ballot | Escalate:
        chance = seeded(seed, name, seen(handoff))
        match chance.randrange(6):
            case 0:
                return Escalate("no opinion")
            case 1:
                raise OSError("down")
            case _:
                return Ballot(prefer=chance.choice(sides).__name__)

    return FunctionSpecialist(vote, name, Ballot, retry=Retry(tries=1))
