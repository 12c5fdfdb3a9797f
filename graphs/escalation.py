"""Escalation: which decision is judged, under which confidence a human is asked, and what counts as flagged.

How the threshold is set so that a budget is kept, and what is promised of it, is in :mod:`graphs.attention`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from state.certificate import WhenDrifted
from state.decision import Decision
from state.errors import ContractBroken

Decisions = Mapping[type[Decision], Any]
"""The newest value of each decision of a case, by its type."""


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
class Grading:
    """How what really happened to a case says whether its judged decision was right. Not part of the signature."""

    label: str
    """The heading of the column, in labelled files and in outcomes, that says what happened."""
    field: str
    """The field of the judged decision that is right or wrong. Its values are told apart as lanes."""
    error: Callable[[Any, str], str | None]
    """The kind of error, one of ``kinds``, of the judged decision, given the label as text; None where it is right."""
    kinds: tuple[str, ...] = ("wrong",)
    """The kinds of error that are told apart, in the plural: ``good leads declined``. The costliest first."""
    labels: tuple[str, ...] = ()
    """The labels that there are, the one that must be among labelled cases first; empty where any text can be one."""
    missing: frozenset[str] = frozenset({""})
    """Labels that mean that nobody knows."""
    choices: tuple[str, ...] = ()
    """The values of the field that a reviewer chooses from; empty where any text will do."""

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ValueError("Grading(kinds=()): name at least one kind of error, such as ('wrong',).")


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
    grading: Grading | None = None
    """How outcomes grade the judged decision; without one, labels are those of its fields, by their names."""
    disagreement: Callable[[Decisions], float] | None = None
    """How far specialists are apart on a case, the higher the further; only to compare it with the confidence."""
    when_drifted: WhenDrifted = "keep budget"
    """What happens to the threshold once its certificate is withdrawn. Not part of the signature."""
    spot_checks: float = 0.01
    """The share of the cases that no human saw, 0 to 1, that a reviewer decides once more after their delivery."""

    def __post_init__(self) -> None:
        shares = {"threshold": self.threshold, "budget": self.budget, "spot_checks": self.spot_checks}
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise ValueError(f"Escalation({name}={value!r}): must be between 0 and 1.")
        if self.grading is not None and self.grading.field not in self.judged.model_fields:
            raise ValueError(
                f"Grading(field={self.grading.field!r}): {self.judged.__name__} has no such field, but "
                f"{', '.join(self.judged.model_fields)}."
            )
