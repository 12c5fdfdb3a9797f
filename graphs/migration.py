"""Migration: what a run keeps when it goes on under another signature of its workflow.

A decision is kept when its contract and its needs are what they were; that its specialist has another version is no
reason to pay for it again. All else follows from the rule of the agenda: what cannot be kept is made to count as
stale, and what was built on it is made again only where it comes out differently.

Three things keep that sound. *Numbering goes on*: a version names one content of a run for ever, so that nothing
downstream, no settlement and no answer that is still on its way can match a later one by accident. *A human's word
stays while it fits its contract*, and is reported when it does not. *A settlement is an input*: where a conflict is
looked at anew, what was built on both of its sides is stale, although their versions stand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from graphs.agenda import current_decisions
from graphs.workflow import Workflow
from state.decision import Decision
from state.errors import in_words
from state.progress import Progress, Rung
from state.record import Maker, Record

MIGRATION = "migration"
"""Who withdraws a value."""

NEVER = 2**31 - 1
"""As ``notes_seen`` more than there can be, which makes a record stale even where there is no need that could move;
the largest number that every database keeps."""

Records = Mapping[str, tuple[Record, ...]]


@dataclass(frozen=True, slots=True)
class DroppedWord:
    """Something that a human said and that cannot be kept."""

    kind: Literal["decision", "approval", "settlement"]
    name: str
    """The decision; for a settlement the conflict."""
    sentence: str
    """What is dropped and why, for a person."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run goes on from under another signature."""

    progress: Progress
    kept: tuple[str, ...]
    """The decisions that are still current."""
    made_again: tuple[str, ...]
    """Decided before, and no longer current. Early cutoff may spare those that are built on others of them."""
    unconfirmed: tuple[str, ...]
    """Decided by a human and kept, on something that may change; a question is put when it does."""
    dropped_words: tuple[DroppedWord, ...]


def carried(before: Mapping[str, str], workflow: Workflow, progress: Progress) -> Carried:
    """The progress to go on from under ``workflow``; ``before`` are the parts of the run's own signature. Pure.

    Raises ``ContractBroken`` where the predicate of a conflict that changed raises.
    """
    same = frozenset(part for part, content in workflow.parts.items() if before.get(part) == content)
    records = {
        name: _carried(workflow, name, progress.records[name], f"contract of {name}" in same)
        for name in workflow.order
        if progress.records.get(name)
    }
    intact = frozenset(name for name, made in records.items() if _stands(progress.records[name][-1], made[-1]))
    conflicts = frozenset(
        conflict.name
        for conflict in workflow.conflicts
        if f"conflict {conflict.name}" in same and intact.issuperset(conflict.sides)
    )
    after = progress.model_copy(
        update={
            "records": records,
            "notes": {name: notes for name, notes in progress.notes.items() if name in workflow.owner},
            "attempts": {name: used for name, used in progress.attempts.items() if name in intact},
            "approvals": {name: version for name, version in progress.approvals.items() if name in intact},
            "rungs": tuple(rung for rung in progress.rungs if rung.conflict in conflicts),
        }
    )
    reopened = _reopened(workflow, progress, after, conflicts)
    after = after.model_copy(update={"records": _unsettled(workflow, records, reopened)})
    return _told(workflow, after, _dropped(workflow, progress, intact, conflicts))


def _carried(workflow: Workflow, name: str, made: tuple[Record, ...], is_same: bool) -> tuple[Record, ...]:
    """The records of a decision, the newest one stale where it cannot be kept."""
    contract, needs = workflow.contracts[name], workflow.needs[name]
    *earlier, latest = (_fitting(contract, record) for record in made)
    if latest.maker.kind == "human":
        return *earlier, *_kept_word(contract, needs, latest, is_same)
    if is_same and latest.outcome == "decided" and set(latest.built_from) == set(needs):
        return *earlier, latest
    return *earlier, latest.model_copy(update={"built_from": dict.fromkeys(needs, 0), "notes_seen": NEVER})


def _kept_word(contract: type[Decision], needs: tuple[str, ...], record: Record, is_same: bool) -> tuple[Record, ...]:
    """A human's record on what is left of its needs; a version more where the contract adds to what it says."""
    left = {need: version for need, version in record.built_from.items() if need in needs}
    kept = record.model_copy(update={"built_from": left})
    value = record.value if is_same else contract.model_validate(record.value).model_dump(mode="json")
    if value == record.value:
        return (kept,)
    return record, kept.model_copy(update={"value": value, "version": record.version + 1})


def _fitting(contract: type[Decision], record: Record) -> Record:
    """The record, without its value where that does not fit the contract: nobody is to be handed it."""
    misfit = _misfit(contract, record)
    if misfit is None:
        return record
    withdrawn = {"outcome": "failed", "value": None, "reason": misfit, "maker": Maker(kind="agent", name=MIGRATION)}
    return record.model_copy(update=withdrawn)


def _misfit(contract: type[Decision], record: Record) -> str | None:
    """Why the value of a record breaks the contract; None where it does not, or where there is no value."""
    if record.value is None:
        return None
    try:
        contract.model_validate(record.value)
    except ValidationError as invalid:
        return f"it does not fit its contract any more: {in_words(invalid)}"
    return None


def _stands(before: Record, after: Record) -> bool:
    """Whether the newest record is carried as it was, whatever became of its needs."""
    return (before.version, before.value, before.notes_seen) == (after.version, after.value, after.notes_seen)


def _reopened(workflow: Workflow, before: Progress, after: Progress, conflicts: frozenset[str]) -> list[frozenset[str]]:
    """The sides of every conflict that is looked at anew: its settlement is gone, or it stands unsettled now."""
    gone = [frozenset(rung.versions) for rung in _holding(before) if rung.conflict not in conflicts]
    anew = (conflict for conflict in workflow.conflicts if conflict.name not in conflicts)
    return gone + [frozenset(conflict.sides) for conflict in anew if conflict.disagrees(after)]


def _holding(progress: Progress) -> list[Rung]:
    """The settlements that hold for the newest versions of their sides."""
    return [
        rung
        for rung in progress.rungs
        if rung.is_settlement and all(progress.version(side) == version for side, version in rung.versions.items())
    ]


def _unsettled(workflow: Workflow, records: Records, reopened: Iterable[frozenset[str]]) -> Records:
    """The records, with what was built on both sides of a conflict that is looked at anew stale."""
    moved = {name: set[str]() for name in records}
    for sides in reopened:
        for name in records:
            if sides.issubset(workflow.needs[name]):
                moved[name] |= sides
    return {name: (*made[:-1], _moved(made[-1], moved[name])) for name, made in records.items()}


def _moved(record: Record, needs: set[str]) -> Record:
    """The record as built on a version of these needs that never was."""
    return record.model_copy(update={"built_from": {**record.built_from, **dict.fromkeys(needs, 0)}})


def _dropped(
    workflow: Workflow, progress: Progress, intact: frozenset[str], conflicts: frozenset[str]
) -> tuple[DroppedWord, ...]:
    """What humans said that still stood, and cannot be kept."""
    words: list[DroppedWord] = []
    for name, made in progress.records.items():
        record, contract = made[-1], workflow.contracts.get(name)
        why = "nobody decides it any more" if contract is None else _misfit(contract, record)
        if why is not None and record.maker.kind == "human":
            words.append(DroppedWord("decision", name, f"{record.maker.name} decided {name}; {why}."))
        elif name not in intact and progress.approvals.get(name) == record.version:
            sentence = f"{name} v{record.version} was approved; it is {'made again' if contract else 'gone'}."
            words.append(DroppedWord("approval", name, sentence))
    for rung in _holding(progress):
        if rung.action == "human" and rung.conflict not in conflicts:
            sentence = f"{rung.by} preferred {rung.preferred} in {rung.conflict}; the conflict or a side of it changed."
            words.append(DroppedWord("settlement", rung.conflict, sentence))
    return tuple(words)


def _told(workflow: Workflow, progress: Progress, dropped: tuple[DroppedWord, ...]) -> Carried:
    """What was carried, with what becomes of each decision."""
    current = current_decisions(workflow, progress)
    moved = [name for name in workflow.order if name in progress.records and name not in current]
    unconfirmed = [name for name in moved if _waits_for_human(progress, name)]
    return Carried(
        progress=progress,
        kept=tuple(name for name in workflow.order if name in current),
        made_again=tuple(name for name in moved if name not in unconfirmed),
        unconfirmed=tuple(unconfirmed),
        dropped_words=dropped,
    )


def _waits_for_human(progress: Progress, name: str) -> bool:
    """Whether a decision is a human's that nobody has released to its owner."""
    is_released = any(note.kind == "guidance" for note in progress.unseen(name))
    return progress.records[name][-1].maker.kind == "human" and not is_released
