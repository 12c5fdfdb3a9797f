"""The jobs: files of cases that run in the background, and how far each has come."""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from runtime.batch import Batch, Selection
from runtime.desk.background import Background
from runtime.intake import Source
from runtime.roundhouse import Roundhouse
from state.own_error import own_error
from state.run import RunStatus
from state.staffing import Staffing
from state.summary import Summary

logger = logging.getLogger(__name__)

JobState = Literal["running", "done", "stopped", "failed"]
"""``stopped``: by a person; the same file, given again, goes on. ``failed``: the error says why."""

KEPT = 20
"""How many jobs are remembered."""


@dataclass(slots=True)
class Job:
    """One file of cases on its way."""

    id: str
    workflow: str
    profile: str | None
    source: str
    """The file's name."""
    started_at: datetime
    state: JobState = "running"
    rows: int | None = None
    """How many rows there are; None before they are counted."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many rows were taken care of, by the status of their run, ``quarantined`` or ``resumed``."""
    batch: str | None = None
    replaces: bool = False
    """Whether a file of that name was run before, and it or the workflow has changed since."""
    summary: Summary | None = None
    shortage: str | None = None
    """Why the rows that are left were not begun, where the batch's budget is used up."""
    error: str = ""
    ended_at: datetime | None = None

    def began(self, rows: int) -> None:
        """The batch has so many rows."""
        self.rows = rows

    def finished(self, status: RunStatus | str) -> None:
        """One row is taken care of."""
        self.counts[status] += 1

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return min(1.0, self.counts.total() / self.rows) if self.rows else 0.0


class Jobs:
    """Files of cases that one process runs, newest first."""

    def __init__(self, background: Background, concurrency: int) -> None:
        self._background, self._concurrency = background, concurrency
        self._jobs: list[tuple[Job, Future[None]]] = []

    def list(self) -> Sequence[Job]:
        """The newest jobs."""
        return [job for job, _ in self._jobs]

    def begin(
        self, workflow: str, profile: str | None, path: Path, selection: Selection, staffing: Staffing | None = None
    ) -> Job:
        """Have a file run; it is read where it lies until the job has ended. ``staffing`` as for ``Roundhouse``."""
        job = Job(uuid.uuid4().hex[:8], workflow, profile, path.name, datetime.now(UTC))

        async def work(roundhouse: Roundhouse) -> None:
            driver = await roundhouse.driver(workflow, profile, staffing)
            source = Source(path, driver.workflow.case)
            batch = Batch(
                roundhouse=roundhouse,
                driver=driver,
                source=source,
                selection=selection,
                concurrency=self._concurrency,
                meter=job,
            )
            await _ran(batch, job)

        begun = self._background.begin(work)
        begun.add_done_callback(lambda done: _ended(job, done))
        self._jobs = [(job, begun), *self._jobs][:KEPT]
        return job

    def stop(self, job: str) -> None:
        """Stop a job; what was finished is kept."""
        for each, work in self._jobs:
            if each.id == job:
                work.cancel()


async def _ran(batch: Batch, job: Job) -> None:
    try:
        job.summary = await batch.run()
    finally:
        job.batch, job.replaces, job.shortage = batch.id or None, batch.replaces, batch.shortage


def _ended(job: Job, work: "Future[None]") -> None:
    job.ended_at = datetime.now(UTC)
    try:
        work.result()
    except (CancelledError, asyncio.CancelledError):
        job.state = "stopped"
    except BaseException as raised:
        job.state, job.error = "failed", _words(raised)
    else:
        job.state = "done"


def _words(raised: BaseException) -> str:
    """Why a job failed, in one line; what nobody foresaw is in the log with its traceback."""
    known = own_error(raised)
    if known is None:
        logger.error("A job failed.", exc_info=raised)
    return str(known) if known is not None else f"{type(raised).__name__}: {raised}"
