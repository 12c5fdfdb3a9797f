"""The layout: which columns of a source are read for what is wanted of it, and what is said where one is not there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from agents.report.declaration import Declaration
from agents.report.source import SourceFault, Want

MOST_NAMED = 12
"""How many names a message lists at most."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are read, each once, and what they are."""

    columns: tuple[str, ...]
    date: int
    """The place among ``columns`` of the dates."""
    series: int | None
    """That of the names of the series; None where each series is a column of its own."""
    values: tuple[int, ...]
    """Those of the values that are wanted."""
    divisor: int | None
    """That of the column that the others are divided by."""

    @classmethod
    def of(cls, declaration: Declaration, want: Want) -> Self:
        """The columns that are needed. Raises ``SourceFault`` for a series that the source does not have."""
        known = tuple(declaration.names.values())
        if want.series is not None and known and want.series not in known:
            raise SourceFault(f"it has no series {want.series!r}; it has {listed(known)}.")
        if declaration.series is not None and declaration.value is not None:
            columns = _once(declaration.date, declaration.series, declaration.value)
            series, value = columns.index(declaration.series), columns.index(declaration.value)
            return cls(columns, columns.index(declaration.date), series, (value,), None)
        wanted = [there for there, name in declaration.names.items() if want.series in (None, name)]
        divisor = [] if declaration.rebase is None else [declaration.rebase]
        columns = _once(declaration.date, *wanted, *divisor)
        return cls(
            columns=columns,
            date=columns.index(declaration.date),
            series=None,
            values=tuple(map(columns.index, wanted)),
            divisor=columns.index(divisor[0]) if divisor else None,
        )

    def places(self, names: Sequence[str], holder: str = "the file") -> list[int]:
        """Where each column is among the names that are there.

        Raises ``SourceFault`` where one is not, or is there twice. Spaces around names do not count.
        """
        found = [name.strip() for name in names]
        for column in self.columns:
            if column.strip() not in found:
                raise SourceFault(f"column {column!r} is not there; {holder} has {listed(names)}.")
            if found.count(column.strip()) > 1:
                raise SourceFault(f"column {column!r} is there twice. Give each column a name of its own.")
        return [found.index(column.strip()) for column in self.columns]

    def is_in(self, names: Sequence[str]) -> bool:
        """Whether every column is among the names that are there."""
        return {column.strip() for column in self.columns} <= {name.strip() for name in names}


def listed(names: Iterable[str]) -> str:
    """Some names for a message: the first ones, each shortened."""
    every = list(names)
    shown = [repr(shortened(name, 60)) for name in every[:MOST_NAMED]]
    more = f" and {len(every) - MOST_NAMED} more" if len(every) > MOST_NAMED else ""
    return ", ".join(shown) + more if shown else "none"


def shortened(text: str, longest: int = 100) -> str:
    """A text for a message, in one line and without what steers a terminal."""
    line = " ".join(text[: 10 * longest].split())
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
