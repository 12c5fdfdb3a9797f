"""The timeline of one run: who worked when, what waited for whom, and how long a person took to answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from state.execution import Execution
from state.run import ReviewRow, RunStory

SpanKind = Literal["worked", "queued", "waited for others", "waited for a human"]
"""``worked``: a call of a specialist. ``queued``: its inputs were there, and it had not been called yet.
``waited for others``: its inputs were not there. ``waited for a human``: a question was open."""

HUMAN = "human"
"""The lane of all questions."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which one thing was the case; never of negative length."""

    lane: str
    """The specialist, panel member or voter; ``human`` for a question."""
    kind: SpanKind
    start: datetime
    end: datetime
    what: str
    """The decision and what came of it, or why a question was asked."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.end - self.start).total_seconds()


def timeline(story: RunStory, now: datetime) -> tuple[Span, ...]:
    """The spans of a run, in the order in which they began; a question that is open waits until ``now``. Pure.

    Calls and questions have a span each, however short; any other span has a length.
    """
    spans = [*_called(story.executions, story.run.created_at), *_asked(story, now)]
    return tuple(sorted(spans, key=lambda span: (span.start, span.end)))


def _called(executions: Sequence[Execution], begun: datetime) -> Iterator[Span]:
    before: dict[tuple[str, str], Execution] = {}
    for each in executions:
        who = each.specialist, each.decision
        if each.attempt == 1:
            yield from _delays(each, before.get(who), begun)
        yield Span(each.specialist, "worked", each.started_at, max(each.started_at, each.ended_at), _outcome(each))
        before[who] = each


def _delays(made: Execution, before: Execution | None, begun: datetime) -> Iterator[Span]:
    """What a making had to wait for since its specialist was done the last time, or since the run was started."""
    free = begun if before is None else max(before.started_at, before.ended_at)
    # after its own request nothing need have moved; then what it waited for is the answer to that
    has_asked = before is not None and before.outcome == "asked" and made.ready_at <= free
    ready = max(free, made.started_at if has_asked else made.ready_at)
    if ready > free:
        yield Span(made.specialist, "waited for others", free, ready, f"{made.decision} waited for its inputs")
    if made.started_at > ready:
        yield Span(made.specialist, "queued", ready, made.started_at, f"{made.decision} was ready")


def _outcome(execution: Execution) -> str:
    again = f", try {execution.attempt}" if execution.attempt > 1 else ""
    error = f": {execution.error}" if execution.error else ""
    tool = f"{execution.tool}: " if execution.tool else ""
    return f"{execution.decision} {tool}{execution.outcome}{again}{error}"


def _asked(story: RunStory, now: datetime) -> Iterator[Span]:
    for review in story.reviews:
        reason = str(review.payload["question"]["reason"])
        end = max(review.opened_at, _closed_at(story, review, now))
        yield Span(HUMAN, "waited for a human", review.opened_at, end, reason)


def _closed_at(story: RunStory, review: ReviewRow, now: datetime) -> datetime:
    match review.status:
        case "open" | "claimed":
            return now
        case "answered" | "expired" | "withdrawn":
            return review.answered_at or _overtaken_at(story, review)


def _overtaken_at(story: RunStory, review: ReviewRow) -> datetime:
    """When the run moved past a question, as far as it is known: its decisions did, or else anything was said."""
    asked = review.payload["question"]["versions"]
    moved = [each.made_at for each in story.records if each.version > asked.get(each.decision, each.version)]
    moved += [sent.note.at for sent in story.notes if sent.decision in asked]
    said = [each.answered_at for each in story.reviews] + [story.run.ended_at]
    for moments in (moved, said):
        later = [moment for moment in moments if moment is not None and moment >= review.opened_at]
        if later:
            return min(later)
    return review.opened_at
