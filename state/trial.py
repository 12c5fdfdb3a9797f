"""The trial: one case, run once by one team in one shape, and what that took."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ShapeName = Literal["hub", "pipeline", "supervisor", "mesh", "single"]
"""How the specialists of a workflow are coordinated; see :mod:`graphs.shape`."""

Ending = Literal["completed", "rejected", "incomplete", "limit", "deadlock"]
"""``incomplete``: it was ended before all was decided. ``limit``: its rounds or steps were used up before it agreed.
``deadlock``: nobody could move any more, and not all was decided."""


class Cell(BaseModel):
    """One combination of an experiment's factors."""

    model_config = ConfigDict(frozen=True)

    shape: ShapeName
    agents: int = Field(ge=1)
    """How many specialists there are, which is how many decisions a case takes."""
    overlap: float = Field(default=0.0, ge=0, le=1)
    """The share of the handoffs whose receiver has a view of its own of what it is handed."""
    fault_rate: float = Field(default=0.0, ge=0, le=1)
    """The probability that a turn has a fault."""


class Trial(BaseModel):
    """One case of a cell, and what was measured."""

    model_config = ConfigDict(frozen=True)

    cell: Cell
    case: int = Field(ge=0)
    """The place of the case, from 0: the same case in every cell, for paired comparison."""
    ended: Ending
    right: bool
    """Whether every final decision is what it is without any fault."""
    share_right: float = Field(ge=0, le=1)
    """The share of all decisions that are."""
    turns: int
    """Calls of agents, retries and those of a deciding agent included: T of arXiv 2512.08296."""
    model_calls: int
    tokens_in: int
    tokens_out: int
    cost: float
    """Of the model calls, in the currency of the prices."""
    messages: int
    """Decisions and notes of others that were handed to an agent, summed over its turns."""
    redundancy: float = Field(ge=0, le=1)
    """Mean cosine similarity of what was said, pair by pair: R of arXiv 2512.08296."""
    repeats: int
    """Turns that said what already stood on the table."""
    questions: int
    """Questions that a human answered."""
    human_minutes: float
    conflicts: int
    """Disagreements that arose."""
    overrides: int
    """Decisions that somebody else than their owner, and no human, replaced."""
    cascades: int
    """Overrides that an earlier override caused."""
    failures: int
    """Turns that broke their contract, timed out or raised."""
    critical_path: int
    """The longest sequence of turns that waited for each other."""
    wall: float
    """Seconds from the first turn to the end of the last, on the clock of the simulation; human time not included."""
