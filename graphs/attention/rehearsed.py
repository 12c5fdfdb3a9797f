"""The rehearsed case: what a labelled case came to when its workflow was run without asking anyone."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One labelled case."""

    confidence: float | None
    """The least that its judged decision had; None where it has none."""
    asks: bool
    """Whether it would ask a human for another reason than its confidence."""
    error: str | None
    """The kind of error of its judged decision by the label; None where it was right."""
    lane: str = ""
    """The value of the judged decision's field that is graded."""
    disagreement: float | None = None
    """How far specialists are apart on it, the higher the further; None where that is not declared."""

    @property
    def score(self) -> float:
        """What a threshold is compared with: the confidence, or less than every threshold where it asks anyway."""
        return -math.inf if self.asks or self.confidence is None else self.confidence
