"""The path of a run through its workflow: what it touched, how often, and what waits or went wrong there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from graphs.workflow import Workflow
from state.execution import Execution
from state.note import NoteKind
from state.record import Record
from state.run import ReviewRow, RunStory

Look = Literal["lit", "plain", "dim", "waits", "bad"]
"""``lit``: the run was there. ``plain``: it came with the run, or is on its way. ``dim``: it was not needed, or not
yet. ``waits``: for a person. ``bad``: it went wrong."""

_EFFECTS: dict[str, Look] = {
    "pending": "plain",
    "sending": "plain",
    "delivered": "lit",
    "dead": "bad",
    "unknown": "waits",
    "withdrawn": "dim",
}


@dataclass(frozen=True)
class Path:
    """What a run touched. What the run has and the workflow has not any more is left out."""

    workflow: Workflow
    story: RunStory

    @cached_property
    def latest(self) -> dict[str, Record]:
        """The newest record of each decision."""
        return {each.decision: each for each in sorted(self.story.records, key=lambda each: each.version)}

    @cached_property
    def open(self) -> tuple[ReviewRow, ...]:
        """The questions that wait."""
        return tuple(review for review in self.story.reviews if review.status in ("open", "claimed"))

    def calls(self, name: str) -> list[Execution]:
        """The executions of a decision."""
        return [each for each in self.story.executions if each.decision == name]

    def decision(self, name: str) -> Look:
        """How a decision stands."""
        record = self.latest.get(name)
        if any(name in review.names for review in self.open):
            return "waits"
        if record is not None and record.outcome != "decided":
            return "bad"
        if self.calls(name) or (record is not None and record.maker.kind != "agent"):
            return "lit"
        return "dim" if record is None else "plain"

    def makings(self, name: str) -> str:
        """How often a decision was made, a panel's by all its members together, and the tries beyond."""
        calls = self.calls(name)
        made = max(Counter(each.specialist for each in calls if each.attempt == 1).values(), default=0)
        retries = sum(each.attempt > 1 for each in calls)
        return ", ".join([f"{made}×", *([counted(retries, "retry", "retries")] if retries else [])])

    def standing(self, name: str) -> str:
        """What is to be said of the newest record of a decision beside its value."""
        record = self.latest.get(name)
        if record is None or (record.outcome == "decided" and record.maker.kind == "agent"):
            return ""
        return f", by a {record.maker.kind}" if record.outcome == "decided" else f" {record.outcome}"

    def effect(self, name: str) -> tuple[str, Look]:
        """What became of an effect."""
        rows = [row for row in self.story.effects if row.effect == name]
        if rows:
            return rows[-1].status, _EFFECTS[rows[-1].status]
        is_held_back = self.story.run.status == "completed" and not self.story.pins.get("delivers", True)
        return ("held back" if is_held_back else ""), "dim"

    def conflict(self, name: str) -> Look:
        """How a conflict stands."""
        if any(conflict_of(review) == name for review in self.open):
            return "waits"
        return "lit" if any(rung.conflict == name for rung in self.story.conflicts) else "dim"

    def rungs(self, conflict: str) -> Iterator[str]:
        """How far a conflict's ladder was climbed, and to what end."""
        rungs = [rung for rung in self.story.conflicts if rung.conflict == conflict]
        yield f"{counted(len(rungs), 'rung', 'rungs')} taken"
        if rungs and rungs[-1].preferred:
            yield f"→ {rungs[-1].preferred} stands"

    def notes(self, kind: NoteKind) -> Counter[tuple[str, str]]:
        """How many notes of a kind each author wrote to the owner of each decision."""
        sent = ((each.note.author, each.decision) for each in self.story.notes if each.note.kind == kind)
        return Counter(ends for ends in sent if ends[1] in self.workflow.owner)

    def asked(self, *, conflict: str | None = None, decision: str | None = None) -> list[ReviewRow]:
        """The questions that were put about a conflict, or about a decision by itself."""
        alike = [review for review in self.story.reviews if conflict_of(review) == conflict]
        return [review for review in alike if decision is None or decision in review.names]

    def said(self, name: str) -> list[str]:
        """What people said of their own on a decision."""
        decided = sum(each.decision == name and each.maker.kind == "human" for each in self.story.records)
        guidance = sum(count for (_, to), count in self.notes("guidance").items() if to == name)
        return [f"decided {decided}×"] * bool(decided) + [f"{guidance} guidance"] * bool(guidance)

    def people(self) -> Sequence[str]:
        """Who answered or decided, in the order in which they did first."""
        spoke = [
            (review.answered_at, review.answered_by)
            for review in self.story.reviews
            if review.answered_at and review.answered_by and review.status == "answered"
        ]
        spoke += [(each.made_at, each.maker.name) for each in self.story.records if each.maker.kind == "human"]
        return list(dict.fromkeys(name for _, name in sorted(spoke)))

    def human(self) -> Look:
        """Whether anybody is asked, or spoke."""
        return "waits" if self.open else "lit" if self.story.reviews or self.people() else "dim"

    def answers(self) -> Iterator[str]:
        """How many questions were put, and what became of them."""
        counts = Counter("open" if review in self.open else review.status for review in self.story.reviews)
        if counts:
            yield f"{counts.total()} asked"
        yield from (f"{counts[each]} {each}" for each in ("answered", "expired", "withdrawn", "open") if counts[each])


def conflict_of(review: ReviewRow) -> str | None:
    """The conflict that a question is about, if it is about one."""
    conflict: str | None = review.payload["question"].get("conflict")
    return conflict


def counted(count: int, one: str, more: str) -> str:
    """A count with its noun."""
    return f"{count} {one if count == 1 else more}"
