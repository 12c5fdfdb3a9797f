"""The consequence: what follows from each answer that a question offers, worked out before anybody answers.

Whatever a specialist will say, the rule of the agenda says already what is current after an answer, and so what is
not and has to be made. It is the most that follows from the answer itself: early cutoff can make it fewer. Only what
nobody can foresee makes it more, the request of a specialist or the objection of a conflict, each of which is a note.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, assert_never

from graphs.agenda import Finish, agenda, current_decisions, survey
from graphs.answers import answer_events
from graphs.edit import decided
from graphs.workflow import Workflow
from state.errors import StaleAnswer
from state.execution import Execution
from state.progress import Progress, advance
from state.record import Maker
from state.review import Action, Answer, Question
from state.spent import Spent

SOMEBODY = Maker(kind="human", name="somebody")
"""Who answers while nobody does."""

_SOME_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""When; nothing depends on it."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from one answer."""

    action: Action
    decision: str
    """What is edited, sent back or let stand; else the first decision that the question is about."""
    makes: tuple[str, ...] = ()
    """The decisions that are made for the first time, in the workflow's order."""
    remakes: tuple[str, ...] = ()
    """The decisions that are made again, in the workflow's order."""
    waits: tuple[str, ...] = ()
    """Those of both that are not made before other open questions are answered."""
    unconfirmed: tuple[str, ...] = ()
    """What a person decided on something that is made again; a question is put when that comes out differently."""
    asks: tuple[Question, ...] = ()
    """The questions that are open right after it; for an edit those that stand whatever it says."""
    closes: bool = False
    """Whether it closes the case."""
    ends: bool = False
    """Whether the run is certain to be at its end with it."""


def consequences(
    workflow: Workflow, progress: Progress, threshold: float, question: Question
) -> tuple[Consequence, ...]:
    """What follows from each answer to an open question, in the order in which it offers them. Pure.

    There is one for ``reject`` and for ``approve``, or two where a side of a conflict is chosen, that of the suggestion
    first; and one of ``edit`` and ``send_back`` for each decision that the question is about.

    Raises ``StaleAnswer`` when the question is not open, ``ContractBroken`` where the predicate of a conflict raises.
    """
    if question.kind == "no_convergence":
        # tables keep no attempts; that they are used up is what the question says
        used = {name: workflow.owner[name].attempts for name in question.names if name in workflow.owner}
        progress = progress.model_copy(update={"attempts": progress.attempts | used})
    asked = () if progress.closed is not None else survey(workflow, progress, threshold).questions
    found = next((each for each in asked if _content(each) == _content(question)), None)
    if found is None:
        raise StaleAnswer(question.key, [each.key for each in asked])
    foreseen = _Foreseen(workflow, progress, threshold, asked)
    return tuple(each for action in found.offers for each in foreseen.following(found, action))


def _content(question: Question) -> dict[str, Any]:
    """What a question is known by where the order of its versions, and with it its key, may have been lost."""
    return question.model_dump(include={"kind", "names", "versions", "notes", "asked_before", "conflict"})


def to_make(workflow: Workflow, progress: Progress) -> tuple[str, ...]:
    """What is left to its owner to make, in order: all that is not current and not a person's word. Pure."""
    current = current_decisions(workflow, progress)
    return tuple(name for name in workflow.order if name not in current and not is_kept_word(progress, name))


def is_kept_word(progress: Progress, name: str) -> bool:
    """Whether a decision is a person's, which nobody has released to its owner."""
    record = progress.latest(name)
    is_released = any(note.kind == "guidance" for note in progress.unseen(name))
    return record is not None and record.maker.kind == "human" and not is_released


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """The state of a run, from which every answer is tried."""

    workflow: Workflow
    progress: Progress
    threshold: float
    asked: Sequence[Question]

    def following(self, question: Question, action: Action) -> Iterator[Consequence]:
        """What follows from each way to give an answer."""
        match action:
            case "approve":
                for side in _sides(question):
                    prefer = side if question.kind == "conflict" or question.sides else None
                    yield self._answered(question, "approve", side, prefer=prefer)
            case "edit":
                for name in question.names:
                    yield self._edited(name)
            case "send_back":
                for name in question.names:
                    yield self._answered(question, "send_back", name, decision=name, text="again")
            case "reject":
                yield Consequence("reject", question.names[0], closes=True, ends=True)
            case _ as impossible:
                assert_never(impossible)

    def _answered(self, question: Question, action: Action, about: str, **fields: Any) -> Consequence:
        """An answer of which all is known, given for a try."""
        answer = Answer(question=question.key, action=action, by=SOMEBODY.name, **fields)
        events = answer_events(self.workflow, self.progress, self.threshold, answer, _SOME_TIME)
        after = advance(self.progress, events)
        asks = survey(self.workflow, after, self.threshold).questions
        ends = isinstance(agenda(self.workflow, after, self.threshold), Finish)
        return self._told(action, about, after, asks, ends=ends)

    def _edited(self, name: str) -> Consequence:
        """An answer whose value nobody knows: it is taken for another one, and nothing that reads it is asked."""
        unknown = {"edited": self.progress.latest_value(name)}
        event = decided(self.workflow, self.progress, name, unknown, SOMEBODY, _SOME_TIME)
        after = advance(self.progress, [event])
        touched = {name, *self.workflow.downstream[name]}
        asks = tuple(each for each in self.asked if touched.isdisjoint(each.names))
        may_disagree = any(name in conflict.sides for conflict in self.workflow.conflicts)
        ends = (
            not asks and not may_disagree and len(current_decisions(self.workflow, after)) == len(self.workflow.order)
        )
        return self._told("edit", name, after, asks, ends=ends)

    def _told(
        self, action: Action, about: str, after: Progress, asks: tuple[Question, ...], *, ends: bool
    ) -> Consequence:
        current, left = current_decisions(self.workflow, after), to_make(self.workflow, after)
        held = {name for question in asks for name in question.names}
        return Consequence(
            action=action,
            decision=about,
            makes=tuple(name for name in left if not self.progress.records.get(name)),
            remakes=tuple(name for name in left if self.progress.records.get(name)),
            waits=tuple(name for name in left if name in held or held & self.workflow.upstream[name]),
            unconfirmed=tuple(name for name in self.workflow.order if name not in current and name not in left),
            asks=asks,
            ends=ends,
        )


def _sides(question: Question) -> tuple[str, ...]:
    """What an approval may let stand, the suggestion first."""
    if question.kind != "conflict" and not question.sides:
        return question.names[:1]
    return tuple(sorted(question.sides or question.names, key=lambda name: name != question.suggestion))


@dataclass(frozen=True, slots=True)
class Cost:
    """What some makings cost."""

    calls: int = 0
    """How often a specialist was called, tries that failed among them."""
    model_calls: int = 0
    tokens: int = 0
    """In and out."""
    money: float = 0.0
    """In the currency of the price table."""
    seconds: float = 0.0
    """How long all of them worked, those at the same time each for itself."""
    unknown: tuple[str, ...] = ()
    """The decisions that no specialist has made yet, so that nobody knows what they cost."""


def cost_of(executions: Sequence[Execution], names: Iterable[str]) -> Cost:
    """What making these decisions cost the last time, by the ledger of a run in its order. Pure."""
    makings = {name: last_making(executions, name) for name in names}
    calls = [each for making in makings.values() for each in making]
    spent = Spent.of(calls)
    return Cost(
        calls=len(calls),
        model_calls=spent.calls,
        tokens=spent.tokens_in + spent.tokens_out,
        money=spent.cost,
        seconds=sum((max(0.0, (each.ended_at - each.started_at).total_seconds()) for each in calls), 0.0),
        unknown=tuple(name for name, making in makings.items() if not making),
    )


def last_making(executions: Sequence[Execution], name: str) -> tuple[Execution, ...]:
    """The executions of a decision's last making: all tries of its specialist, or of each member of its panel. Pure."""
    of_it = [each for each in executions if each.decision == name]
    by_specialist: dict[str, list[Execution]] = {}
    for each in of_it:
        if each.ready_at == of_it[-1].ready_at:
            earlier = [] if each.attempt == 1 else by_specialist.get(each.specialist, [])
            by_specialist[each.specialist] = [*earlier, each]
    return tuple(each for tries in by_specialist.values() for each in tries)
