"""The spent: what calls of chat models took, in tokens and money, and how a person reads that."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from state.execution import Execution

LEAST = 0.000001
"""The least amount of money that is told."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent on chat models."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    """Of those in."""
    cost: float = 0.0
    """In the currency of the price table; 0 where no price is known."""

    @classmethod
    def of(cls, executions: Iterable[Execution]) -> Self:
        """What these calls took."""
        calls = [each for each in executions if each.model is not None]
        return cls(
            len(calls),
            sum(each.tokens_in for each in calls),
            sum(each.tokens_out for each in calls),
            sum(each.tokens_cached for each in calls),
            sum((each.cost for each in calls), 0.0),
        )

    @property
    def tokens(self) -> str:
        """The tokens in words; empty where there are none."""
        if not self.tokens_in and not self.tokens_out:
            return ""
        cached = f" ({self.tokens_cached:,} cached)" if self.tokens_cached else ""
        return f"{self.tokens_in:,} in{cached}, {self.tokens_out:,} out"

    @property
    def words(self) -> str:
        """All of it in words."""
        calls = f"{self.calls:,} model call{'s' if self.calls != 1 else ''}"
        tokens = f"tokens: {self.tokens}" if self.tokens else ""
        return " · ".join(filter(None, [calls, tokens, f"cost {money(self.cost)}" if self.cost else ""]))


def money(cost: float) -> str:
    """An amount of money: small ones with as many digits as say something."""
    if cost >= 1:
        return f"{cost:,.2f}"
    if 0 < cost < LEAST:
        return f"under {LEAST:f}"
    return f"{cost:.6f}".rstrip("0").rstrip(".")


Cell = Callable[[Execution], str]
"""What a table says of a call."""


def model_columns(executions: Sequence[Execution]) -> dict[str, Cell]:
    """The columns that a table of calls has for models, by their headings: only those with anything in them."""
    columns: dict[str, Cell] = {
        "model": lambda call: call.model or "",
        "tokens in": lambda call: _count(call.tokens_in),
        "cached": lambda call: _count(call.tokens_cached),
        "out": lambda call: _count(call.tokens_out),
        "cost": lambda call: money(call.cost) if call.cost else "",
    }
    return {name: cell for name, cell in columns.items() if any(map(cell, executions))}


def _count(tokens: int) -> str:
    return f"{tokens:,}" if tokens else ""
