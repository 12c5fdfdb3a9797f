"""What goes in and out over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from state.review import Action, QuestionKind
from state.run import ReviewRow, ReviewStatus, RunRow, RunStatus

Name = Annotated[str, Field(min_length=1, max_length=200)]
Limit = Annotated[int, Field(ge=1, le=500)]


class WorkflowOffered(BaseModel):
    """A workflow that cases can be started in."""

    model_config = ConfigDict(frozen=True)

    name: str
    profiles: tuple[str, ...]
    """What its cases can be run with; none where there is nothing to choose."""


class WorkflowList(BaseModel):
    """The workflows that are offered."""

    model_config = ConfigDict(frozen=True)

    workflows: tuple[WorkflowOffered, ...]


class Contract(BaseModel):
    """What a case of a workflow must be."""

    model_config = ConfigDict(frozen=True)

    workflow: str
    profile: str | None
    case: dict[str, Any]
    """Its JSON Schema."""


class Profiled(BaseModel):
    """Which profile is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Name | None = None
    """One that the workflow is offered with; by default its own."""


class RunsAsked(BaseModel):
    """Which runs to list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: RunStatus | None = None
    workflow: Name | None = None
    after: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """What the page before has as ``next``."""
    limit: Limit = 100


class QuestionsAsked(BaseModel):
    """Which questions to list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workflow: Name | None = None
    queue: Name | None = None
    limit: Limit = 100


class CaseGiven(BaseModel):
    """A case to be started."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: dict[str, Any]
    """The case, as its workflow's contract has it."""
    profile: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """One of the profiles that the service offers; by default the workflow's own."""


class AnswerGiven(BaseModel):
    """An answer to a question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    decision: Name | None = None
    """Which of the question's decisions an edit or a sending back is about, where there are two."""
    prefer: Name | None = None
    """For the approval of a conflict, the side to take instead of the suggestion."""
    value: dict[str, Any] | None = None
    """For an edit, the decision's new fields; fields left out keep their value."""
    text: Annotated[str, Field(max_length=10_000)] = ""
    """Guidance for a sending back, the reason of a rejection."""
    by: Name | None = None
    """Whom the request speaks for; by default the name of its key."""


class Question(BaseModel):
    """A question that waits for a person."""

    model_config = ConfigDict(frozen=True)

    id: str
    run: str
    workflow: str
    case: str
    """The case's id."""
    kind: QuestionKind
    reason: str
    """Why it is asked."""
    decisions: tuple[str, ...]
    """What it is about."""
    values: Mapping[str, Any]
    """The value of each of them now."""
    offers: tuple[Action, ...]
    suggestion: str | None
    queue: str
    priority: int
    status: ReviewStatus
    claimed_by: str | None
    claimed_until: datetime | None
    opened_at: datetime
    deadline: datetime | None

    @classmethod
    def of(cls, row: ReviewRow) -> Self:
        """The question of a row."""
        asked = row.payload["question"]
        same = ("id", "run", "workflow", "kind", "queue", "priority", "status", "opened_at", "deadline")
        return cls.model_validate(
            {
                **{name: getattr(row, name) for name in (*same, "claimed_by", "claimed_until")},
                "case": row.case_id,
                "reason": asked["reason"],
                "decisions": row.names,
                "values": row.payload["decisions"],
                "offers": asked["offers"],
                "suggestion": asked["suggestion"],
            }
        )


class Run(BaseModel):
    """A run."""

    model_config = ConfigDict(frozen=True)

    id: str
    workflow: str
    case: str
    """The case's id."""
    status: RunStatus
    decisions: Mapping[str, Any]
    """The latest value of each decision."""
    error: str | None
    """Why it failed, or was closed."""
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: RunRow) -> Self:
        """The run of a row."""
        return cls.model_validate(cls.fields_of(row))

    @staticmethod
    def fields_of(row: RunRow) -> dict[str, Any]:
        """What a row says of a run."""
        same = ("id", "workflow", "status", "decisions", "error", "created_at", "ended_at")
        return {"case": row.case_id, **{name: getattr(row, name) for name in same}}


class RunTold(Run):
    """A run with the questions that are open."""

    questions: tuple[Question, ...]

    @classmethod
    def told(cls, row: RunRow, questions: Sequence[ReviewRow]) -> Self:
        """The run of a row, and its questions."""
        return cls.model_validate({**cls.fields_of(row), "questions": [Question.of(each) for each in questions]})


class RunPage(BaseModel):
    """Some runs, newest first."""

    model_config = ConfigDict(frozen=True)

    runs: tuple[Run, ...]
    next: str | None
    """What to give as ``after`` for those that follow; None where there are no more."""


class QuestionList(BaseModel):
    """Questions, most urgent and oldest first."""

    model_config = ConfigDict(frozen=True)

    questions: tuple[Question, ...]


class Health(BaseModel):
    """That the service can do its work."""

    model_config = ConfigDict(frozen=True)

    status: str
    """Always ``ok``; a service that is not well answers with a problem."""
    schema_revision: str
    """Of the database."""
