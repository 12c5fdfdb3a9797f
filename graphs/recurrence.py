"""Recurrence: a case of a workflow that is run again at every moment of a schedule, each time as a case of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from state.case import Case


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When the cases of a workflow are run again, and as what. Both functions are pure; neither is in the signature."""

    schedule: Callable[[Any], tuple[str, str] | None]
    """A case's cron expression and time zone, such as ``("0 7 2 * *", "Europe/Vienna")``; None for once only."""
    renewed: Callable[[Any, datetime], Case]
    """The case that is run at a moment, which is given in the schedule's zone: the same at every call, with an id of
    its own."""
