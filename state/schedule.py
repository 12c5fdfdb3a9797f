"""The schedule: a case that stands for a series of runs, and when the next of them is due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from state.run import RunStatus

ScheduleStatus = Literal["active", "stopped"]
"""``active``: starts runs. ``stopped``: starts none until a person has it go on."""


class ScheduleRow(BaseModel):
    """One schedule, as lists show it."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Sixteen hexadecimal digits, made of the workflow and the case's id."""
    workflow: str
    case_id: str
    case_data: Mapping[str, Any]
    """The case that stands for the series, as plain JSON."""
    profile: str | None
    staff: Mapping[str, str] | None
    """Who takes which seat, as the run that declared it has it."""
    cron: str
    zone: str
    """The time zone that the cron expression speaks of."""
    status: ScheduleStatus
    next_at: datetime
    """When the next run is due, UTC."""
    last_at: datetime | None
    """The latest moment that a run was started for."""
    last_run: str | None
    last_status: RunStatus | None
    """Where that run stands."""
    run: str
    """The run that declared it."""
    error: str | None
    """Why no run could be started at the latest moment; None where one was."""
    changed_by: str | None
    """Who stopped it, or had it go on."""
    changed_at: datetime | None
