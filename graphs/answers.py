"""What a human's answer means: the events that it turns into, or why it is refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never

from graphs.agenda import survey
from graphs.edit import decided, edited
from graphs.workflow import Workflow
from state.errors import InvalidAnswer, StaleAnswer
from state.note import Note
from state.progress import Answered, Approved, Closed, Event, Noted, Progress, Recorded, Rung
from state.record import Maker, Record
from state.review import Answer, Question


def answer_events(
    workflow: Workflow, progress: Progress, threshold: float, answer: Answer, at: datetime
) -> list[Event]:
    """The events of an answer to a question that is open now. Pure.

    Raises ``StaleAnswer`` when the question is not open any more, ``InvalidAnswer`` when the answer does not fit it.
    """
    if progress.closed is not None:
        raise StaleAnswer(answer.question, ())
    question = open_question(survey(workflow, progress, threshold).questions, answer.question)
    if answer.action not in question.offers:
        raise InvalidAnswer(f"{answer.action!r} is not offered here. Use one of {', '.join(question.offers)}.")
    restores = _restored(workflow, question) if answer.voice == "human" else frozenset()
    applied = Answered(
        answer=answer,
        stem=question.stem,
        restores=tuple(name for name in workflow.order if name in restores),
        at=at,
    )
    return [applied, *_consequence(workflow, progress, question, answer, at)]


def _restored(workflow: Workflow, question: Question) -> frozenset[str]:
    """The decisions that have all their attempts again. A policy gives none back, so that it cannot go on for ever."""
    return frozenset(name for subject in question.names for name in (subject, *workflow.downstream[subject]))


def open_question(questions: Sequence[Question], key: str) -> Question:
    """The open question of that key; raises ``StaleAnswer`` when it is not open."""
    for question in questions:
        if question.key == key:
            return question
    raise StaleAnswer(key, [question.key for question in questions])


def _consequence(
    workflow: Workflow, progress: Progress, question: Question, answer: Answer, at: datetime
) -> list[Event]:
    match answer.action:
        case "approve":
            return [_approval(workflow, progress, question, answer, at)]
        case "edit":
            name = _subject(question, answer, _with_fields(workflow, question, answer))
            return [_decided(workflow, progress, name, _edited(workflow, progress, name, answer), answer, at)]
        case "send_back":
            name = _subject(question, answer, _other_side(question))
            about = progress.version(name) or None
            note = Note(kind="guidance", author=answer.by, text=answer.text, about_version=about, at=at)
            return [Noted(to=name, note=note)]
        case "reject":
            return [Closed(reason=answer.text or "rejected")]
        case _ as impossible:
            assert_never(impossible)


def _approval(workflow: Workflow, progress: Progress, question: Question, answer: Answer, at: datetime) -> Event:
    if answer.prefer is not None and question.kind != "conflict" and not question.sides:
        raise InvalidAnswer("This question is not about a conflict, so there is no side to prefer.")
    if answer.decision is not None and answer.decision not in question.names and question.kind != "conflict":
        raise InvalidAnswer(f"The question is not about {answer.decision!r}. {_sides(question)}")
    match question.kind:
        case "conflict":
            return _settlement(workflow, progress, question, answer, at)
        case "low_confidence":
            name = question.names[0]
            return Approved(decision=name, version=question.versions[name])
        case "no_convergence" | "upstream_moved" | "objection":
            value = progress.latest_value(question.names[0])
            assert value is not None
            return _decided(workflow, progress, question.names[0], value, answer, at)
        case "escalated" | "failed":
            value = _side(progress, question, answer)
            return _decided(workflow, progress, question.names[0], value, answer, at)
        case _ as impossible:
            assert_never(impossible)


def _side(progress: Progress, question: Question, answer: Answer) -> dict[str, Any]:
    """What the member of a panel decided that an approval lets stand."""
    chosen, record = answer.prefer or question.suggestion, progress.latest(question.names[0])
    if record is None or chosen not in record.provenance.sides:
        raise InvalidAnswer(f"{chosen!r} is not a side of this question. Use one of {', '.join(question.sides)}.")
    return record.provenance.sides[chosen]


def _settlement(workflow: Workflow, progress: Progress, question: Question, answer: Answer, at: datetime) -> Rung:
    conflict = next(conflict for conflict in workflow.conflicts if conflict.name == question.conflict)
    return Rung(
        conflict=conflict.name,
        versions=conflict.versions(progress),
        rung=conflict.rung(progress),
        action="human",
        preferred=_preferred(question, answer),
        by=answer.by,
        at=at,
    )


def _preferred(question: Question, answer: Answer) -> str | None:
    """The side that an approval takes: the one it names, by either word, or else the suggestion."""
    named = {name for name in (answer.prefer, answer.decision) if name is not None}
    if len(named) > 1:
        raise InvalidAnswer(f"The answer names two sides: {', '.join(sorted(named))}. Name one.")
    if not named.issubset(question.names):
        raise InvalidAnswer(f"{named.pop()!r} is not a side of this conflict. {_sides(question)}")
    return named.pop() if named else question.suggestion


def _decided(
    workflow: Workflow, progress: Progress, name: str, value: dict[str, Any], answer: Answer, at: datetime
) -> Recorded:
    return decided(workflow, progress, name, value, _maker(progress.latest(name), answer), at)


def _maker(latest: Record | None, answer: Answer) -> Maker:
    """Who makes the record; where a policy lets a person's decision stand, it stays that person's."""
    if answer.voice == "policy" and latest is not None and latest.maker.kind == "human":
        return latest.maker
    return Maker(kind=answer.voice, name=answer.by)


def _edited(workflow: Workflow, progress: Progress, name: str, answer: Answer) -> dict[str, Any]:
    assert answer.value is not None
    return edited(workflow, progress, name, answer.value, answer.text or f"decided by {answer.by}")


def _subject(question: Question, answer: Answer, default: str | None) -> str:
    """Which of the question's decisions the answer is about."""
    if answer.decision is not None:
        if answer.decision not in question.names:
            raise InvalidAnswer(f"The question is not about {answer.decision!r}. {_sides(question)}")
        return answer.decision
    if len(question.names) == 1:
        return question.names[0]
    if default is None:
        raise InvalidAnswer(f"Say which decision is meant (on the command line with --decision). {_sides(question)}")
    return default


def _with_fields(workflow: Workflow, question: Question, answer: Answer) -> str | None:
    """The one decision of the question that has all the fields of an edit; None where that does not tell."""
    fields = set(answer.value or ())
    having = [name for name in question.names if fields and fields <= set(workflow.contracts[name].model_fields)]
    return having[0] if len(having) == 1 else None


def _other_side(question: Question) -> str | None:
    return next((name for name in question.names if name != question.suggestion), None)


def _sides(question: Question) -> str:
    return f"It is about {' and '.join(question.names)}."
