"""The journal in words: what the events of a run amount to in its audit trail."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, assert_never

from state.audit import ActorKind, Deed
from state.note import Note
from state.progress import Entry, Progress, Rung
from state.record import Record

HUB = "hub"


def deeds_of(progress: Progress, since: int, at: datetime) -> list[Deed]:
    """The deeds of the journal's entries from a place on, in order. Pure.

    An entry that carries no moment of its own gets that of the entry before it, the first one ``at``.
    """
    deeds: list[Deed] = []
    for place in range(since, len(progress.journal)):
        deeds.append(_deed(progress, place, deeds[-1].at if deeds else at))
    return deeds


def _deed(progress: Progress, place: int, moment: datetime) -> Deed:
    entry = progress.journal[place]
    match entry.event:
        case "recorded":
            return _recorded(progress, place)
        case "renewed":
            record, after = _record(progress, entry), _basis(progress, place)
            return _by_maker(record, moment, "renewed", before=entry.replaced, after=after)
        case "noted":
            return _noted(entry.name, progress.notes_to(entry.name)[entry.number])
        case "attempt_used":
            used = {"attempts": entry.number}
            return Deed(moment, "system", HUB, "attempt_used", entry.name, {"attempts": entry.number - 1}, used)
        case "rung":
            return _rung(progress.rungs[entry.number])
        case "answered":
            applied = progress.answers[entry.number]
            answer = applied.answer
            after = answer.model_dump(mode="json")
            return Deed(applied.at, answer.voice, answer.by, "answered", answer.question, after=after)
        case "approved":
            kind, actor = _answerer(progress, place)
            return Deed(moment, kind, actor, "approved", entry.name, after={"version": entry.number})
        case "closed":
            kind, actor = _answerer(progress, place)
            return Deed(moment, kind, actor, "closed", "run", after={"reason": progress.closed})
        case _ as impossible:
            assert_never(impossible)


def _recorded(progress: Progress, place: int) -> Deed:
    entry = progress.journal[place]
    record = _record(progress, entry)
    earlier = progress.records[entry.name][entry.number - 2] if entry.number > 1 else None
    after = _content(record) | _basis(progress, place)
    return _by_maker(record, record.made_at, "decided", None if earlier is None else _content(earlier), after)


def _by_maker(record: Record, at: datetime, action: Any, before: Any, after: Any) -> Deed:
    return Deed(at, record.maker.kind, record.maker.name, action, f"{record.decision}@{record.version}", before, after)


def _record(progress: Progress, entry: Entry) -> Record:
    return progress.records[entry.name][entry.number - 1]


def _content(record: Record) -> dict[str, Any]:
    told = record.provenance.told()
    about = {"provenance": told} if told else {}
    return {"outcome": record.outcome, "value": record.value, "reason": record.reason, **about}


def _basis(progress: Progress, place: int) -> dict[str, Any]:
    """What a record was built from and had seen when the entry was made: what its next renewal replaced, if any."""
    entry = progress.journal[place]
    record = _record(progress, entry)
    later = progress.journal[place + 1 :]
    of_it = (each.replaced for each in later if (each.event, *each[1:3]) == ("renewed", entry.name, entry.number))
    return next(of_it, None) or {"built_from": record.built_from, "notes_seen": record.notes_seen}


def _noted(name: str, note: Note) -> Deed:
    kinds: dict[str, ActorKind] = {"request": "agent", "objection": "system", "guidance": "human"}
    after = {"kind": note.kind, "text": note.text, "about_version": note.about_version}
    return Deed(note.at, kinds[note.kind], note.author, "noted", name, after=after)


def _rung(rung: Rung) -> Deed:
    kinds: dict[str, ActorKind] = {"vote": "agent", "human": "human", "prefer": "system", "reconsider": "system"}
    after = rung.model_dump(mode="json", include={"versions", "rung", "action", "preferred"})
    return Deed(rung.at, kinds[rung.action], rung.by, "rung", rung.conflict, after=after)


def _answerer(progress: Progress, place: int) -> tuple[ActorKind, str]:
    """Who gave the answer that an entry is a consequence of."""
    earlier: Iterator[Entry] = (each for each in reversed(progress.journal[:place]) if each.event == "answered")
    answer = progress.answers[next(earlier).number].answer
    return answer.voice, answer.by
