"""The batch as lists show it: one command's worth of cases, and where they stand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

BatchStanding = Literal["going", "paused", "cancelled"]
"""``paused``: its runs on the queue do not begin. ``cancelled``: those that had not begun are closed."""


class BatchRow(BaseModel):
    """One batch in a list."""

    model_config = ConfigDict(frozen=True)

    id: str
    workflow: str
    source: str
    """The name of its file."""
    created_at: datetime
    counts: Mapping[str, int]
    """How many of its runs stand where; a status that none has is left out."""
    quarantined: int
    """How many rows of its file are no cases."""
    standing: BatchStanding = "going"
    queued: int = 0
    """How many of its runs wait for a worker."""
