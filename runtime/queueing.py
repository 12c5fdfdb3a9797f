"""Queueing: workers start runs and drive them on; a run and its job are in the database together or not at all."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from runtime.beginning import Place
from runtime.driver import Driver
from runtime.identity import driver_identity
from state.case import Case
from state.errors import UsageError
from state.job import Job
from state.sql.jobs import has_queue
from state.sql.queued import resume_queued, start_queued
from state.sql.runs import find_run
from state.sql.store import Store

NEEDS_POSTGRES = (
    "A queue needs PostgreSQL, and this database is SQLite. "
    "Set ROUNDHOUSE_DATABASE_URL, or --database, to postgresql+psycopg://USER:PASSWORD@HOST/NAME."
)

NO_QUEUE = "This database has no queue yet. Start a worker, which makes it: roundhouse worker."


class Queueing:
    """Puts runs on the queue of one database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._identity = driver_identity()
        self._is_ready = False

    async def check(self) -> None:
        """Raise ``UsageError``, one line, where the database has no queue."""
        if self._store.kind != "postgresql":
            raise UsageError(NEEDS_POSTGRES)
        if not self._is_ready and not await self._store.read(has_queue):
            raise UsageError(NO_QUEUE)
        self._is_ready = True

    async def start(
        self,
        driver: Driver,
        cases: Mapping[str, Case],
        places: Mapping[str, Place] | None = None,
        chunk: int = 1,
        *,
        priority: int = 0,
        **facts: Any,
    ) -> frozenset[str]:
        """Start runs on the queue, so many to a job; returns the ids of those that are new.

        ``cases`` are by the id of the run that each gets, ``places`` too; ``facts`` are more columns of the runs' rows.
        A run that was started before stays as it is. Raises ``UsageError`` where the database has no queue.
        """
        await self.check()
        now = datetime.now(UTC)
        pins = {**await driver.pins(now), "queued": True}
        rows = [
            driver.row(case, run, (places or {}).get(run), pins=pins, seed=None, **facts) for run, case in cases.items()
        ]
        jobs = jobs_of(tuple(cases), driver.name, chunk, priority)
        return await self._store.write(start_queued, rows, jobs, self._identity, now)

    async def resume(self, run: str) -> None:
        """Have a worker drive a run on. Raises ``UnknownRun``, or ``UsageError`` where there is no queue."""
        await self.check()
        row = await self._store.read(find_run, run)
        await self.resume_all([Job.of_one(row.id, row.workflow)])

    async def resume_all(self, jobs: Sequence[Job]) -> None:
        """Have workers drive on the runs of some jobs."""
        await self._store.write(resume_queued, jobs, datetime.now(UTC))


def jobs_of(runs: Sequence[str], workflow: str, chunk: int, priority: int = 0) -> list[Job]:
    """The runs in their order, so many to a job."""
    if chunk == 1:
        return [Job.of_one(run, workflow, priority) for run in runs]
    return [Job(tuple(runs[start : start + chunk]), workflow, priority) for start in range(0, len(runs), chunk)]
