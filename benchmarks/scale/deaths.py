"""Workers that are killed, one every few seconds, while they work at thousands of cases; each is replaced by a new one.

What is looked at afterwards is in the tables: every case at its standstill, none twice, no effect twice. And the cases
that a worker had in hand when it died are driven once more, undisturbed, elsewhere: both must have come to the same.
"""

import time
from collections.abc import Sequence
from statistics import median

from benchmarks.report import SHOWN, Row
from benchmarks.scale.death import Death, strike
from benchmarks.scale.site import WORKFLOW, Site, opened_site
from benchmarks.scale.sizes import Sizes
from benchmarks.scale.undisturbed import differing

CONCURRENCY = 16
"""Runs at the same time in each worker."""

STATES = (
    "SELECT count(*), count(DISTINCT case_id), count(*) FILTER (WHERE status IN ('completed', 'waiting')) FROM runs"
)
EFFECTS = "SELECT count(*), count(DISTINCT (case_id, effect)), count(*) FILTER (WHERE status = 'delivered') FROM outbox"
LEFT = "SELECT (SELECT count(*) FROM procrastinate_jobs) + (SELECT count(*) FROM runs WHERE driver IS NOT NULL)"


class Siege:
    """Workers at many cases, of which one dies every few seconds."""

    def __init__(self, site: Site, sizes: Sizes) -> None:
        self._site, self._sizes = site, sizes
        self._next = 0.0
        self.deaths: list[Death] = []
        self.killed = 0
        """How many died in all, some with nothing in hand."""
        self.seconds = 0.0
        """From the command to the last case."""

    def run(self) -> None:
        """Have all cases come to a standstill, and all workers end."""
        self._site.leads(self._sizes.besieged)
        self._site.hire(self._sizes.workers, CONCURRENCY)
        self._site.until(self._site.are_ready)
        began = time.monotonic()
        command = self._site.command("run", WORKFLOW, "leads.csv", "--queue")
        self._site.until(lambda: self._site.done() > 0 or command.poll() is not None, 0.05)
        self._next = time.monotonic()
        self._site.until(lambda: self._goes_on(command.poll() is not None), 0.1)
        self.seconds = time.monotonic() - began
        if command.returncode:
            raise RuntimeError(f"The command ended with status {command.returncode}.")
        self._site.dismiss()

    def _goes_on(self, is_over: bool) -> bool:
        """Look which runs of the dead go on, and have the next one die; returns whether it is over."""
        for death in self.deaths:
            death.has_gone_on(self._site)
        if not is_over and time.monotonic() >= self._next:
            self._strike()
        return is_over

    def _strike(self) -> None:
        """Have the one die that has been there for the longest, and another come."""
        self._next = time.monotonic() + self._sizes.every
        death = strike(self._site)
        self.killed += 1
        if death.held:
            self.deaths.append(death)
        self._site.hire(1, CONCURRENCY)


def measure(server: str, sizes: Sizes) -> list[Row]:
    """The rows of deaths."""
    with opened_site(server) as site:
        siege = Siege(site, sizes)
        siege.run()
        held = sorted({run for death in siege.deaths for run in death.held})
        differ = differing(site, held)
        return [*_verdicts(site, sizes, siege), _same(len(held), differ), *_recovery(siege.deaths)]


def _verdicts(site: Site, sizes: Sizes, siege: Siege) -> list[Row]:
    runs, cases, ended = site.row(STATES)
    effects, once, delivered = site.row(EFFECTS)
    files = sum(1 for _ in (site.folder / "outbox").rglob("*.json"))
    [left], wanted = site.row(LEFT), sizes.besieged
    what = f"{wanted:,} cases, {sizes.workers} workers, {siege.killed} killed -9, one every {sizes.every:.0f} s: "
    return [
        Row(f"{what}all finish", f"{wanted:,}", f"{ended:,} in {siege.seconds:.0f} s", runs == ended == wanted),
        Row("… none twice", f"{wanted:,} runs", f"{runs:,} runs of {cases:,} cases", runs == cases == wanted),
        Row("… no effect twice", "as many as there are", f"{once:,} different of {effects:,}", effects == once),
        Row("… every effect delivered once", f"{effects:,}", f"{files:,} files", effects == delivered == files),
        Row("… nothing left on the queue or in anybody's hand", "0", f"{left}", left == 0),
    ]


def _same(held: int, differ: Sequence[str]) -> Row:
    what = "cases in hand at a death that came to other than undisturbed: decisions, records, executions, effects"
    return Row(what, "0", f"{len(differ)} of {held:,}", held > 0 and not differ)


def _recovery(deaths: Sequence[Death]) -> list[Row]:
    """Without a target: whoever takes over may die before the runs go on, and then that is waited for again."""
    seconds = [death.seconds or float("inf") for death in deaths] or [float("inf")]
    what, runs = "from a death until all its runs go on, others dying meanwhile", sum(len(each.held) for each in deaths)
    measured = f"{median(seconds):.1f} s; {max(seconds):.1f} s"
    return [Row(f"{what}: median; longest of {len(deaths)}, {runs:,} runs", SHOWN, measured, True)]
