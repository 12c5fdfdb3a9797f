"""Consensus: how several votes become one, for panels and for votes on a conflict."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Votes = Mapping[str, Hashable]
"""The option that each voter chose, by the voter's name; who abstains is not in it."""


class Consensus(Protocol):
    """Turns votes into one option."""

    def winner(self, votes: Votes) -> Hashable | None:
        """The option that wins; None at a tie or where no option has enough."""

    def weight(self, voter: str) -> float:
        """What a voter's vote counts."""


@dataclass(frozen=True, slots=True)
class Majority:
    """The option with more than half of the votes cast."""

    def winner(self, votes: Votes) -> Hashable | None:
        """The option with more than half of the votes cast; None where there is none."""
        return _above_half(votes, self)

    def weight(self, voter: str) -> float:
        """One for everybody."""
        return 1.0


@dataclass(frozen=True, slots=True)
class Weighted:
    """The option with more than half of the weight cast."""

    weights: Mapping[str, float] = field(default_factory=dict)
    """The weight of each voter, above 0; 1 where it is not named."""

    def __post_init__(self) -> None:
        wrong = {voter: weight for voter, weight in self.weights.items() if not weight > 0}
        if wrong:
            raise ValueError(f"Weighted: weights must be above 0, got {wrong!r}.")

    def winner(self, votes: Votes) -> Hashable | None:
        """The option with more than half of the weight cast; None where there is none."""
        return _above_half(votes, self)

    def weight(self, voter: str) -> float:
        """The declared weight of the voter."""
        return self.weights.get(voter, 1.0)


@dataclass(frozen=True, slots=True)
class Unanimous:
    """The one option that everybody who voted chose."""

    def winner(self, votes: Votes) -> Hashable | None:
        """The one option that was chosen; None where there are several."""
        options = set(votes.values())
        return options.pop() if len(options) == 1 else None

    def weight(self, voter: str) -> float:
        """One for everybody."""
        return 1.0


def support(votes: Votes, option: Hashable, rule: Consensus) -> float:
    """The share of the weight cast that an option has, 0 to 1."""
    cast = sum(rule.weight(voter) for voter in votes)
    return sum(rule.weight(voter) for voter, chosen in votes.items() if chosen == option) / cast if cast else 0.0


def default_quorum(voters: int) -> int:
    """More than half of the voters."""
    return voters // 2 + 1


_ROUNDING = 1e-9
"""Below this a lead is a rounding error of the weights, and so a tie."""


def _above_half(votes: Votes, rule: Consensus) -> Hashable | None:
    return next((option for option in set(votes.values()) if support(votes, option, rule) > 0.5 + _ROUNDING), None)
