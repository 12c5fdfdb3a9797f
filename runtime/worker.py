"""The worker: takes jobs off the queue of a PostgreSQL database and drives their runs on, until it is told to stop.

The queue is Procrastinate's: its tables, its functions, and the notices by which an idle worker hears of a new job. A
worker says by its heartbeat that it lives. What a dead one had is put back by any of the others, and its runs go on
from their last checkpoint as soon as its leases have run out. So the longest that a run waits for a new driver is

    SILENT + EVERY + POLL, or LEASE + BUSY + POLL, whichever is longer

seconds: until the silence is noticed, the next heartbeat puts the job back, and the next look finds it; or until the
lease has run out, and a worker looks again. With 8 + 2 + 1 and 9 + 1 + 1 that is 11 seconds.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from procrastinate.schema import SchemaManager

from runtime.heartbeat import Heartbeat
from runtime.loops import running, unmissed
from runtime.queueing import NEEDS_POSTGRES
from runtime.roundhouse import Roundhouse
from runtime.workload import Room, Workload
from state.errors import DatabaseLost, RoundhouseError, UsageError, ValueRefused
from state.job import QUEUE, URGENT, Job
from state.sql.database import server_address
from state.sql.jobs import beat, finish_job, has_queue, job_of, make_queue, put_back
from state.sql.queued import renew_apart
from state.sql.store import Store
from state.sql.strays import put_strays

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=9)
"""How long a worker holds a run without renewing its lease."""

SILENT = 8.0
"""Seconds without a heartbeat after which a worker counts as dead."""

POLL = 1.0
"""Seconds between two looks at the queue of one who has heard of nothing new."""

GRACE = 8.0
"""Seconds that runs under way have for coming to a checkpoint, once the worker is told to stop."""

AWAY = 5.0
"""Seconds that one look at the queue waits for a server that is away, so that the worker can be told to stop then."""

SWEEP = 5.0
"""Seconds between two sweeps: deadlines, schedules, and runs of others that were cut off."""

REPORT = 10.0
"""Seconds between two lines about how it goes."""

AFTER_AN_ERROR = timedelta(seconds=30)
"""When a job is worked again that ended in an error of ours."""

STRAYS = timedelta(minutes=1)
"""After how long on the queue it is looked whether a job carries a run, and how often."""

Say = Callable[[str], None]


async def ensure_queue(store: Store) -> None:
    """Make the queue's tables where they are not there. Raises ``UsageError`` for a database that is no PostgreSQL."""
    if store.kind != "postgresql":
        raise UsageError(NEEDS_POSTGRES)
    if not await store.read(has_queue):
        await store.write(make_queue, SchemaManager.get_schema())


@asynccontextmanager
async def opened_queue(url: str) -> AsyncIterator[App]:
    """Procrastinate on the database of a URL. Raises ``UsageError`` for one that is no PostgreSQL."""
    address = server_address(url)
    if address is None:
        raise UsageError(NEEDS_POSTGRES)
    connector = PsycopgConnector(conninfo=address, min_size=1, max_size=2, timeout=AWAY)
    async with App(connector=connector).open_async() as app:
        yield app


class Worker:
    """Works the jobs of one database."""

    def __init__(self, roundhouse: Roundhouse, queue: App, *, concurrency: int, say: Say) -> None:
        """``concurrency`` is how many runs are driven at a time, over all jobs."""
        self._roundhouse = roundhouse
        self._store = roundhouse.store
        self._manager = queue.job_manager
        self._say = say
        self._wakes = asyncio.Event()
        self._stopping = asyncio.Event()
        self._working: set[asyncio.Task[None]] = set()
        self.workload = Workload(roundhouse, concurrency, self._wakes.set)
        self.id = 0
        """Its number in the queue, once it works."""

    async def run(self) -> None:
        """Work until :meth:`stop`, then give back what is not done. Raises ``UsageError`` without PostgreSQL."""
        await ensure_queue(self._store)
        self.id = await self._manager.register_worker()
        self._say(f"worker {self.id} is ready")
        try:
            with Heartbeat([self._beat, self._renew, self._put_back]), self._on_signals():
                async with running([self._listen(), self._sweep(), self._find_strays(), self._report()]):
                    await self._work()
                await self._drained()
        finally:
            with suppress(ConnectorException):
                await self._manager.unregister_worker(self.id)
        self._say(f"worker {self.id} has stopped: {self._counts()}")

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Take no more jobs, and have the runs under way stop at their next checkpoint; told twice, at once."""
        if self._stopping.is_set():
            self.workload.cut_off()
            return
        self._say(f"worker {self.id} stops: {self.workload.in_hand} runs in hand go to their next checkpoint")
        self._stopping.set()
        self._wakes.set()
        self.workload.drain()

    async def _work(self) -> None:
        while not self._stopping.is_set():
            self._wakes.clear()
            job = await self._fetched(self.workload.room())
            if job is not None:
                task = asyncio.create_task(self._worked(job, self.workload.take(_job(job), job.attempts)))
                self._working.add(task)
                task.add_done_callback(self._working.discard)
            elif not self._stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wakes.wait(), POLL)

    async def _fetched(self, room: Room) -> QueuedJob | None:
        if room == "none":
            return None
        try:
            queues = [URGENT, QUEUE] if room == "any" else [URGENT]
            return await self._manager.fetch_job(queues=queues, worker_id=self.id)
        except ConnectorException:
            return None  # the database may come back

    async def _worked(self, queued: QueuedJob, work: Awaitable[list[Job]]) -> None:
        """Work one job, and take it off the queue together with putting on what is left of it."""
        try:
            left = await work
        except DatabaseLost:
            left = [_job(queued)]
        except Exception:
            logger.exception("Job %s is given back after an error.", queued.id)
            left = [replace(_job(queued), not_before=datetime.now(UTC) + AFTER_AN_ERROR)]
        if left:
            self.workload.counts["given back"] += sum(len(each.runs) for each in left)
        while True:
            try:
                return await self._store.write(finish_job, queued.id or 0, left)
            except DatabaseLost:
                await asyncio.sleep(POLL)
            except ValueRefused:
                return logger.warning("Job %s was put back meanwhile; whoever has it finishes it.", queued.id)

    async def _drained(self) -> None:
        """Wait for the jobs in hand, and cut off runs that come to no checkpoint."""
        if self._working:
            _, late = await asyncio.wait(self._working, timeout=GRACE)
            if late:
                self.workload.cut_off()
                await asyncio.wait(late)

    async def _listen(self) -> None:
        """Hear of new jobs; where that fails, they are found by looking."""

        async def heard(**_: object) -> None:
            self._wakes.set()

        while True:
            with suppress(ConnectorException):
                await unmissed(self._manager.listen_for_jobs(on_notification=heard, queues=[URGENT, QUEUE]))
            await asyncio.sleep(POLL)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            try:
                await self._roundhouse.sweep()
            except DatabaseLost:
                pass  # it may come back
            except RoundhouseError as refused:
                logger.warning("The sweep goes on after an error: %s", refused)
            except Exception:
                logger.exception("The sweep goes on after an error.")

    async def _find_strays(self) -> None:
        """Put on the queue again what no job carries."""
        while True:
            await asyncio.sleep(STRAYS.total_seconds())
            now = datetime.now(UTC)
            with suppress(DatabaseLost):
                strays = await self._store.write(put_strays, now - STRAYS, now)
                if strays:
                    logger.warning("%d runs were on the queue without a job, and are put on again.", len(strays))

    async def _report(self) -> None:
        before = self.workload.counts.total()
        while True:
            await asyncio.sleep(REPORT)
            now = self.workload.counts.total()
            if now != before or self.workload.in_hand:
                speed = (now - before) / REPORT
                self._say(f"worker {self.id}: {self._counts()}; {self.workload.in_hand} in hand, {speed:.0f} a second")
            before = now

    def _beat(self) -> None:
        self._store.write_now(beat, self.id)

    def _renew(self) -> None:
        leases = self._roundhouse.leases
        if leases.held:
            self._store.write_now(renew_apart, leases.identity, leases.held, datetime.now(UTC), leases.length)

    def _put_back(self) -> None:
        put = self._store.write_now(put_back, SILENT)
        if put:
            self._say(f"worker {self.id}: another worker is silent, and {put} of its jobs were put back")

    def _counts(self) -> str:
        counts = self.workload.counts
        return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing to do yet"

    @contextmanager
    def _on_signals(self) -> Iterator[None]:
        """Stop when the process is told to end."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for each in signals:
            loop.add_signal_handler(each, self.stop)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)


def _job(queued: QueuedJob) -> Job:
    return job_of(queued.task_kwargs, queued.priority, queued.lock)
