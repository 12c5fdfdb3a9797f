"""What the lab measured of each shape, in the places of the hub's figures: the table that lint reads its costs from.

It is written by ``make lab`` from the trials behind the report that it names, and changed by nothing else.
"""

from functools import lru_cache
from math import log
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from state.trial import ShapeName

TABLE = Path(__file__).with_name("measured.json")


class Span(BaseModel):
    """A figure with its interval of 95 %."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float


class Cost(BaseModel):
    """What a shape took, over the same cases as a hub of the same size."""

    model_config = ConfigDict(frozen=True)

    shape: ShapeName
    agents: int
    overlap: float
    """The share of the handoffs whose receiver has a view of its own of what it is handed, 0 to 1."""
    turns: Span
    """Of the hub's, as a ratio."""
    tokens: Span
    """Of the hub's, as a ratio."""
    right: Span
    """The share of the cases that came out right, less the hub's share, -1 to 1."""
    questions: Span
    """Questions to a human for each case, less the hub's."""
    cascades: Span
    """The share of the cases in which an override caused another, 0 to 1."""


class Measured(BaseModel):
    """All that was measured, and how."""

    model_config = ConfigDict(frozen=True)

    report: str
    """Where it is told."""
    fault_rate: float
    """The probability that a turn had a fault."""
    cases: int
    """For each row."""
    rows: tuple[Cost, ...]

    def nearest(self, shape: str, agents: int, overlap: float) -> Cost | None:
        """The row of a shape that is nearest in size, as a ratio, and then in overlap; None where there is none."""
        rows = [row for row in self.rows if row.shape == shape]
        return min(rows, key=lambda row: (abs(log(row.agents / agents)), abs(row.overlap - overlap)), default=None)


@lru_cache(maxsize=1)
def measured() -> Measured | None:
    """The table that comes with Roundhouse; None where the lab has not written one."""
    return Measured.model_validate_json(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else None
