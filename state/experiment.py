"""The experiment: what was to be tried in all combinations, and how much of it is done."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from state.errors import UsageError


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


def chosen(name: str, experiments: Sequence[ExperimentRow], runfiles: Sequence[str] = ()) -> ExperimentRow:
    """That of an id, the first of a name, or the only one whose id begins so.

    Raises ``UsageError``; it offers the ``runfiles``, the names with which a new experiment can be begun.
    """
    named = [each for each in experiments if name in (each.id, each.name)][:1]
    found = named or [each for each in experiments if each.id.startswith(name)]
    if name and len(found) == 1:
        return found[0]
    begin = f" Begin a new one with one of {', '.join(runfiles)}, or a runfile of your own." if runfiles else ""
    if name and len(found) > 1:
        raise UsageError(f"The ids of {len(found)} experiments begin with {name!r}. 'roundhouse lab' lists them.")
    near = get_close_matches(name, [*runfiles, *(each.name for each in experiments)], 1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"Experiment {name!r} is not kept here.{meant} 'roundhouse lab' lists those that are.{begin}")
