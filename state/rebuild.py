"""Progress rebuilt from the tables, for a run whose checkpoints are not to be had.

The tables keep all of it but the attempts that were used, which are counted anew, and the journal, whose entries
are in the audit trail already.
"""

from collections.abc import Iterator

from state.note import Note
from state.progress import Answered, Progress
from state.record import Record
from state.review import Answer, Question
from state.run import RunStory


def progress_of(story: RunStory) -> Progress:
    """The progress that a run's story tells; every answer that it has counts as applied. Pure."""
    answers = tuple(_answers(story))
    return Progress(
        records=_records(story),
        notes=_notes(story),
        approvals=dict(_approvals(answers)),
        rungs=story.conflicts,
        answers=tuple(answered for answered, _ in answers),
        executions=story.executions,
        closed=_reason(answers) if story.run.status == "rejected" else None,
    )


def _records(story: RunStory) -> dict[str, tuple[Record, ...]]:
    records: dict[str, tuple[Record, ...]] = {}
    for record in sorted(story.records, key=lambda each: each.version):
        records[record.decision] = (*records.get(record.decision, ()), record)
    return records


def _notes(story: RunStory) -> dict[str, tuple[Note, ...]]:
    notes: dict[str, tuple[Note, ...]] = {}
    for sent in story.notes:
        notes[sent.decision] = (*notes.get(sent.decision, ()), sent.note)
    return notes


def _answers(story: RunStory) -> Iterator[tuple[Answered, Question]]:
    """The answers in the order in which they were given, with their questions."""
    given = [(review.answered_at, review) for review in story.reviews if review.status in ("answered", "expired")]
    for at, review in sorted(((at, review) for at, review in given if at is not None), key=lambda each: each[0]):
        question = Question.model_validate(review.payload["question"])
        # the order of its versions may be lost in the payload, but not in the key
        count = f"#{question.asked_before + 1}" if question.asked_before else ""
        stem, answer = review.question.removesuffix(count), Answer.model_validate(review.answer)
        yield Answered(answer=answer, stem=stem, restores=(), at=at), question


def _approvals(answers: tuple[tuple[Answered, Question], ...]) -> Iterator[tuple[str, int]]:
    for answered, question in answers:
        if answered.answer.action == "approve" and question.kind == "low_confidence":
            yield question.names[0], question.versions[question.names[0]]


def _reason(answers: tuple[tuple[Answered, Question], ...]) -> str:
    """Why the case was closed."""
    said = [answered.answer.text for answered, _ in answers if answered.answer.action == "reject"]
    return next((text for text in reversed(said) if text), "rejected")
