"""A process that works while its database is taken away, and what is asked of it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from tests.faults.children import Ticket, World
from tests.faults.processes import Child
from tests.faults.site import Site

AT_A_TIME = 4
"""Cases that the process works on at once."""

BUSY = 0.2
"""Seconds that SQLite waits for a lock, so that an outage is longer than that."""

TOLD = {"DatabaseLost", "RunBusy", "LeaseLost"}
"""What those who work meanwhile may be told."""

Outage = Callable[[], AbstractContextManager[None]]


def fragile(url: str) -> World:
    """A world in which an outage is over soon."""
    return World(url, busy=BUSY)


def endure(site: Site, fault: str, tickets: Sequence[Ticket], child: Child, outage: Outage) -> None:
    """Take the database away twice while a process carries cases on, and see that it finishes them by itself."""
    for done in (len(tickets) // 4, len(tickets) // 2):
        _listen(child, "done", done)
        with outage():
            _listen(child, "refused", len(list(child.heard("refused"))) + 1)
    assert child.end() == 0, child.said[-5:]
    told = set(child.heard("refused"))
    assert "DatabaseLost" in told
    assert told <= TOLD
    for ticket in tickets:
        assert site.judge(fault, ticket, None) == [], (ticket, site.standing(ticket))


def _listen(child: Child, kind: str, how_often: int) -> None:
    while len(list(child.heard(kind))) < how_often:
        assert child.hear() is not None, "it ended before that"
