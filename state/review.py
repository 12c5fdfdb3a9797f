"""The question that is put to a human, and the answers a human can give."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from state.duration import in_time

QuestionKind = Literal[
    "low_confidence", "escalated", "failed", "conflict", "no_convergence", "upstream_moved", "objection"
]
"""``low_confidence``: the judged decision is under the threshold. ``escalated``: its specialist declined.
``failed``: its tries were used up. ``conflict``: two decisions disagree and their ladder ends in a human.
``no_convergence``: it was sent back until its attempts were used up. ``upstream_moved``: what a human decided
on has changed. ``objection``: an agent objects to what a human decided."""

Action = Literal["approve", "edit", "send_back", "reject"]
"""``approve``: let the suggestion stand. ``edit``: decide it oneself. ``send_back``: have its owner decide again
with guidance. ``reject``: close the case."""


Voice = Literal["human", "policy"]
"""Whose word an answer is: a person's, or that of the policy declared for a question whose time ran out."""


class Question(BaseModel):
    """A question that the state of a run raises. It is derived, never stored beside the state."""

    model_config = ConfigDict(frozen=True)

    kind: QuestionKind
    names: tuple[str, ...]
    """The decisions it is about; for a conflict both sides."""
    versions: dict[str, int]
    """The version of each decision and of each moved need that it speaks of; 0 where there is none yet."""
    notes: int = 0
    """How many notes the decision had when the question was raised; 0 where notes play no part."""
    asked_before: int = 0
    """How often the same question was answered before in this run."""
    conflict: str | None = None
    """The declared conflict that it is about: between its two decisions, or within the panel that escalated."""
    suggestion: str | None = None
    """For a conflict, the decision whose side ``approve`` takes; for a panel that does not agree, whose decision."""
    sides: tuple[str, ...] = ()
    """For a panel that does not agree, the members whose decisions a person may let stand."""
    offers: tuple[Action, ...]
    reason: str
    """Why it is asked, in one sentence."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def key(self) -> str:
        """Identifies the question within its run by kind, names and versions."""
        return f"{self.stem}#{self.asked_before + 1}" if self.asked_before else self.stem

    @property
    def stem(self) -> str:
        """The key without the count of earlier answers."""
        subject = f"{self.conflict}:" if self.conflict else ""
        spoken = ",".join(f"{name}@{version}" for name, version in self.versions.items())
        notes = f"+{self.notes}" if self.notes else ""
        return f"{self.kind}:{subject}{spoken}{notes}"


class Answer(BaseModel):
    """What a human answers to one question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    """The key of the question that is answered."""
    action: Action
    by: str = Field(min_length=1, max_length=200)
    """The person who answers, or the policy."""
    voice: Voice = "human"
    decision: str | None = None
    """Which of the question's decisions ``edit`` or ``send_back`` is about; needed only where there are two."""
    prefer: str | None = None
    """For ``approve`` of a conflict, or where a panel does not agree: the side to take instead of the suggestion."""
    value: dict[str, Any] | None = None
    """For ``edit``: the decision's new fields; fields left out keep their value."""
    text: str = Field(default="", max_length=10_000)
    """For ``send_back`` the guidance, for ``reject`` the reason; else why, where somebody says so."""

    @model_validator(mode="after")
    def _carries_what_its_action_needs(self) -> Self:
        match self.action:
            case "edit" if self.value is None:
                raise ValueError("an edit needs a value")
            case "send_back" if not self.text.strip():
                raise ValueError("sending back needs guidance in words")
            case "reject" if not self.text.strip():
                raise ValueError("rejecting needs a reason in words")
            case "approve" | "reject" if self.value is not None:
                raise ValueError(f"{self.action} takes no value; use edit")
            case _:
                return self


QueueName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
"""The name of a queue, in one line."""

LONGEST_WAIT = 10 * 366 * 86_400.0
"""Seconds that a question can wait at the most: ten years."""


class Approve(BaseModel):
    """A policy: let the suggestion stand, where the question offers that."""

    model_config = ConfigDict(frozen=True)

    policy: Literal["approve"] = "approve"


class Reject(BaseModel):
    """A policy: close the case."""

    model_config = ConfigDict(frozen=True)

    policy: Literal["reject"] = "reject"
    reason: str = Field(default="nobody answered in time", min_length=1)


class Forward(BaseModel):
    """A policy: leave the question open, and put it into another queue."""

    model_config = ConfigDict(frozen=True)

    policy: Literal["forward"] = "forward"
    queue: QueueName


class Step(BaseModel):
    """One deadline of a question."""

    model_config = ConfigDict(frozen=True)

    after: float = Field(ge=0, le=LONGEST_WAIT)
    """Seconds since the question was opened."""
    then: Annotated[Approve | Reject | Forward, Field(discriminator="policy")]

    @property
    def words(self) -> str:
        """What it does and when, which is also who a policy's answer is by."""
        return f"{self.then.policy} after {in_time(self.after)}"


class WaitingTerms(BaseModel):
    """On what terms a question waits, as they were when it was opened."""

    model_config = ConfigDict(frozen=True)

    priority: int = Field(default=0, ge=-1_000_000, le=1_000_000)
    queue: QueueName = "default"
    steps: tuple[Step, ...] = ()
    reminders: tuple[Annotated[float, Field(ge=0, le=LONGEST_WAIT)], ...] = ()
    """Seconds since the question was opened."""
    channel: str = "default"
