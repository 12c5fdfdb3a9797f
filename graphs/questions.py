"""The questions that the state of a run raises, each with what it offers."""

from graphs.conflict import Conflict
from state.progress import Progress
from state.record import Record
from state.review import Action, Question
from state.run import Pins

_ALL: tuple[Action, ...] = ("approve", "edit", "send_back", "reject")
_WITHOUT_APPROVE: tuple[Action, ...] = ("edit", "send_back", "reject")


def about_confidence(record: Record, progress: Progress, threshold: float) -> Question:
    """The judged decision is less sure than the run's threshold."""
    reason = f"{record.decision} has confidence {record.confidence:.3f}, under the threshold {threshold:.3f}."
    return _counted(
        progress,
        Question(
            kind="low_confidence",
            names=(record.decision,),
            versions={record.decision: record.version},
            offers=_ALL,
            reason=reason,
        ),
    )


def under(pins: Pins, question: Question) -> Question:
    """The question as a run puts it: where its threshold is that of a certificate, it says so."""
    if question.kind != "low_confidence":
        return question
    match pins:
        case {"certificate": name}:
            whose = f"of certificate {name}"
        case {"withdrawn": name}:
            whose = f"by policy, since certificate {name} was withdrawn"
        case _:
            return question
    return question.model_copy(update={"reason": f"{question.reason.removesuffix('.')} {whose}."})


def about_outcome(record: Record, progress: Progress) -> Question:
    """The specialist escalated, or its tries were used up."""
    assert record.outcome != "decided"
    sides = tuple(record.provenance.sides)
    stands = f"; to approve lets what {sides[0]} decided stand" if sides else ""
    happened = "declined to decide" if record.outcome == "escalated" else "failed at"
    return _counted(
        progress,
        Question(
            kind=record.outcome,
            names=(record.decision,),
            versions={record.decision: record.version},
            conflict=record.provenance.conflict,
            suggestion=sides[0] if sides else None,
            sides=sides,
            offers=_ALL if sides else _WITHOUT_APPROVE,
            reason=f"{record.maker.name} {happened} {record.decision}: {record.reason}{stands}.",
        ),
    )


def about_conflict(conflict: Conflict, progress: Progress) -> Question:
    """Two decisions disagree and the ladder has come to a human."""
    first, second = conflict.sides
    suggestion = conflict.suggestion(progress)
    return _counted(
        progress,
        Question(
            kind="conflict",
            names=conflict.sides,
            versions=conflict.versions(progress),
            conflict=conflict.name,
            suggestion=suggestion,
            offers=_ALL,
            reason=f"{first} and {second} disagree ({conflict.name}); to approve lets {suggestion} stand.",
        ),
    )


def about_convergence(name: str, progress: Progress, needs: tuple[str, ...]) -> Question:
    """The decision was sent back until its attempts were used up."""
    used = progress.attempts.get(name, 0)
    return _counted(
        progress,
        Question(
            kind="no_convergence",
            names=(name,),
            versions=_versions(progress, name, needs),
            notes=len(progress.notes_to(name)),
            offers=_WITHOUT_APPROVE if progress.latest_value(name) is None else _ALL,
            reason=f"{name} was sent back {used} times and does not converge.",
        ),
    )


def about_human_decision(record: Record, progress: Progress, needs: tuple[str, ...]) -> Question:
    """What a human decided would have to be made again, which no agent may do."""
    objections = progress.unseen(record.decision)
    if objections:
        said = "; ".join(f"{note.author}: {note.text}" for note in objections)
        reason = f"{record.maker.name} decided {record.decision}, and there is an objection. {said}"
    else:
        moved = [need for need in needs if record.built_from.get(need) != progress.version(need)]
        reason = f"{record.maker.name} decided {record.decision}, and since then {', '.join(moved)} has changed."
    return _counted(
        progress,
        Question(
            kind="objection" if objections else "upstream_moved",
            names=(record.decision,),
            versions=_versions(progress, record.decision, needs),
            notes=len(progress.notes_to(record.decision)),
            offers=_ALL,
            reason=reason,
        ),
    )


def _versions(progress: Progress, name: str, needs: tuple[str, ...]) -> dict[str, int]:
    return {each: progress.version(each) for each in (name, *needs)}


def _counted(progress: Progress, question: Question) -> Question:
    before = progress.times_answered(question.stem)
    return question.model_copy(update={"asked_before": before}) if before else question
