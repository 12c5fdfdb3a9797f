"""The counts of a run of the faults: what was done to the processes, and what was lost by it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Tally:
    """The counts of one fault on one database."""

    kills: int = 0
    """Processes that SIGKILL ended in the middle."""
    points: int = 0
    """Commit points, before and after, at which that was."""
    cases: int = 0
    """Cases that were carried through the fault."""
    answers: int = 0
    """Answers that were given, those that were refused included."""
    lost: int = 0
    """Cases or answers that were accepted and are not there any more."""
    repeated: int = 0
    """Answers or effects that are there twice."""
    unfinished: int = 0
    """Runs that did not come to their end."""
    effects: int = 0
    """Effects in the outbox."""
    unknown: int = 0
    """Effects of which it is unknown whether they arrived, and which say so."""

    @property
    def harm(self) -> tuple[int, int, int]:
        """What must stay at zero: lost, repeated and unfinished."""
        return self.lost, self.repeated, self.unfinished


@dataclass(slots=True)
class Report:
    """All counts, by database and fault, in the order in which they came up."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def of(self, database: str, fault: str) -> Tally:
        """The counts of one fault on one database."""
        return self.tallies.setdefault((database, fault), Tally())

    def kills(self, database: str) -> int:
        """All kills on one database so far."""
        return sum(tally.kills for (of, _), tally in self.tallies.items() if of == database)

    def lines(self) -> Iterator[str]:
        """The counts as an aligned table in plain text, with a sum for each database."""
        names = [column.name for column in fields(Tally)]
        rows = [["database", "fault", *names]]
        for database in dict.fromkeys(database for database, _ in self.tallies):
            mine = {fault: tally for (of, fault), tally in self.tallies.items() if of == database}
            rows += [[database, fault, *(str(getattr(tally, name)) for name in names)] for fault, tally in mine.items()]
            sums = [sum(getattr(tally, name) for tally in mine.values()) for name in names]
            rows.append([database, "all", *map(str, sums)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for first, second, *counts in rows:
            left = f"{first:<{widths[0]}}  {second:<{widths[1]}}"
            yield "  ".join([left, *(f"{count:>{width}}" for count, width in zip(counts, widths[2:], strict=True))])
