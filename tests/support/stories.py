"""Stories of runs as the tables would tell them, made by hand."""

from datetime import datetime, timedelta
from typing import Any

from state.effect import EffectRow, EffectStatus
from state.execution import Execution
from state.note import Note, NoteKind
from state.record import Maker, Record
from state.run import DecisionNote, ReviewRow, RunRow, RunStatus, RunStory
from tests.support.run import NOW


def at(seconds: float) -> datetime:
    """A moment so long after the run was started."""
    return NOW + timedelta(seconds=seconds)


def call(decision: str, ready: float = 0, started: float = 0, ended: float = 0, **facts: Any) -> Execution:
    """One call of the owner of a decision, who is named for it in lower case."""
    given = {"specialist": decision.lower(), "outcome": "decided", **facts}
    return Execution(decision=decision, ready_at=at(ready), started_at=at(started), ended_at=at(ended), **given)


def record(decision: str, version: int = 1, made: float = 0, **facts: Any) -> Record:
    """One version of a decision."""
    maker = Maker(kind="agent", name=decision.lower())
    given = {"outcome": "decided", "maker": maker, "value": {}, "built_from": {}, **facts}
    return Record(decision=decision, version=version, made_at=at(made), **given)


def note(decision: str, kind: NoteKind, author: str, made: float = 0) -> DecisionNote:
    """A note to the owner of a decision."""
    return DecisionNote(decision=decision, note=Note(kind=kind, author=author, text="look again", at=at(made)))


def review(decision: str, opened: float = 0, answered: float | None = None, **facts: Any) -> ReviewRow:
    """A question about the first version of a decision; open, unless it was answered."""
    names = facts.pop("names", (decision,))
    payload = {"question": {"reason": f"{decision} is unsure.", "versions": dict.fromkeys(names, 1)}}
    nothing = ("terms", "deadline", "claimed_by", "claimed_at", "claimed_until", "answer", "answered_by")
    given = {
        **dict.fromkeys(nothing),
        "id": f"{decision}-{opened}",
        "kind": "low_confidence",
        "status": "open" if answered is None else "answered",
        "queue": "default",
        "priority": 0,
        "step": 0,
        **facts,
    }
    return ReviewRow(
        run="r1",
        workflow="diamond",
        case_id="lead-1",
        question=given["id"],
        names=names,
        payload=payload,
        opened_at=at(opened),
        answered_at=None if answered is None else at(answered),
        **given,
    )


def effect(name: str, status: EffectStatus = "pending") -> EffectRow:
    """An effect in the outbox."""
    nothing = ("message", "next_attempt_at", "delivered_at", "error", "receipt", "corrects")
    return EffectRow(
        id=f"{name}-{status}",
        workflow="diamond",
        case_id="lead-1",
        run="r1",
        effect=name,
        channel="default",
        status=status,
        payload={},
        attempts=0,
        created_at=NOW,
        **dict.fromkeys(nothing),
    )


def story(*parts: Any, status: RunStatus = "completed", ended: float | None = None, **facts: Any) -> RunStory:
    """A run with these executions, records, notes, rungs, reviews and effects, in their order."""
    by_kind = {
        "executions": Execution,
        "records": Record,
        "notes": DecisionNote,
        "reviews": ReviewRow,
        "effects": EffectRow,
    }
    given = {name: tuple(each for each in parts if isinstance(each, kind)) for name, kind in by_kind.items()}
    run = RunRow(
        id="r1",
        workflow="diamond",
        case_id="lead-1",
        status=status,
        batch=None,
        origin=None,
        flagged=False,
        questions=len(given["reviews"]),
        error=None,
        created_at=NOW,
        ended_at=None if ended is None else at(ended),
        decisions={},
    )
    nothing: dict[str, Any] = {"case": {}, "pins": {}, "conflicts": ()}
    return RunStory(run=run, **(nothing | given | facts))
