"""The brief: what a chat model is told when it takes a specialist's seat, and which part of the decision it fills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.handoff import Handoff
from agents.position import Position, whole_content

Derive = Callable[[Handoff[Any], Mapping[str, Any]], Mapping[str, Any]]
"""Works out further fields of a decision, given the handoff and the fields that the model filled.

Raises ``ValueError``, in words for the model, where what it filled does not go with the handoff.
"""


def nothing(handoff: Handoff[Any], filled: Mapping[str, Any]) -> Mapping[str, Any]:
    """No further fields."""
    return {}


@dataclass(frozen=True, slots=True)
class Brief:
    """What a seat asks of a chat model."""

    instructions: str
    """How to decide, for the model. The same for every case, so that a provider's prefix cache helps."""
    sees: tuple[str, ...] | None = None
    """The fields of the case that it is shown; None for all."""
    fills: tuple[str, ...] | None = None
    """The fields of the decision that it fills besides confidence and rationale; None for all."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The only values that a text field may take, where the contract leaves it open."""
    derived: Derive = nothing
    """The fields that are not judged but follow, such as an expected value from a probability."""
    position: Position = whole_content
    """What a decision stands for, where several answers are compared."""
    weighed: str | None = None
    """The field whose tokens' probabilities are the confidence; by default the first that is a closed choice."""
