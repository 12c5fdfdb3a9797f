"""The purse: what model calls are paid from. A call that a budget does not cover any more is not made.

Calls are counted before they are made, also those under way. Tokens and money are known when a call has ended, so
these can exceed a budget by what the calls under way cost, and by no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from state.execution import Execution


class Budget(BaseModel):
    """How much may be spent; None for no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int | None = Field(default=None, ge=0)
    """Calls of chat models."""
    tokens: int | None = Field(default=None, ge=0)
    """Tokens in and out together."""
    money: float | None = Field(default=None, ge=0)
    """In the currency of the price table."""

    @property
    def is_limited(self) -> bool:
        """Whether it limits anything."""
        return any(limit is not None for limit in (self.calls, self.tokens, self.money))


class BudgetUsedUp(Exception):
    """The next call is not covered; says which budget is used up."""


@dataclass(slots=True)
class Account:
    """One budget and what was spent of it."""

    name: str
    """What it is the budget of: ``case`` or ``batch``."""
    budget: Budget = field(default_factory=Budget)
    calls: int = 0
    tokens: int = 0
    money: float = 0.0

    def charge(self, executions: Iterable[Execution]) -> None:
        """Count what was spent earlier."""
        for execution in executions:
            if execution.model is not None:
                self.calls += 1
                self.settle(execution.tokens_in + execution.tokens_out, execution.cost)

    def settle(self, tokens: int, money: float) -> None:
        """Count what a call has cost."""
        self.tokens, self.money = self.tokens + tokens, self.money + money

    def shortage(self) -> str | None:
        """Which limit is reached, in words; None where another call is covered."""
        spent = {
            "model calls": (self.calls, self.budget.calls),
            "tokens": (self.tokens, self.budget.tokens),
            "money": (self.money, self.budget.money),
        }
        for what, (used, limit) in spent.items():
            if limit is not None and used >= limit:
                return f"the {self.name}'s budget of {_figure(limit)} {what} is used up ({_figure(used)} spent)"
        return None


def _figure(amount: float) -> str:
    return f"{amount:,}" if isinstance(amount, int) else f"{amount:,.4g}"


@dataclass(frozen=True, slots=True)
class Purse:
    """The accounts that a run's calls are charged to."""

    accounts: tuple[Account, ...] = ()

    def take(self) -> None:
        """Pay for a call that is about to be made. Raises ``BudgetUsedUp``."""
        for account in self.accounts:
            shortage = account.shortage()
            if shortage is not None:
                raise BudgetUsedUp(shortage)
        for account in self.accounts:
            account.calls += 1

    def give_back(self) -> None:
        """Take back what was paid for a call that was not made after all."""
        for account in self.accounts:
            account.calls -= 1

    def settle(self, tokens: int, money: float) -> None:
        """Count what a call has cost."""
        for account in self.accounts:
            account.settle(tokens, money)
