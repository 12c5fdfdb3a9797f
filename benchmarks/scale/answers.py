"""How soon a run goes on that somebody has answered: while workers have nothing else to do, and behind a long batch.

A moment is taken before the answer is given, and the run says when a worker brought it to its next standstill; so the
time has all of the answering, the queue, and the driving in it.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.report import SHOWN, Row
from benchmarks.scale.site import Site, opened_site
from benchmarks.scale.sizes import Sizes
from benchmarks.scale.speed import enqueue
from runtime.roundhouse import Roundhouse

MOST = 1.0
"""Seconds, of which nineteen of twenty answers take less."""

A_CASE = 0.05
"""At least so many of the leads ask a question."""

PAUSE = 0.15
"""Seconds from one answer to the next."""

WORKERS = 2

PATIENCE = 30.0
"""Seconds that the last runs are waited for."""

STOOD = "SELECT id, extract(epoch FROM updated_at)::float8 FROM runs WHERE id = ANY(%s) AND status <> 'running'"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given."""

    run: str
    at: float
    """Seconds since 1970, before it was given."""


def measure(server: str, sizes: Sizes) -> list[Row]:
    """The rows of answers."""
    needed = int(sizes.questions / A_CASE)
    with opened_site(server) as site:
        enqueue(site, 2 * needed)
        site.hire(WORKERS, sizes.concurrency)
        site.until(lambda: site.done() == 2 * needed)
        idle = asyncio.run(_answered(site, sizes.questions))
        enqueue(site, sizes.behind)
        busy = asyncio.run(_answered(site, sizes.questions))
        left = site.row("SELECT count(*) FROM runs WHERE status = 'running'")[0]
        site.dismiss()
    return [*_rows("while workers are idle", idle), *_rows(f"while {left:,} other runs still wait", busy)]


async def _answered(site: Site, count: int) -> list[float]:
    """Approve so many questions, one after the other; returns the seconds that each run took."""
    async with Roundhouse.open(site.url) as roundhouse:
        given: list[Given] = []
        for review in await roundhouse.inbox(limit=count):
            given.append(Given(review.run, time.time()))
            await roundhouse.answer(review.id, "approve", by="ann")
            await asyncio.sleep(PAUSE)
        return await asyncio.to_thread(_waited, site, given)


def _waited(site: Site, given: Sequence[Given]) -> list[float]:
    until = time.monotonic() + PATIENCE
    while True:
        stood = dict(site.rows(STOOD, [each.run for each in given]))
        if len(stood) == len(given) or time.monotonic() > until:
            return [stood.get(each.run, float("inf")) - each.at for each in given]
        time.sleep(0.2)


def _rows(when: str, seconds: Sequence[float]) -> list[Row]:
    twentieth = quantiles(seconds, n=20, method="inclusive")[-1]
    rest = f"{median(seconds):.2f} s; {max(seconds):.2f} s"
    return [
        Row(
            f"an answer until its run has gone on, {when}: 95th percentile of {len(seconds)}",
            f"< {MOST:.0f} s",
            f"{twentieth:.2f} s",
            twentieth < MOST,
        ),
        Row("… median; longest", SHOWN, rest, True),
    ]
