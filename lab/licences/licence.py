"""The licence: how the work of specialists is charged for, as a function of how many cases there are in a month.

By execution, by token and by second, a case costs what it uses, and nothing else. By seat and by capacity, servers are
rented for a month, whether they work or not. Of a rented server that takes a case for D seconds, a month of M seconds
has room for u·M / D cases, where u is how busy it may be on average before work piles up; so for n cases there must be
⌈n·D / (u·M)⌉ of them. A seat is rented for each specialist and only that one sits in it; the slots of a capacity are
shared by all, and so there are fewer of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, inf
from typing import Literal

ModelName = Literal["execution", "token", "second", "seat", "capacity"]
"""By what is charged."""

MONTH = 365.25 * 86_400 / 12
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Rent:
    """Servers that are paid by the month."""

    what: str
    """Which specialist's; of slots, that of the licence."""
    demand: float
    """Seconds that a case takes of them."""
    price: float
    """A month, of each server that is paid singly."""
    busiest: float
    """How busy each may be on average, over 0, to 1."""
    base: float = 0.0
    """A month, for those that are included."""
    included: int = 0
    """How many the base pays for."""
    least: int = 1
    """How many there are at the least, those included among them."""

    @property
    def room(self) -> float:
        """How many cases a month one of them takes; infinite where they take no time."""
        return self.busiest * MONTH / self.demand if self.demand else inf

    def servers(self, cases: int) -> int:
        """How many are rented for so many cases a month."""
        return max(self.least, self.included, ceil(cases / self.room))

    def charge(self, cases: int) -> float:
        """What they cost in a month with so many cases."""
        return self.base + (self.servers(cases) - self.included) * self.price

    def idle(self, cases: int) -> float:
        """The share of the rented time in which they do nothing, 0 to 1."""
        return 1 - min(1.0, cases * self.demand / (self.servers(cases) * MONTH))

    def steps(self) -> Iterator[int]:
        """The numbers of cases from which one more is rented, in order; without end, or none."""
        servers = max(self.least, self.included)
        while self.room < inf:
            yield floor(servers * self.room) + 1
            servers += 1


@dataclass(frozen=True, slots=True)
class Licence:
    """A price model with its figures: what a month's cases cost."""

    name: ModelName
    per_case: float = 0.0
    """What each case costs."""
    rents: tuple[Rent, ...] = ()

    def charge(self, cases: int) -> float:
        """What a month with so many cases costs; 0 or more of them."""
        return self.per_case * cases + sum(rent.charge(cases) for rent in self.rents)

    @property
    def slope(self) -> float:
        """What a case costs where there are so many that every rented server is as busy as it may be."""
        return self.per_case + sum(rent.price / rent.room for rent in self.rents)

    @property
    def is_free(self) -> bool:
        """Whether it charges for nothing that these cases use."""
        return not self.per_case and not self.rents

    def idle_charge(self, cases: int) -> float:
        """How much of that pays for rented time in which nothing was done."""
        return sum(rent.charge(cases) * rent.idle(cases) for rent in self.rents)
