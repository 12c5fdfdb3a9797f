"""Tokens: what a simulated turn reads and writes, and what that costs.

A chat model is stateless: whatever it is to know in a turn is sent again in that turn, and paid for again. So a turn
reads its role, the case, every decision and every note that it is handed. What a shape hands to whom is thus what it
costs; the lengths below are assumptions that an experiment can change, and the same in every shape.
"""

from dataclasses import dataclass
from typing import Any

from agents.handoff import Handoff


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long what agents read and write is, in tokens. Assumptions: about a page, a half, a paragraph, a line."""

    role: int = 500
    """Who the agent is and what it has to return, with the schema."""
    case: int = 300
    """The case; the same for a team of any size."""
    decision: int = 120
    """A decision that is handed over, with its rationale."""
    note: int = 60
    answer: int = 120
    """What a specialist writes."""
    choice: int = 30
    """What a deciding agent writes."""

    def read(self, handoff: Handoff[Any]) -> int:
        """The tokens that a turn with this handoff reads, its own earlier decision included."""
        handed = len(handoff.decisions) + (handoff.previous is not None)
        return self.role + self.case + self.decision * handed + self.note * len(handoff.notes)


@dataclass(frozen=True, slots=True)
class Prices:
    """What tokens cost, per million. Assumptions: round numbers in the range of small hosted models."""

    read: float = 1.0
    write: float = 4.0

    def of(self, read: int, write: int) -> float:
        """The price of a call, in the currency of the prices."""
        return (read * self.read + write * self.write) / 1_000_000
