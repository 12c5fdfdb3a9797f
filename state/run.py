"""The run: one case on its way through a workflow, as lists, pages and the terminal show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict

from state.effect import EffectRow
from state.execution import Execution
from state.note import Note
from state.progress import Rung
from state.record import Record
from state.review import WaitingTerms

RunStatus = Literal["running", "waiting", "completed", "rejected", "failed"]
"""``running``: being driven, or cut off by a crash. ``waiting``: for a human. ``completed``: every decision is made.
``rejected``: a human closed the case. ``failed``: the run itself could not go on; the error says why."""

OPEN_STATUSES: tuple[RunStatus, ...] = ("running", "waiting")
"""The statuses of runs that are not at their end."""

ReviewStatus = Literal["open", "claimed", "answered", "expired", "withdrawn"]
"""``open``: waits. ``claimed``: somebody is at it. ``answered``: done. ``expired``: its time ran out.
``withdrawn``: the run moved on, so that the question no longer stands."""


class Pins(TypedDict):
    """What a run took down when it started, and keeps."""

    signature: NotRequired[str]
    """The signature of its workflow."""
    threshold: NotRequired[float]
    """The confidence under which the judged decision is put to a human."""
    certificate: NotRequired[str]
    """The certificate that the threshold is of; none of a run whose threshold is its workflow's own."""
    withdrawn: NotRequired[str]
    """In its place, the certificate that was withdrawn, and by whose policy the threshold was set."""
    rules: NotRequired[dict[str, str]]
    """The rules that people accepted from their own answers: which side of a conflict stands."""
    profile: NotRequired[str | None]
    """The profile that the workflow was made with: a shipped name or a path."""
    profile_digest: NotRequired[str | None]
    staff: NotRequired[dict[str, str]]
    """Which seats chat models have: see :class:`graphs.staffing.Staffing`. None of a run where rules have all."""
    started_at: NotRequired[str]
    """ISO 8601, UTC."""
    thread: NotRequired[str]
    """Where its checkpoints are, where that is not under its own id."""
    delivers: NotRequired[bool]
    """Whether its effects go out; a fork's do only when told to."""
    queued: NotRequired[bool]
    """Whether workers drive it, so that an answer puts it on the queue again."""
    schedule: NotRequired[str]
    """The schedule that started it, which it does not declare again."""
    service: NotRequired[str]
    """Who had the service start it: the name of an API key."""
    request: NotRequired[str]
    """The digest of what the service was given then."""
    notifies: NotRequired[str]
    """The channel by which its starter is told when it waits or ends."""


class RunRow(BaseModel):
    """One run in a list."""

    model_config = ConfigDict(frozen=True)

    id: str
    workflow: str
    case_id: str
    status: RunStatus
    batch: str | None
    origin: str | None
    """The run that it is a fork of."""
    flagged: bool
    questions: int
    """How many questions it has put to humans so far."""
    error: str | None
    created_at: datetime
    ended_at: datetime | None
    decisions: Mapping[str, Any]
    """The latest value of each decision."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; None stands for all."""

    workflow: str | None = None
    status: RunStatus | None = None
    batch: str | None = None
    text: str | None = None
    """A part of the run's id or of its case's, in capitals or not."""
    flagged: bool | None = None
    asked: bool | None = None
    """Whether it has put a question to a human."""
    since: datetime | None = None
    """When it was started, or later."""
    origin: Literal["any", "originals", "forks"] = "any"


class ReviewRow(BaseModel):
    """One question that was put to a human."""

    model_config = ConfigDict(frozen=True)

    id: str
    run: str
    workflow: str
    case_id: str
    question: str
    """The question's key."""
    kind: str
    names: tuple[str, ...]
    payload: Mapping[str, Any]
    """The question, and the value of each decision that it is about."""
    status: ReviewStatus
    queue: str
    """Whose inbox it is in."""
    priority: int
    """The higher, the sooner it is shown."""
    opened_at: datetime
    terms: WaitingTerms | None
    """On what terms it waits."""
    step: int
    """Which of its deadlines is next, from 0."""
    deadline: datetime | None
    """When a policy answers it, unless somebody does before; a claim suspends that."""
    claimed_by: str | None
    claimed_at: datetime | None
    claimed_until: datetime | None
    answer: Mapping[str, Any] | None
    answered_by: str | None
    answered_at: datetime | None


class DecisionNote(BaseModel):
    """A note with the decision that it was sent to."""

    model_config = ConfigDict(frozen=True)

    decision: str
    note: Note


class RunStory(BaseModel):
    """Everything about one run."""

    model_config = ConfigDict(frozen=True)

    run: RunRow
    case: Mapping[str, Any]
    pins: Mapping[str, Any]
    records: tuple[Record, ...]
    notes: tuple[DecisionNote, ...]
    conflicts: tuple[Rung, ...]
    reviews: tuple[ReviewRow, ...]
    executions: tuple[Execution, ...]
    effects: tuple[EffectRow, ...]
