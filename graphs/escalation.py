"""Escalation: which decision is judged, under which confidence a human is asked, and what counts as flagged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from state.decision import Decision
from state.errors import ContractBroken


@dataclass(frozen=True, slots=True)
class Flag:
    """How a checking specialist's flag is recognised. A flag is counted; it asks nobody by itself."""

    decision: type[Decision]
    when: Callable[[Any], bool]
    version: str = "1"
    """Part of the workflow's signature: change it when the predicate may answer differently."""

    def is_raised(self, decision: Decision) -> bool:
        """Whether the decision is a flag. Raises ``ContractBroken`` where the predicate raises."""
        try:
            return bool(self.when(decision))
        except Exception as raised:
            raise ContractBroken(
                f"The flag on {self.decision.__name__}", f"its predicate raised {raised!r}"
            ) from raised


@dataclass(frozen=True, slots=True)
class Escalation:
    """The one budget for human attention of a workflow, per case and for all reasons together."""

    judged: type[Decision]
    """The decision whose confidence the threshold is about."""
    threshold: float
    """A judged decision of an agent with a confidence below it is put to a human, 0 to 1."""
    budget: float = 0.10
    """The share of cases that may ask a human, 0 to 1, which the threshold was set for."""
    flag: Flag | None = None

    def __post_init__(self) -> None:
        for name, value in (("threshold", self.threshold), ("budget", self.budget)):
            if not 0 <= value <= 1:
                raise ValueError(f"Escalation({name}={value!r}): must be between 0 and 1.")
