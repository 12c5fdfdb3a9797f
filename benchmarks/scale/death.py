"""The death of a worker, what it had in hand, and when that goes on."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.scale.site import Site

IN_HAND = "SELECT id FROM runs WHERE driver LIKE %s AND status = 'running'"
STILL_DEAD = (
    "SELECT count(*) FROM runs WHERE id = ANY(%s) AND status = 'running' AND (driver IS NULL OR driver LIKE %s)"
)


@dataclass(slots=True)
class Death:
    """One worker that was killed."""

    pid: int
    at: float
    held: Sequence[str]
    """The runs that it had in hand."""
    seconds: float = 0.0
    """Until the last of them went on; 0 before."""

    @property
    def driver(self) -> str:
        """How its name looks among drivers."""
        return f"%:{self.pid}:%"

    def has_gone_on(self, site: Site) -> bool:
        """Whether all of its runs go on; looks, and remembers since when."""
        if not self.seconds and not site.row(STILL_DEAD, list(self.held), self.driver)[0]:
            self.seconds = time.monotonic() - self.at
        return self.seconds > 0


def has_in_hand(site: Site, worker: int) -> bool:
    """Whether the worker of a process drives anything."""
    return bool(site.rows(IN_HAND, f"%:{worker}:%"))


def strike(site: Site) -> Death:
    """Kill the worker that has been there for the longest."""
    victim = site.workers[0]
    site.kill(victim)
    death = Death(victim.pid, time.monotonic(), ())
    death.held = [run for (run,) in site.rows(IN_HAND, death.driver)]
    return death
