"""The workflow: a case, the specialists who own its decisions, their conflicts, effects and escalation."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from agents.panel import Panel
from agents.specialist import Specialist
from graphs.conflict import AskHuman, Conflict, Prefer, Reconsider, Resolver, Vote
from graphs.escalation import Escalation
from graphs.recurrence import Recurrence
from graphs.shape import HUB, Mesh, Shape, Supervisor
from graphs.terms import Terms
from state.case import Case
from state.decision import Decision

_FOR_PEOPLE = frozenset({"title", "description", "examples"})
"""The keys of a JSON schema that only document it."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """An effect: the decision is delivered when the run has finished."""

    decision: type[Decision]
    channel: str = "default"
    """Which of the configured ways it goes out."""
    to: str | None = None
    """The field of the decision that names the receiver; None for the channel's own."""
    subject: str | None = None
    """A template over the fields of the decision and the case; by default the decision's ``subject``."""
    text: str | None = None
    """The same for the text; by default the decision's ``text``, or else all its fields."""
    attach: tuple[str, ...] = ()
    """The fields of the decision that hold files to go with it, each a :class:`state.artifact.Artifact`."""

    @property
    def name(self) -> str:
        """Identifies the effect within its workflow."""
        return f"deliver:{self.decision.__name__}:{self.channel}"


@dataclass(frozen=True)
class Workflow:
    """A workflow, declared. ``lint`` says what is wrong with it; ``hub`` makes a graph of it."""

    name: str
    case: type[Case]
    specialists: tuple[Specialist, ...]
    conflicts: tuple[Conflict, ...] = ()
    effects: tuple[Deliver, ...] = ()
    escalation: Escalation | None = None
    terms: tuple[Terms, ...] = ()
    """On what terms questions wait; the first that fit a question hold. Not part of the signature."""
    profile_digest: str | None = None
    """What the specialists' parameters were read from, for runs to be pinned to."""
    recurrence: Recurrence | None = None
    """When cases are run again by themselves; None for never. Not part of the signature."""
    shape: Shape = HUB
    """How its specialists are coordinated; :func:`graphs.shaped.shaped` gives it another."""

    @cached_property
    def owner(self) -> Mapping[str, Specialist]:
        """The specialist that owns each decision, by the decision's name."""
        return {specialist.decides.__name__: specialist for specialist in self.specialists}

    @cached_property
    def contracts(self) -> Mapping[str, type[Decision]]:
        """The type of each decision, by its name."""
        return {name: specialist.decides for name, specialist in self.owner.items()}

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """The names of what each decision needs directly."""
        return {name: tuple(need.__name__ for need in owner.needs) for name, owner in self.owner.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All decisions, each after what it needs; raises ``graphlib.CycleError`` where needs go in a circle."""
        return tuple(TopologicalSorter(self.needs).static_order())

    @cached_property
    def upstream(self) -> Mapping[str, frozenset[str]]:
        """What each decision needs, directly or through others."""
        closure: dict[str, frozenset[str]] = {}
        for name in self.order:
            needs = self.needs[name]
            closure[name] = frozenset(needs).union(*(closure[need] for need in needs))
        return closure

    @cached_property
    def depth(self) -> int:
        """How many decisions the longest chain of needs has."""
        levels: dict[str, int] = {}
        for name in self.order:
            levels[name] = 1 + max((levels[need] for need in self.needs[name]), default=0)
        return max(levels.values(), default=0)

    @cached_property
    def downstream(self) -> Mapping[str, tuple[str, ...]]:
        """What is built on each decision, directly or through others, in order."""
        return {name: tuple(other for other in self.order if name in self.upstream[other]) for name in self.order}

    @cached_property
    def judged(self) -> str | None:
        """The name of the decision whose confidence the threshold is about."""
        return self.escalation.judged.__name__ if self.escalation else None

    @property
    def threshold(self) -> float:
        """The confidence under which the judged decision is put to a human; 0 without an escalation."""
        return self.escalation.threshold if self.escalation else 0.0

    @cached_property
    def parts(self) -> Mapping[str, str]:
        """What the signature covers, each part with its version or digest."""
        parts = {f"case {self.case.__name__}": _contract(self.case)}
        for name, owner in self.owner.items():
            parts[f"contract of {name}"] = _contract(owner.decides)
            parts[f"specialist {owner.name}"] = f"version {_version(owner)}, {owner.attempts} attempts"
            parts[f"needs of {name}"] = ", ".join(self.needs[name]) or "none"
        for conflict in self.conflicts:
            ladder = ", ".join(map(_rung, conflict.ladder))
            parts[f"conflict {conflict.name}"] = f"{'/'.join(conflict.sides)}, version {conflict.version}, {ladder}"
        parts |= {f"effect {effect.name}": _effect(effect) for effect in self.effects}
        flag = self.escalation.flag if self.escalation else None
        parts["flag"] = f"{flag.decision.__name__}, version {flag.version}" if flag else "none"
        shape = {} if self.shape == HUB else {"shape": _shape(self.shape)}
        return parts | {"judged decision": self.judged or "none"} | shape

    @cached_property
    def signature(self) -> str:
        """A digest of shape, contracts and declared versions; runs go on only under the one they started with."""
        return _digest({"workflow": self.name, **self.parts})


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What changed between the parts of two signatures, in words."""
    changed = [f"{part} is new" for part in now if part not in before]
    changed += [f"{part} is gone" for part in before if part not in now]
    both = [part for part in before if part in now and before[part] != now[part]]
    return changed + [f"{part} was {before[part]!r} and is {now[part]!r}" for part in both]


def changes_since(before: Mapping[str, str] | None, workflow: Workflow) -> list[str]:
    """What changed in a workflow since it had these parts, in words; None where nobody knows what it had."""
    return differences(before, workflow.parts) if before else ["what it was is not known any more"]


def _shape(shape: Shape) -> str:
    match shape:
        case Mesh(quorum=quorum, rounds=rounds, overrides=overrides):
            return f"mesh, quorum {quorum:g}, rounds {rounds}, overrides {', '.join(sorted(overrides)) or 'none'}"
        case Supervisor(chooser=chooser):
            return f"supervisor {chooser.name}, version {chooser.version}" if chooser else "supervisor by rule"
        case _:
            return shape.name


def _effect(effect: Deliver) -> str:
    said = [f"{name} {value!r}" for name in ("to", "subject", "text") if (value := getattr(effect, name)) is not None]
    return ", ".join(["declared", *said, *(f"attach {name!r}" for name in effect.attach)])


def _version(owner: Specialist) -> str:
    match owner:
        case Panel():
            members = ", ".join(f"{member.name} {member.version}" for member in owner.members)
            return f"{owner.version} of {owner.rule!r} over {members}, quorum {owner.quorum}"
        case _:
            return owner.version


def _rung(resolver: Resolver) -> str:
    match resolver:
        case Prefer(decision=side):
            return f"Prefer {side.__name__}"
        case Reconsider(decision=side, text=text):
            return f"Reconsider {side.__name__} saying {text}" if text else f"Reconsider {side.__name__}"
        case Vote(voters=voters, rule=rule, quorum=quorum):
            names = ", ".join(f"{voter.name} {voter.version}" for voter in voters)
            return f"Vote by {rule!r} over {names}, quorum {quorum}"
        case AskHuman(suggest=side):
            return f"AskHuman suggesting {side.__name__}" if side else "AskHuman"


def _contract(contract: type[Case] | type[Decision]) -> str:
    """A digest of what a contract allows; how it is documented does not count."""
    return _digest(_bare(contract.model_json_schema()))


def _bare(schema: Any) -> Any:
    """A JSON schema without the words for people."""
    match schema:
        case dict():
            return {key: _bare_part(key, part) for key, part in schema.items() if key not in _FOR_PEOPLE}
        case list():
            return [_bare(each) for each in schema]
        case _:
            return schema


def _bare_part(key: str, part: Any) -> Any:
    """One part of a schema; the keys of some parts are names, and the content of others is values."""
    match key:
        case "properties" | "$defs":
            return {name: _bare(each) for name, each in part.items()}
        case "default" | "enum" | "const":
            return part
        case _:
            return _bare(part)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
