"""One database and what is done to those who work on it; every case is judged by what the tables say afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from signal import SIGKILL, SIGSTOP
from typing import Self

from sqlalchemy import make_url

from state.sql.database import Database
from tests.faults import tables
from tests.faults.children import Ticket, Way, World, carry_on
from tests.faults.commits import Point, Side, Strike
from tests.faults.processes import Child, Children
from tests.faults.report import Report, Tally
from tests.faults.tables import Standing

FIRST, SECOND, THIRD = "first", "second", "third"
"""Who works before the fault, while it happens, and afterwards."""

KILLED = -SIGKILL

COUNTED = 3
"""Cases whose commits are counted."""

TRIES = 2
"""How often a point is tried for. One that is there only now and then may be missed."""

SIDES: tuple[Side, ...] = ("before", "after")

WAYS: tuple[Way, ...] = ("again", "sweep")


@dataclass(slots=True)
class Site:
    """A database, and the means to hit those who work on it."""

    url: str
    database: str
    """Its kind."""
    children: Children
    report: Report
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    @contextmanager
    def prepared(cls, url: str, children: Children, report: Report) -> Iterator[Self]:
        """An empty database, which gets its schema, and must be whole in the end."""
        Database.open(url).close()
        yield cls(url=url, database=make_url(url).get_backend_name(), children=children, report=report)
        assert tables.is_sound(url)

    def tally(self, fault: str) -> Tally:
        """Where the counts of a fault go."""
        return self.report.of(self.database, fault)

    @property
    def world(self) -> World:
        """The world as it is."""
        return World(self.url)

    def world_with(self, channel: str, patience: float = 10.0) -> World:
        """The world with a receiver in it."""
        return World(self.url, channel=channel, patience=patience)

    def tickets(self, trouble: str = "", how_many: int = 1) -> list[Ticket]:
        """New cases."""
        return [Ticket(f"run{next(self._numbers)}", trouble) for _ in range(how_many)]

    def standing(self, ticket: Ticket) -> Standing | None:
        """Where a case stands."""
        return tables.standing(self.url, ticket.run)

    def points(self, trouble: str, after: Point | None = None, world: World | None = None) -> list[Point]:
        """The commits of a case that nothing happens to; those that follow a point, where it is given.

        Parallel specialists' writes may go in together, so the most of several cases are taken.
        """
        self.children.run(carry_on, self.world, self.tickets(), FIRST)  # after which the signature is known
        most: dict[Point, None] = {}
        for _ in range(COUNTED):
            tickets = self.tickets(trouble)
            if after is not None:
                self.children.start(carry_on, self.world, tickets, FIRST, "again", Strike(after, "after")).end()
            [points] = self.children.run(carry_on, world or self.world, tickets, FIRST).heard("points")
            most |= dict.fromkeys(points)
        return list(most)

    def strike(
        self,
        fault: str,
        trouble: str,
        point: Point,
        side: Side,
        after: Point | None = None,
        world: World | None = None,
    ) -> bool:
        """Kill a process at a point, carry the case on, and judge; return whether the point was reached.

        ``after`` is where another one was killed before that; ``world`` is that of the process that is killed.
        """
        tickets = self.tickets(trouble)
        if after is not None:
            first = self.children.start(carry_on, self.world, tickets, FIRST, "again", Strike(after, "after"))
            assert first.end() == KILLED, after
            self.tally(fault).kills += 1
        child = self.children.start(carry_on, world or self.world, tickets, SECOND, "again", Strike(point, side))
        was_killed = child.end() == KILLED
        self.carry_on(fault, tickets, f"{side} {point}", child)
        self.tally(fault).kills += was_killed
        self.tally(fault).points += was_killed
        return was_killed

    def strike_all(self, fault: str, trouble: str, after: Point | None = None) -> None:
        """Kill at every commit of a case, before and after it, one process for each."""
        for point in self.points(trouble, after):
            for side in SIDES:
                reached = any(self.strike(fault, trouble, point, side, after) for _ in range(TRIES))
                assert reached or point.ordinal > 1, point

    def carry_on(self, fault: str, tickets: Sequence[Ticket], what: str, killed: Child | None = None) -> None:
        """Have a process without faults carry cases to their end, and judge what came of them.

        What a process that was killed had acknowledged must be there from the beginning.
        """
        before = {ticket: self.standing(ticket) for ticket in tickets}
        if killed is not None:
            started = {ticket.run for ticket, was in before.items() if was is not None}
            answered = {ticket.run for ticket, was in before.items() if was is not None and was.accepted}
            assert set(killed.heard("started")) <= started, (what, killed.said)
            assert set(killed.heard("answered")) <= answered, (what, killed.said)
        way = self.children.random.choice(WAYS)
        child = self.children.run(carry_on, self.world, tickets, THIRD, way)
        assert list(child.heard("still running")) in ([], [[]]), (what, child.said)
        for ticket in tickets:
            wrong = self.judge(fault, ticket, before[ticket])
            assert not wrong, (what, way, ticket, wrong, before[ticket], self.standing(ticket))

    def judge(self, fault: str, ticket: Ticket, before: Standing | None) -> list[str]:
        """Count a case after the fault, and say what is wrong with it."""
        tally, after = self.tally(fault), self.standing(ticket)
        tally.cases += 1
        if after is None:
            tally.lost += 1
            return ["the case is lost"]
        accepted = before.accepted if before else ()
        is_another = before is not None and before.started_at != after.started_at
        lost = [name for name in accepted if name not in after.accepted or name not in after.words]
        asked = 1 if ticket.trouble else 0
        unfinished = after.status != "completed" or after.open > 0 or after.unapplied > 0 or after.error is not None
        tally.answers += len(after.accepted)
        tally.effects += len(after.effects)
        tally.lost += len(lost) + is_another
        tally.repeated += max(0, len(after.effects) - 1) + max(0, len(after.words) - asked)
        tally.unfinished += unfinished
        wrong = {
            "it was lost, and started anew": is_another,
            f"the answer of {', '.join(lost)} is lost": bool(lost),
            "it is not finished": unfinished,
            "not one answer was accepted": len(after.accepted) != asked,
            "the words in the run are not those that were accepted": after.words != after.accepted,
            "the effect is not there exactly once": after.effects != (_said(after, "Reply", "text"),),
            "an edit is not what it leads to": _is_ignored(after),
        }
        return [problem for problem, is_so in wrong.items() if is_so]

    def stopped(self, tickets: Sequence[Ticket], by: str, point: Point, world: World) -> Child:
        """A process that stands still right after a commit, with what it holds."""
        child = self.children.start(carry_on, world, tickets, by, "again", Strike(point, "after", SIGSTOP))
        child.wait_until_stopped()
        return child


def _is_ignored(standing: Standing) -> bool:
    """Whether a team that a person put in is not the one that the customer is told of."""
    return not _said(standing, "Reply", "text").startswith(_said(standing, "Team", "team"))


def _said(standing: Standing, decision: str, field_name: str) -> str:
    return str(standing.decisions.get(decision, {}).get(field_name, "nothing"))
