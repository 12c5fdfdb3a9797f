"""How fast workers are, one and two of them, against the command that drives the same cases by itself.

Every contestant has a database of its own, and the same leads. Jobs are put on the queue first and worked then, so that
neither takes processors from the other; the overhead of the queue is counted as if each waited for the other. What a
case costs is read between the first tenth of the cases and the last.

A worker is one thread of Python, so it can use one processor, and meanwhile the server uses its share of another: with
``w`` and ``s`` seconds of processor a case, of worker and server, two workers need ``2 (w + s) / w`` processors. Where
there are only ``n``, no number of workers does more than ``n / (w + s)`` cases a second, whatever waits for whom.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from subprocess import Popen

from benchmarks.report import SHOWN, Row
from benchmarks.scale.meter import Cost, between, middle
from benchmarks.scale.site import WORKFLOW, Site, opened_site
from benchmarks.scale.sizes import Sizes
from runtime.batch import Selection, Silent
from runtime.intake import Source
from runtime.queued_batch import QueuedBatch
from runtime.roundhouse import Roundhouse

FASTER = 1.7
"""How much faster two workers are to be than one."""

LOOK = 0.05
"""Seconds between two looks at how many are done."""

OVERHEAD = 0.15
"""The share of a case's time that the queue may add."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a case cost each of the contestants."""

    alone: Cost
    """The command drives it by itself."""
    putting: Cost
    """The command puts it on the queue."""
    one: Cost
    """One worker drives it."""
    two: Cost
    """Two workers share the cases."""

    @property
    def overhead(self) -> float:
        """The share that putting on the queue and working add to the time of driving alone."""
        return (self.putting.seconds + self.one.seconds) / self.alone.seconds - 1

    @property
    def processors(self) -> float:
        """The same share, of processor time."""
        return (self.putting.processor + self.one.processor) / self.alone.processor - 1


def measure(server: str, sizes: Sizes) -> list[Row]:
    """The rows of speed; contestants take turns, and the medians count."""
    rounds = [_round(server, sizes) for _ in range(sizes.rounds)]
    alone, putting, one, two = (
        middle([getattr(each, name) for each in rounds]) for name in ("alone", "putting", "one", "two")
    )
    return [
        _faster(rounds, one),
        _at_most(one, two),
        _overhead(rounds),
        Row("the same in processor time", SHOWN, f"{median(each.processors for each in rounds):+.0%}", True),
        _others(alone, one, two),
        *_costs("driven by the command itself", alone),
        *_costs("put on the queue, 25 to a job", putting),
        *_costs("driven by one worker", one),
        *_costs("driven by two workers", two),
    ]


def enqueue(site: Site, count: int) -> Cost:
    """Put so many leads on the queue, and say what one of them cost."""
    return asyncio.run(_enqueue(site, count))


def _round(server: str, sizes: Sizes) -> Round:
    with opened_site(server) as site:
        site.leads(sizes.cases)
        command = site.command("run", WORKFLOW, "leads.csv", "--concurrency", str(sizes.concurrency))
        alone = _between_tenths(site, [command], sizes.cases)
        site.until(lambda: command.poll() is not None)
    putting, one = _worked(server, sizes, 1)
    return Round(alone, putting, one, _worked(server, sizes, 2)[1])


def _worked(server: str, sizes: Sizes, workers: int) -> tuple[Cost, Cost]:
    """What a case cost to be put on the queue, and then to be driven by so many workers."""
    with opened_site(server) as site:
        putting = enqueue(site, sizes.cases)
        site.hire(workers, sizes.concurrency)
        working = _between_tenths(site, site.workers, sizes.cases)
        site.dismiss()
        return putting, working


def _between_tenths(site: Site, processes: Sequence["Popen[bytes]"], cases: int) -> Cost:
    """What a case costs once it goes, and before it ends."""
    site.until(lambda: site.done() >= 0.1 * cases, LOOK)
    first = site.reading(processes)
    site.until(lambda: site.done() >= 0.9 * cases, LOOK)
    return between(first, site.reading(processes))


async def _enqueue(site: Site, count: int) -> Cost:
    path = site.leads(count)
    async with Roundhouse.open(site.url) as roundhouse:
        driver = await roundhouse.driver(WORKFLOW)
        batch = QueuedBatch(
            roundhouse=roundhouse,
            driver=driver,
            source=Source(path, driver.workflow.case),
            selection=Selection(),
            concurrency=1,
            meter=Silent(),
            warn=print,
        )
        before, used = site.reading([]), time.process_time()
        await batch.enqueue()
        after = replace(site.reading([]), ours=time.process_time() - used)
        return between(before, after, count)


def _faster(rounds: Sequence[Round], one: Cost) -> Row:
    """A target only where the processors are there that two workers can use."""
    ratio = median(each.one.seconds / each.two.seconds for each in rounds)
    needs = 2 * one.processor / one.ours
    has = len(os.sched_getaffinity(0))
    what = f"two workers against one; that takes {needs:.1f} processors, and here are {has}"
    return Row(what, f"≥ {FASTER}x" if needs <= has else SHOWN, f"{ratio:.2f}x", ratio >= FASTER)


def _at_most(one: Cost, two: Cost) -> Row:
    most = len(os.sched_getaffinity(0)) * 1000 / one.processor
    measured = f"{one.speed:.0f} by one, {two.speed:.0f} by two, of {most:.0f}"
    return Row("cases a second, of those that the processors could carry", SHOWN, measured, True)


def _others(*costs: Cost) -> Row:
    """Where that is not little, speeds are those of a busy machine; processor times hardly change."""
    shown = ", ".join(f"{cost.others:.1f}" for cost in costs)
    return Row("processors that others used: while the command drove, one worker, two", SHOWN, shown, True)


def _overhead(rounds: Sequence[Round]) -> Row:
    share = median(each.overhead for each in rounds)
    return Row("what the queue adds to a case, chunked", f"< {OVERHEAD:.0%}", f"{share:+.0%}", share < OVERHEAD)


def _costs(name: str, cost: Cost) -> list[Row]:
    times = f"{1000 * cost.seconds:.1f} ms; processors {cost.ours:.1f} ms here, {cost.servers:.1f} ms in PostgreSQL"
    log = f"{cost.commits:.2f} transactions, {cost.syncs:.2f} waits for the disk, {cost.wal:.1f} kB of log"
    return [Row(f"a case {name}", SHOWN, times, True), Row("", SHOWN, log, True)]
