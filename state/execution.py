"""The execution: one call of a specialist, a panel member or a voter, as the ledger keeps it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

ExecutionOutcome = Literal["decided", "asked", "escalated", "gathered", "breach", "timeout", "error"]
"""``gathered``: a chat model called tools, or a tool found something. ``breach``: the result broke its contract.
``timeout``: it was not ready in time and is dropped when it comes. ``error``: an exception was raised."""


class Execution(BaseModel):
    """One call of a specialist; each retry, each call of a chat model and of a tool is an execution of its own."""

    model_config = ConfigDict(frozen=True)

    decision: str
    specialist: str
    attempt: int = 1
    """Which try of the same making this was, from 1."""
    ready_at: datetime
    """When all its inputs were there, UTC."""
    started_at: datetime
    ended_at: datetime
    outcome: ExecutionOutcome
    error: str = ""
    model: str | None = None
    """The chat model that was called; None for rules and tools."""
    tool: str | None = None
    """The tool that was called."""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost: float = 0.0
    """In the currency of the price table; 0 for rules, and where the price is not known."""
