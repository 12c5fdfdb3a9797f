"""Terms: how a question waits for a human, and what happens when nobody answers in time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from state.decision import Decision
from state.review import Approve, Forward, Question, QuestionKind, Reject, Step, WaitingTerms

DEFAULT_QUEUE = "default"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What happens when a question has waited for so long. A claim suspends it."""

    after: timedelta
    """Counted from when the question was opened."""
    then: Approve | Reject | Forward
    """What a policy does; it is marked so, and is no human's word."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms questions of some kinds, or about some decision or conflict, wait."""

    kinds: tuple[QuestionKind, ...] = ()
    """Which kinds of questions; none stands for all."""
    about: type[Decision] | str | None = None
    """The decision, or the name of the conflict, that they are about; None for any."""
    priority: int = 0
    """The higher, the sooner it is shown."""
    queue: str = DEFAULT_QUEUE
    """Whose inbox it is in."""
    deadlines: tuple[Deadline, ...] = ()
    """In order of time; each is taken when it passes."""
    reminders: tuple[timedelta, ...] = ()
    """When to remind of it, counted from when it was opened; 0 for at once."""
    channel: str = DEFAULT_QUEUE
    """Which way reminders go out."""

    def fit(self, question: Question) -> bool:
        """Whether they hold for a question."""
        return (not self.kinds or question.kind in self.kinds) and self._is_about(question)

    def written(self) -> WaitingTerms:
        """As they are kept with a question."""
        return WaitingTerms(
            priority=self.priority,
            queue=self.queue,
            steps=tuple(Step(after=each.after.total_seconds(), then=each.then) for each in self.deadlines),
            reminders=tuple(each.total_seconds() for each in self.reminders),
            channel=self.channel,
        )

    def _is_about(self, question: Question) -> bool:
        match self.about:
            case None:
                return True
            case str():
                return question.conflict == self.about
            case type():
                return self.about.__name__ in question.names
            case _ as impossible:
                assert_never(impossible)


def terms_for(declared: tuple[Terms, ...], question: Question) -> WaitingTerms:
    """The terms of a question: the first that fit, or else none in particular."""
    return next((terms.written() for terms in declared if terms.fit(question)), WaitingTerms())
