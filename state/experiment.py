"""The experiment: what was to be tried in all combinations, and how much of it is done."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ExperimentRow(BaseModel):
    """One experiment that is kept, without its trials."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Sixteen hexadecimal digits of what it consists of: the same content is the same experiment."""
    name: str
    content: dict[str, Any]
    """All that its runfile says, defaults included, as plain JSON."""
    total: int = Field(ge=1)
    """How many trials it has."""
    done: int = Field(default=0, ge=0)
    """How many of them are kept."""
    created_at: datetime
    finished_at: datetime | None = None
    """When the last trial was kept; None before."""
