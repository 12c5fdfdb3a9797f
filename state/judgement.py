"""The judgement on a case: how sure the hub was, whether a human was asked, and what a second look or time said."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from state.errors import AnswerRefused

RIGHT = ""
"""The kind of error of a decision that was right."""


class Judgement(BaseModel):
    """What became of the attention for one run, when it first came to a standstill."""

    model_config = ConfigDict(frozen=True)

    run: str
    workflow: str
    case_id: str
    certificate: str | None
    """The certificate that its threshold is of; None of a run without one."""
    threshold: float
    confidence: float | None
    """The least that its judged decision had; None where it asked for another reason only, or has none."""
    asked: bool
    """Whether it has put a question to a human, or failed, which leaves it to one."""
    started_at: datetime
    """When the run began. Runs are looked at in that order: those that ask stand still before the others do."""
    at: datetime


SpotCheckStatus = Literal["open", "answered"]


class SpotCheck(BaseModel):
    """An automated case that a reviewer decides once more, without being told what the hub decided."""

    model_config = ConfigDict(frozen=True)

    run: str
    workflow: str
    case_id: str
    status: SpotCheckStatus
    drawn_at: datetime
    verdict: str | None = None
    """What the reviewer decided."""
    agreed: bool | None = None
    """Whether the hub had decided the same."""
    by: str | None = None
    answered_at: datetime | None = None


class AlreadyChecked(AnswerRefused):
    """Somebody gave a verdict first; ``run``, ``by`` and ``at`` say of which, who and when."""

    def __init__(self, run: str, by: str, at: str) -> None:
        self.run, self.by, self.at = run, by, at
        super().__init__(f"The spot check of run {run!r} was already answered by {by!r} at {at}.")


class OutcomeRow(BaseModel):
    """What really happened to a case."""

    model_config = ConfigDict(frozen=True)

    workflow: str
    case_id: str
    label: dict[str, str]
    """The label by its heading, as it stood in the file."""
    happened_at: datetime | None = None
    """When that was, where the file says so; the latest counts."""
    recorded_at: datetime
    source: str
    """The name of the file."""
