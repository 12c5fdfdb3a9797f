"""The queued batch: every case of a file is put on the queue, and workers drive them, wherever they are.

It is the same batch as without a queue: known by the same command, with the same quarantine and the same summary. Given
again, it finds its runs, puts on the queue what was not begun or failed, and waits for the rest.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from itertools import count, islice
from typing import Any

from runtime.batch import Batch, run_id
from runtime.batches import Batches
from runtime.beginning import Place
from runtime.intake import Accepted, Rejected, Row
from runtime.queueing import Queueing, jobs_of
from runtime.settings import settings
from runtime.worker import SILENT, ensure_queue
from state.case import Case
from state.errors import UsageError
from state.run import RunFilter, RunStatus
from state.sql.jobs import live_workers
from state.sql.queued import queued_among
from state.sql.runs import count_by_status
from state.summary import Summary

OF_RULES = 25
"""Cases in a job by default where rules decide; they take a worker about a second."""

OF_MODELS = 1
"""Cases in a job by default where chat models have seats."""

AT_ONCE = 250
"""How many cases go on the queue in one transaction, about."""

LOOK = 0.5
"""Seconds between two looks at how far the workers are."""

NOBODY = "No worker is at the queue. Start one, here or elsewhere: roundhouse worker"


class QueuedBatch(Batch):
    """One command's worth of cases, for workers."""

    def __init__(
        self, *, chunk: int | None = None, priority: int = 0, warn: Callable[[str], None], **parts: Any
    ) -> None:
        """``chunk`` is how many cases a job has; those of a higher ``priority`` are worked first.

        ``warn`` is told where no worker is there, or the rest of the file waits for room on the queue.
        """
        super().__init__(**parts)
        self._queueing = Queueing(self._store)
        self._chunk = chunk or (OF_MODELS if self._driver.calls_a_row else OF_RULES)
        self._warn, self._priority = warn, priority
        self._batches = Batches(self._store)
        self._before: Counter[str] = Counter()
        self.queued = 0
        """How many cases this command has put on the queue."""

    async def enqueue(self, *, fresh: bool = False) -> None:
        """Put on the queue what is not there and not finished. Raises ``UnreadableSource`` or ``UsageError``."""
        self._refuse_budget()
        await ensure_queue(self._store)
        digest, work = await self._opened(fresh)
        while group := list(islice(work, self._group)):
            await self._batches.room(self.id, self._driver.name, settings().queue_limit, self._warn)
            await self._put(group)
        await self._require_unchanged(digest)

    async def run(self, *, fresh: bool = False) -> Summary:
        """Put on the queue what is not finished, wait until all of it is at a standstill, and sum up the whole batch.

        Raises ``UnreadableSource`` or ``UsageError``; ``DatabaseLost`` where the database goes away meanwhile.
        """
        began = time.monotonic()
        await self.enqueue(fresh=fresh)
        await self._waited()
        await self._roundhouse.attention.look(self._driver.name, self._driver.workflow.signature)
        return await self._summed(began)

    @property
    def _group(self) -> int:
        """Whole jobs, about ``AT_ONCE`` cases of them."""
        return max(1, AT_ONCE // self._chunk) * self._chunk

    def _refuse_budget(self) -> None:
        budget = self._roundhouse.models.batch_budget.model_dump()
        if self._driver.calls_a_row and any(limit is not None for limit in budget.values()):
            raise UsageError(
                "A batch budget is kept by the command that runs the batch, not by workers. Leave out --queue, or unset"
                " ROUNDHOUSE_BATCH_BUDGET and set a limit for the model instead: roundhouse limit."
            )

    async def _put(self, group: list[tuple[Row, RunStatus | None]]) -> None:
        cases: dict[str, Case] = {}
        places: dict[str, Place] = {}
        again: list[str] = []
        for row, status in group:
            match row:
                case Rejected():
                    await self._quarantine(self.id, row)
                    self._meter.finished("quarantined")
                case Accepted() if status is None:
                    run = run_id(self.id, row.case.id)
                    cases[run], places[run] = row.case, Place(self.id, row.position)
                case Accepted() if status in ("running", "failed"):
                    again.append(run_id(self.id, row.case.id))
                case Accepted():
                    self._resumed += 1
                    self._before[str(status)] += 1
                    self._meter.finished("resumed")
        if cases:
            self.queued += len(
                await self._queueing.start(self._driver, cases, places, self._chunk, priority=self._priority)
            )
        await self._put_again(again)

    async def _put_again(self, runs: list[str]) -> None:
        """Have runs be driven on that are not on the queue; those that are stay where they are."""
        there = await self._store.read(queued_among, runs) if runs else frozenset()
        missing = [run for run in runs if run not in there]
        if missing:
            await self._queueing.resume_all(jobs_of(missing, self._driver.name, self._chunk, self._priority))
            self.queued += len(missing)

    async def _waited(self) -> None:
        """Wait until no run of the batch is under way, and tell the meter of each that came to a standstill."""
        told = Counter(self._before)
        for look in count():
            counts = await self._store.read(count_by_status, RunFilter(batch=self.id))
            under_way = counts.pop("running", 0)
            for status, many in counts.items():
                for _ in range(many - told[status]):
                    self._meter.finished(status)
                told[status] = max(told[status], many)
            if not under_way:
                return
            if look % 20 == 0 and not await self._store.read(live_workers, SILENT):
                self._warn(NOBODY)
            await asyncio.sleep(LOOK)
