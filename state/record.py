"""The record: one numbered version of a decision, with what it was built from."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from state.provenance import Provenance

Outcome = Literal["decided", "escalated", "failed"]
"""``decided``: there is a value. ``escalated``: the specialist declined. ``failed``: its tries were used up."""

MakerKind = Literal["agent", "human", "policy"]
"""``policy``: a declared one, where a question's time ran out; nobody's word."""


class Maker(BaseModel):
    """Who made a record."""

    model_config = ConfigDict(frozen=True)

    kind: MakerKind
    name: str

    def is_same(self, other: Self) -> bool:
        """Whether both count as one maker: the same agent, or any two humans."""
        return self.kind == other.kind and (self.kind == "human" or self.name == other.name)


class Record(BaseModel):
    """One version of a decision."""

    model_config = ConfigDict(frozen=True)

    decision: str
    version: int
    """Counts from 1 within the decision."""
    outcome: Outcome
    maker: Maker
    value: dict[str, Any] | None = None
    """The decision as plain JSON; None unless the outcome is ``decided``."""
    reason: str = ""
    """Why it escalated or failed."""
    built_from: dict[str, int]
    """The version of each need that it was built from."""
    notes_seen: int = 0
    """How many of the decision's notes its maker had seen."""
    made_at: datetime
    """When this version was first made, UTC."""
    provenance: Provenance = Provenance()

    @property
    def confidence(self) -> float | None:
        """The confidence of the value, 0 to 1; None where there is no value."""
        return None if self.value is None else float(self.value.get("confidence", 1.0))

    def renews(self, earlier: Self) -> bool:
        """Whether this record only repeats an earlier one: a decided value, equal, by the same maker."""
        return (
            self.outcome == earlier.outcome == "decided"
            and self.value == earlier.value
            and self.maker.is_same(earlier.maker)
        )
