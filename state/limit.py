"""Limits that all machines share: how much of a workflow, a specialist or a model may be under way.

A rate is kept by a token bucket. It holds up to ``burst`` tokens, one is taken for each beginning, and ``refill`` come
back each second. In any stretch of a minute no more begin than a full bucket has and come back meanwhile; of a rate of
N a minute, a tenth may therefore begin together, and the others come back evenly:

    burst = max(1, N // 10),  refill = (N - burst + 1) / 60 a second

A bucket that is full at the first beginning has ``burst`` tokens; the next whole token is there after ``1 / refill``
seconds, and within less than 60 s come ``N - burst`` of them. So at most N begin in a minute, wherever it starts.
(The bucket: J. Turner, "New directions in communications", IEEE Communications Magazine 24(10), 1986.)
"""

import re
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from state.errors import UsageError

MINUTE = 60.0
"""Seconds in which a rate is counted."""

_SCOPE = re.compile(r"(workflow|specialist|model):(\S.{0,199})")


class Limit(BaseModel):
    """What is declared for a scope."""

    model_config = ConfigDict(frozen=True)

    scope: str
    """``workflow:NAME``, ``specialist:NAME`` or ``model:NAME``."""
    at_once: int | None = Field(default=None, ge=1, le=100_000)
    """So many at the same time on all machines together; None for any number."""
    per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    """So many begin in any minute; None for any number."""

    @model_validator(mode="after")
    def _limits_something(self) -> "Limit":
        if self.at_once is None and self.per_minute is None:
            raise ValueError("it has neither at_once nor per_minute")
        return self

    @property
    def burst(self) -> int:
        """How many may begin together after a pause."""
        return max(1, (self.per_minute or 0) // 10)

    @property
    def refill(self) -> float:
        """How many tokens come back in a second."""
        return ((self.per_minute or 0) - self.burst + 1) / MINUTE


class LimitRow(Limit):
    """A limit as a list shows it."""

    held: int = 0
    """How many places are held now."""
    set_by: str
    set_at: datetime


def checked_scope(scope: str) -> str:
    """A scope as it may stand in a limit. Raises ``UsageError``."""
    if _SCOPE.fullmatch(scope) is None:
        raise UsageError(
            f"A limit is for workflow:NAME, specialist:NAME or model:NAME, not {scope!r:.80}, such as: "
            "roundhouse limit model:gpt-5-mini --per-minute 600."
        )
    return scope
