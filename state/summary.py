"""The summary of a batch: what the command that ran it prints."""

from pydantic import BaseModel, ConfigDict


class QuarantinedField(BaseModel):
    """One field of a row that is no case."""

    model_config = ConfigDict(frozen=True)

    line: int
    """The line of the file, from 1."""
    field: str
    reason: str
    text: str


class Summary(BaseModel):
    """What came of a batch. The five states add up to ``cases``."""

    model_config = ConfigDict(frozen=True)

    workflow: str
    cases: int
    """The rows that were read."""
    completed: int
    awaiting_review: int
    rejected: int
    failed: int
    quarantined: int
    resumed: int
    """The cases that an earlier, stopped run of the same command had finished."""
    human_share: float
    """The cases that asked a human at least once, over the cases run, 0 to 1."""
    flagged_share: float
    """The cases that a checking specialist flagged, over the cases run, 0 to 1."""
    conflicts: dict[str, int]
    """In how many cases each conflict arose."""
    model_calls: int
    tokens: int
    seconds: float
    run_ids: list[str]
    """In the order of the file."""

    @property
    def states(self) -> dict[str, int]:
        """How many cases are in each of the five states."""
        return {
            "completed": self.completed,
            "waiting": self.awaiting_review,
            "rejected": self.rejected,
            "failed": self.failed,
            "quarantined": self.quarantined,
        }
