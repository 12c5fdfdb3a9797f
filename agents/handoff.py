"""The handoff: exactly what one specialist is given, and what it may answer besides a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from state.case import Case
from state.decision import Decision
from state.note import Note
from state.progress import Rung

CaseT_co = TypeVar("CaseT_co", bound=Case, covariant=True)
DecisionT = TypeVar("DecisionT", bound=Decision)


@dataclass(frozen=True, slots=True)
class Handoff(Generic[CaseT_co]):
    """What a specialist sees: the case, the decisions it declared, the notes addressed to it. Nothing else.

    ``handoff[LeadScore]`` is the current ``LeadScore``; a decision that was not declared raises ``KeyError``.
    """

    case: CaseT_co
    decisions: Mapping[type[Decision], Decision] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    """The notes to this decision, oldest first."""
    settlements: tuple[Rung, ...] = ()
    """How conflicts between the decisions that are handed over were settled, for the versions that are."""
    previous: Decision | None = None
    """What was decided before, by whoever decided it."""
    may_ask: frozenset[type[Decision]] = frozenset()
    """The decisions upstream that an ``Ask`` may go to: its needs and what they were built from."""
    attempts_left: int = 1
    """How many more times a note may have the decision made again."""

    def __getitem__(self, decision: type[DecisionT]) -> DecisionT:
        try:
            found = self.decisions[decision]
        except KeyError:
            given = ", ".join(sorted(need.__name__ for need in self.decisions)) or "none"
            raise KeyError(
                f"{decision.__name__} was not handed over; declare it in needs=. Handed over: {given}."
            ) from None
        assert isinstance(found, decision)
        return found

    def share(self, needs: tuple[type[Decision], ...]) -> "Handoff[CaseT_co]":
        """The handoff with these of its decisions only, for one of several who speak on the same decision."""
        return replace(self, decisions={need: self.decisions[need] for need in needs})


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the owner of a decision upstream."""

    to: type[Decision]
    text: str


class Ask:
    """A specialist's answer that it needs something upstream made again before it can decide.

    ``Ask(Dataset, "pull 2009-03 of EUR")``, or several requests: ``Ask(Request(A, "…"), Request(B, "…"))``.
    """

    __slots__ = ("requests",)

    def __init__(self, *requests: Request | type[Decision] | str) -> None:
        match requests:
            case [type() as to, str() as text]:
                self.requests: tuple[Request, ...] = (Request(to, text),)
            case [_, *_] if all(isinstance(request, Request) for request in requests):
                self.requests = tuple(request for request in requests if isinstance(request, Request))
            case _:
                raise TypeError("Ask takes a decision and a text, or one or more Request(decision, text).")

    def __repr__(self) -> str:
        return f"Ask({', '.join(map(repr, self.requests))})"


@dataclass(frozen=True, slots=True)
class Escalate:
    """A specialist's answer that a human must decide."""

    reason: str
    """Why, in words for the person who will answer."""
    conflict: str | None = None
    """The declared disagreement that is left to a human, where there is one."""
    sides: Mapping[str, Decision] = field(default_factory=dict)
    """What a human may let stand, by who decided it, the suggestion first."""
