"""The figures of a period: how many cases there were, what they asked for, and how their conflicts were settled."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never

from pydantic import BaseModel, ConfigDict

from state.review import Voice
from state.run import RunStatus

NOT_YET = "not settled yet"
"""Of a conflict in a run that may still go on."""

MoveKind = Literal["prefer", "reconsider", "vote", "asked", "withdrawn", "approved", "edited", "sent_back", "rejected"]
"""A rung of the ladder that needs no human: ``prefer``, ``reconsider``, ``vote``. A question to a human: ``asked``
while it is open, ``withdrawn`` once it no longer stands, else what was answered."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move in a dispute: a rung of its ladder, or a question about it."""

    at: datetime
    """When the rung was taken, or the question answered; of one without an answer, when it was put."""
    kind: MoveKind
    side: str | None = None
    """The decision that stands by it; None where it settled nothing."""
    voice: Voice = "human"
    """Whose word an answer is."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A conflict that arose in a run."""

    conflict: str
    status: RunStatus
    """Where the run stands."""
    moves: Sequence[Move]
    """In any order; at least one."""


class Day(BaseModel):
    """The cases that were started on one day."""

    model_config = ConfigDict(frozen=True)

    date: date
    cases: int
    alone: int
    """Those that were completed without having asked a human."""
    asked: int
    """Those that have asked a human, whatever became of them."""
    flagged: int


class ConflictFigures(BaseModel):
    """How often a conflict arose, and how it was settled."""

    model_config = ConfigDict(frozen=True)

    name: str
    cases: int
    """In how many runs it arose."""
    settled: Mapping[str, int]
    """In how many of them it was settled in which way, the most frequent first; the ways are in words."""


class Figures(BaseModel):
    """The figures of a period. Forks are what-ifs, and are left out."""

    model_config = ConfigDict(frozen=True)

    cases: int
    by_status: Mapping[str, int]
    """How many of the cases stand where; a status that none has is left out."""
    ended: int
    """The cases that are completed, rejected or failed."""
    alone: int
    """The cases that were completed without having asked a human."""
    asked: int
    """The cases that have asked a human, whatever became of them."""
    flagged: int
    """The cases that a checking specialist flagged."""
    model_calls: int
    tokens: int
    """In and out."""
    cost: float
    conflicts: tuple[ConflictFigures, ...]
    """By name; those that arose."""
    waiting: int
    """The questions that are open now, whenever their cases were started."""
    oldest: datetime | None
    """When the oldest of them was put; None where none is open."""
    days: tuple[Day, ...]
    """From the first day with a case until today, the newest 366 at the most."""


def settled(dispute: Dispute) -> str:
    """How a conflict was settled in a run, in words: by the last of its moves. Pure."""
    moves = sorted(dispute.moves, key=lambda move: move.at)
    if any(move.kind == "asked" for move in moves):
        return "waits for a human"
    last = moves[-1]
    who = "by a human" if last.voice == "human" else "by policy"
    match last.kind:
        case "prefer":
            return f"by rule: {last.side}"
        case "vote" if last.side is not None:
            return f"by vote: {last.side}"
        case "approved":
            return f"{who}: {last.side}"
        case "edited":
            return "by a human's edit"
        case "sent_back":
            return "sent back by a human"
        case "rejected":
            return "rejected" if last.voice == "human" else "rejected by policy"
        case "reconsider" | "vote" | "withdrawn" | "asked":
            return _without_settlement(last.kind, dispute.status)
        case _ as impossible:
            assert_never(impossible)


def _without_settlement(last: MoveKind, status: RunStatus) -> str:
    """What became of a conflict that nobody settled: in a completed run it went away by itself."""
    match status:
        case "completed":
            return "reconsidered" if last == "reconsider" else "went away"
        case "rejected":
            return "rejected"
        case "running" | "waiting" | "failed":
            return NOT_YET
        case _ as impossible:
            assert_never(impossible)


def conflict_figures(disputes: Iterable[Dispute]) -> tuple[ConflictFigures, ...]:
    """The figures of every conflict that arose, by name. Pure."""
    ways: dict[str, Counter[str]] = {}
    for dispute in disputes:
        ways.setdefault(dispute.conflict, Counter())[settled(dispute)] += 1
    return tuple(
        ConflictFigures(name=name, cases=counts.total(), settled=dict(counts.most_common()))
        for name, counts in sorted(ways.items())
    )
