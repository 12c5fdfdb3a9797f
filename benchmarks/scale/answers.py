"""How soon a run goes on that somebody has answered: while workers have nothing else to do, and behind a long batch.

A moment is taken before the answer is given, so the time has all of the answering in it, and of the queue. A run goes
on when a worker has its lease.
"""

import asyncio
import time
from collections.abc import Sequence
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
"""Seconds that a run is waited for."""

LOOK = 0.01
"""Seconds between two looks whether a run goes on."""

FENCE = "SELECT fence FROM runs WHERE id = %s"


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
    """Approve so many questions, one after the other; returns the seconds until each run went on."""
    async with Roundhouse.open(site.url) as roundhouse:
        answers = []
        for review in await roundhouse.inbox(limit=count):
            answers.append(await _one(site, roundhouse, review.id, review.run))
            await asyncio.sleep(PAUSE)
        return answers


async def _one(site: Site, roundhouse: Roundhouse, review: str, run: str) -> float:
    """Approve one question. Who accepts it takes the run's lease, and so does the worker: its fence is two higher."""
    before, began = site.row(FENCE, run)[0], time.monotonic()
    await roundhouse.answer(review, "approve", by="ann")
    while site.row(FENCE, run)[0] < before + 2:
        if time.monotonic() > began + PATIENCE:
            return float("inf")
        await asyncio.sleep(LOOK)
    return time.monotonic() - began


def _rows(when: str, seconds: Sequence[float]) -> list[Row]:
    twentieth = quantiles(seconds, n=20, method="inclusive")[-1]
    what = f"an answer until its run goes on, {when}: 95th percentile of {len(seconds)}"
    rest = f"{median(seconds):.2f} s; {max(seconds):.2f} s"
    return [
        Row(what, f"< {MOST:.0f} s", f"{twentieth:.2f} s", twentieth < MOST),
        Row("… median; longest", SHOWN, rest, True),
    ]
