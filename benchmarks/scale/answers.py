"""How soon a run goes on that somebody has answered: while workers have nothing else to do, and behind a long batch.

A moment is taken before the answer is given, so the time has all of the answering in it, and of the queue. A run goes
on when a worker has its lease.
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
"""Seconds that a run is waited for."""

LOOK = 0.01
"""Seconds between two looks whether a run goes on."""

FENCE = "SELECT fence, status <> 'running' FROM runs WHERE id = %s"
STOOD = "SELECT extract(epoch FROM updated_at)::float8 FROM runs WHERE id = %s AND status <> 'running'"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one answer; seconds from before it was given."""

    goes_on: float
    """Until a worker had the run."""
    stands: float
    """Until the worker had brought it to its next standstill."""


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


async def _answered(site: Site, count: int) -> list[Answer]:
    """Approve so many questions, one after the other."""
    async with Roundhouse.open(site.url) as roundhouse:
        answers = []
        for review in await roundhouse.inbox(limit=count):
            answers.append(await _one(site, roundhouse, review.id, review.run))
            await asyncio.sleep(PAUSE)
        return answers


async def _one(site: Site, roundhouse: Roundhouse, review: str, run: str) -> Answer:
    """Approve one question. Who accepts it takes the run's lease, and so does the worker: its fence is two higher."""
    before, began = site.row(FENCE, run)[0], time.time()
    await roundhouse.answer(review, "approve", by="ann")
    until, goes_on = began + PATIENCE, float("inf")
    while time.time() < until:
        fence, is_still = site.row(FENCE, run)
        if goes_on == float("inf") and fence >= before + 2:
            goes_on = time.time() - began
        if is_still:
            return Answer(goes_on, site.row(STOOD, run)[0] - began)
        await asyncio.sleep(LOOK)
    return Answer(goes_on, float("inf"))


def _rows(when: str, answers: Sequence[Answer]) -> list[Row]:
    seconds = [answer.goes_on for answer in answers]
    twentieth = quantiles(seconds, n=20, method="inclusive")[-1]
    what = f"an answer until its run goes on, {when}: 95th percentile of {len(seconds)}"
    rest = f"{median(seconds):.2f} s; {max(seconds):.2f} s"
    stands = [answer.stands for answer in answers]
    still = quantiles(stands, n=20, method="inclusive")[-1]
    return [
        Row(what, f"< {MOST:.0f} s", f"{twentieth:.2f} s", twentieth < MOST),
        Row("… median; longest", SHOWN, rest, True),
        Row(
            "… until it stands still again: median; 95th percentile",
            SHOWN,
            f"{median(stands):.2f} s; {still:.2f} s",
            True,
        ),
    ]
