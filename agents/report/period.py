"""The period: the month, quarter or year that a report is about."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

Grain = Literal["month", "quarter", "year"]
"""How long a period is."""

MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
"""How many months a period has."""

_WRITTEN = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")
_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month, quarter or year."""

    first: date
    """Its first day."""
    grain: Grain

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2026-03``, ``2026-Q1`` or ``2026``. Raises ``ValueError``."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or not 1 <= int(found[1]) <= 9998:
            raise ValueError(f"{text!r} is no period; write a month as 2026-03, a quarter as 2026-Q1, a year as 2026")
        year, quarter, month = int(found[1]), found[2], found[3]
        if quarter:
            return cls(date(year, 3 * int(quarter) - 2, 1), "quarter")
        return cls(date(year, int(month), 1), "month") if month else cls(date(year, 1, 1), "year")

    @classmethod
    def of(cls, day: date, grain: Grain) -> Self:
        """The period of a length that a day is in."""
        length = MONTHS[grain]
        return cls(date(day.year, day.month - (day.month - 1) % length, 1), grain)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.shifted(1).first - timedelta(days=1)

    def shifted(self, by: int) -> Self:
        """The period so many of its own lengths later, or earlier where negative."""
        return type(self)(months_later(self.first, by * MONTHS[self.grain]), self.grain)

    @property
    def year_before(self) -> Self:
        """The same period of the year before."""
        return type(self)(months_later(self.first, -12), self.grain)

    def __str__(self) -> str:
        match self.grain:
            case "month":
                return f"{self.first.year:04}-{self.first.month:02}"
            case "quarter":
                return f"{self.first.year:04}-Q{(self.first.month + 2) // 3}"
            case "year":
                return f"{self.first.year:04}"

    @property
    def spoken(self) -> str:
        """As it stands within a sentence: ``March 2026``, ``the first quarter of 2026``."""
        return f"the {self.words}" if self.grain == "quarter" else self.words

    @property
    def words(self) -> str:
        """As a person says it: ``March 2026``, ``first quarter of 2026``, ``2026``."""
        match self.grain:
            case "month":
                return f"{_NAMES[self.first.month - 1]} {self.first.year}"
            case "quarter":
                which = ("first", "second", "third", "fourth")[(self.first.month - 1) // 3]
                return f"{which} quarter of {self.first.year}"
            case "year":
                return str(self.first.year)


def months_later(first: date, months: int) -> date:
    """The first day of a month so many months after that of a first day."""
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
