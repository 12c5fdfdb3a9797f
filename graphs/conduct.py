"""The conduct of a run: who answers its questions, and what time it is. Products wait for people; the lab does not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from graphs.workflow import Workflow
from state.progress import Progress
from state.review import Answer, Question


class Person(Protocol):
    """Answers at once, where a run would be interrupted and wait: one more decider."""

    def answer(self, workflow: Workflow, progress: Progress, questions: tuple[Question, ...]) -> Answer:
        """An answer to one of the questions."""


class Clock(Protocol):
    """What time it is in a run. :class:`WallClock` is the one that runs have; the lab has one that it moves itself."""

    def now(self, progress: Progress) -> datetime:
        """The moment, UTC, given all that has happened so far."""

    def dispatch(self, ready: datetime, now: datetime) -> datetime:
        """What a specialist is told of since when it could have begun: when its inputs were there, or now."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """The time of day."""

    def now(self, progress: Progress) -> datetime:
        """Now."""
        return datetime.now(UTC)

    def dispatch(self, ready: datetime, now: datetime) -> datetime:
        """When its inputs were there: what came after that is waiting, for the ledger."""
        return ready


@dataclass(frozen=True, slots=True)
class Conduct:
    """Who answers, and what time it is."""

    person: Person | None = None
    """None for an interrupt, which waits for one."""
    clock: Clock = field(default_factory=WallClock)


ORDINARY = Conduct()
"""Runs wait for people, by the time of day."""
