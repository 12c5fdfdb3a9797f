"""Progress: all that a run knows besides its case, and the events that move it on.

Every node of a graph returns events; one pure function, :func:`advance`, applies them. Nothing else changes a
run, so a run is its case plus the events in order, and the state in a checkpoint is their sum as plain JSON. The
journal keeps their order, for the audit trail: an entry names what an event changed and repeats nothing of it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, assert_never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from state.execution import Execution
from state.note import Note
from state.recent import Recent
from state.record import Record
from state.review import Answer

RungAction = Literal["prefer", "reconsider", "vote", "human"]


class Rung(BaseModel):
    """One rung of a conflict's ladder that was taken."""

    model_config = ConfigDict(frozen=True)

    event: Literal["rung"] = "rung"
    conflict: str
    versions: dict[str, int]
    """The versions of both sides at which it was taken."""
    rung: int
    """Its place on the ladder, from 0."""
    action: RungAction
    preferred: str | None = None
    """The decision that stands; None where the rung settled nothing."""
    by: str
    """The hub, the voters or the person."""
    at: datetime

    @property
    def is_settlement(self) -> bool:
        """Whether the rung settled the conflict for its versions."""
        return self.preferred is not None


class Recorded(BaseModel):
    """A decision was made; ``record.version`` is given by :func:`advance`."""

    model_config = ConfigDict(frozen=True)
    event: Literal["recorded"] = "recorded"
    record: Record


class Noted(BaseModel):
    """A note was written to the owner of a decision."""

    model_config = ConfigDict(frozen=True)
    event: Literal["noted"] = "noted"
    to: str
    note: Note


class AttemptUsed(BaseModel):
    """A making used one of its decision's attempts."""

    model_config = ConfigDict(frozen=True)
    event: Literal["attempt_used"] = "attempt_used"
    decision: str


class Answered(BaseModel):
    """A human's answer was applied; the decisions in ``restores`` have all their attempts again."""

    model_config = ConfigDict(frozen=True)
    event: Literal["answered"] = "answered"
    answer: Answer
    stem: str
    """The key of the question without the count of earlier answers."""
    restores: tuple[str, ...]
    at: datetime


class Approved(BaseModel):
    """A human let a version stand."""

    model_config = ConfigDict(frozen=True)
    event: Literal["approved"] = "approved"
    decision: str
    version: int


class Closed(BaseModel):
    """A human closed the case."""

    model_config = ConfigDict(frozen=True)
    event: Literal["closed"] = "closed"
    reason: str


class Carried(BaseModel):
    """The run begins with what another run, or the same one under another signature, had come to."""

    model_config = ConfigDict(frozen=True)
    event: Literal["carried"] = "carried"
    progress: dict[str, Any]
    """Progress as plain JSON."""


class Executed(BaseModel):
    """A specialist was called; for the ledger."""

    model_config = ConfigDict(frozen=True)
    event: Literal["executed"] = "executed"
    execution: Execution


Event = Annotated[
    Recorded | Noted | AttemptUsed | Rung | Answered | Approved | Closed | Carried | Executed,
    Field(discriminator="event"),
]

_EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])


class Entry(NamedTuple):
    """One entry of the journal: which event was applied, and where its content stands."""

    event: Literal["recorded", "renewed", "noted", "attempt_used", "rung", "answered", "approved", "closed"]
    name: str
    """The decision, conflict or question."""
    number: int
    """The version of the decision, or the place among the decision's notes, the rungs or the answers, from 0."""
    replaced: dict[str, Any] | None = None
    """For ``renewed``: what the record was built from and had seen before."""


class Progress(BaseModel):
    """All that a run knows besides its case."""

    model_config = ConfigDict(frozen=True)

    records: dict[str, tuple[Record, ...]] = {}
    notes: dict[str, tuple[Note, ...]] = {}
    attempts: dict[str, int] = {}
    """Attempts used, by decision."""
    approvals: dict[str, int] = {}
    """The version that a human last let stand, by decision."""
    rungs: tuple[Rung, ...] = ()
    answers: tuple[Answered, ...] = ()
    executions: tuple[Execution, ...] = ()
    closed: str | None = None
    """Why a human closed the case; None while it is open."""
    journal: tuple[Entry, ...] = ()
    """Every event but executions, in the order in which they were applied."""

    def latest(self, name: str) -> Record | None:
        """The newest record of a decision."""
        records = self.records.get(name)
        return records[-1] if records else None

    def version(self, name: str) -> int:
        """The newest version of a decision, 0 before the first."""
        records = self.records.get(name)
        return records[-1].version if records else 0

    def latest_value(self, name: str) -> dict[str, Any] | None:
        """The newest value of a decision, whoever made it; None before the first."""
        decided = (record.value for record in reversed(self.records.get(name, ())) if record.value is not None)
        return next(decided, None)

    def notes_to(self, name: str) -> tuple[Note, ...]:
        """The notes to the owner of a decision, oldest first."""
        return self.notes.get(name, ())

    def unseen(self, name: str) -> tuple[Note, ...]:
        """The notes that the newest record of a decision has not seen."""
        record = self.latest(name)
        return self.notes_to(name)[record.notes_seen if record else 0 :]

    def times_answered(self, stem: str) -> int:
        """How often a question of this stem was answered."""
        return sum(answered.stem == stem for answered in self.answers)

    @classmethod
    def parse(cls, state: Mapping[str, Any]) -> "Progress":
        """Progress from the plain JSON of a checkpoint. A wave of specialists is handed one and the same."""
        return _PARSED.find(state) or _PARSED.keep(state, cls.model_validate(state))

    def dump(self) -> dict[str, Any]:
        """Plain JSON for a checkpoint."""
        return self.model_dump(mode="json", exclude_defaults=True)


_PARSED: Recent[Progress] = Recent(64)
"""The progress of the states that were read last; a state is never changed, only replaced."""


def dump_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as plain JSON, as nodes return them."""
    return [event.model_dump(mode="json") for event in events]


def parse_events(events: list[dict[str, Any]]) -> list[Event]:
    """Events from plain JSON. Raises ``ValidationError``."""
    return _EVENTS.validate_python(events)


def reduce_events(state: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """The reducer of the graph's progress channel: :func:`advance` on plain JSON."""
    progress = advance(Progress.parse(state), parse_events(events))
    after = progress.dump()
    _PARSED.keep(after, progress)
    return after


def advance(progress: Progress, events: Iterable[Event]) -> Progress:
    """Progress after the events, applied in order. Pure."""
    for event in events:
        progress = progress.model_copy(update=_change(progress, event) | _entered(progress, event))
    return progress


def _entered(progress: Progress, event: Event) -> dict[str, Any]:
    """The journal with the entry of an event; executions are in the ledger."""
    entry = _entry(progress, event)
    return {} if entry is None else {"journal": (*progress.journal, entry)}


def _entry(progress: Progress, event: Event) -> Entry | None:
    match event:
        case Recorded(record=made):
            return _recorded_entry(progress.latest(made.decision), made)
        case Noted():
            return Entry("noted", event.to, len(progress.notes_to(event.to)))
        case AttemptUsed():
            return Entry("attempt_used", event.decision, progress.attempts.get(event.decision, 0) + 1)
        case Rung():
            return Entry("rung", event.conflict, len(progress.rungs))
        case Answered():
            return Entry("answered", event.answer.question, len(progress.answers))
        case Approved():
            return Entry("approved", event.decision, event.version)
        case Closed():
            return Entry("closed", "", 0)
        case Carried() | Executed():
            return None
        case _ as impossible:
            assert_never(impossible)


def _recorded_entry(earlier: Record | None, made: Record) -> Entry:
    if earlier is not None and made.renews(earlier):
        replaced = {"built_from": earlier.built_from, "notes_seen": earlier.notes_seen}
        return Entry("renewed", made.decision, earlier.version, replaced)
    return Entry("recorded", made.decision, earlier.version + 1 if earlier else 1)


def _change(progress: Progress, event: Event) -> dict[str, Any]:
    match event:
        case Recorded():
            return {"records": _recorded(progress.records, event.record)}
        case Noted():
            return {"notes": {**progress.notes, event.to: (*progress.notes_to(event.to), event.note)}}
        case AttemptUsed():
            used = progress.attempts.get(event.decision, 0) + 1
            return {"attempts": {**progress.attempts, event.decision: used}}
        case Rung():
            return {"rungs": (*progress.rungs, event)}
        case Answered():
            kept = {name: used for name, used in progress.attempts.items() if name not in event.restores}
            return {"answers": (*progress.answers, event), "attempts": kept}
        case Approved():
            return {"approvals": {**progress.approvals, event.decision: event.version}}
        case Closed():
            return {"closed": event.reason}
        case Carried():
            return dict(Progress.parse(event.progress))
        case Executed():
            return {"executions": (*progress.executions, event.execution)}
        case _ as impossible:
            assert_never(impossible)


def _recorded(records: dict[str, tuple[Record, ...]], made: Record) -> dict[str, tuple[Record, ...]]:
    """Early cutoff: an equal value by the same maker keeps its version, anything else is the next one."""
    earlier = records.get(made.decision, ())
    if earlier and made.renews(earlier[-1]):
        renewal = {name: getattr(made, name) for name in ("built_from", "notes_seen", "maker", "provenance")}
        return {**records, made.decision: (*earlier[:-1], earlier[-1].model_copy(update=renewal))}
    numbered = made.model_copy(update={"version": len(earlier) + 1})
    return {**records, made.decision: (*earlier, numbered)}
