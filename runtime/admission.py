"""Admission: whether another row of a batch may begin, given what the batch may spend and what is under way.

A row that begins when the budget is nearly used up ends as a question. So a row is let in while the budget covers it
and all that are under way, by what a row takes: at least a call for each seat of a model, and as many tokens and as
much money as the rows before it on the average. One is always let in while anything is left.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from agents.chat.purse import Account


class Admission:
    """Lets rows in."""

    def __init__(self, account: Account, calls: int, outage: Callable[[], str | None]) -> None:
        """``calls`` is how many a row takes at least; ``outage`` says why no case can be decided now."""
        self._account, self._calls, self._outage = account, calls, outage
        self._tokens, self._money = account.tokens, account.money
        self._under_way = self._done = 0
        self._changed = asyncio.Condition()
        self.refusal: str | None = None
        """Why a row was not let in, and what to do; None where all were."""

    @asynccontextmanager
    async def row(self) -> AsyncIterator[bool]:
        """Whether the row may begin; where it does, it is under way until the context ends."""
        async with self._changed:
            while self._under_way and self._refused() is None and not self._is_covered():
                await self._changed.wait()
            refused = self._refused()
            self.refusal = self.refusal or refused
            self._under_way += refused is None
        if refused is not None:
            yield False
            return
        try:
            yield True
        finally:
            async with self._changed:
                self._under_way, self._done = self._under_way - 1, self._done + 1
                self._changed.notify_all()

    def _is_covered(self) -> bool:
        rows, done, account = self._under_way + 1, max(self._done, 1), self._account
        took = {
            "calls": (account.calls, self._calls),
            "tokens": (account.tokens, (account.tokens - self._tokens) / done),
            "money": (account.money, (account.money - self._money) / done),
        }
        limits = account.budget.model_dump()
        return all(limits[name] is None or spent + each * rows <= limits[name] for name, (spent, each) in took.items())

    def _refused(self) -> str | None:
        used_up, outage = self._account.shortage(), self._outage()
        if used_up is not None:
            return f"{used_up}. Give the command again with a larger one to go on"
        return f"{outage}. Give the command again when that is mended; it goes on" if outage is not None else None
