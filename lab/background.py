"""Experiments in the background of a process, one at a time: for a page, which asks again how far one has come.

An experiment has a thread and an event loop of its own, so that it is in nobody's way, but shares the process with
whoever looks on. Large ones are for ``roundhouse lab``, which takes all cores.
"""

import asyncio
import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from lab.experiment import Experiment, run_experiment
from runtime.logbook import Logbook
from state.errors import UsageError
from state.own_error import own_error

logger = logging.getLogger(__name__)

LARGEST = 2_000
"""How many trials an experiment in the background may have."""

JobState = Literal["running", "done", "stopped", "failed"]
"""``stopped``: by a person; given again, it goes on. ``failed``: the error says why."""


@dataclass(slots=True)
class LabJob:
    """An experiment on its way."""

    experiment: str
    """Its id."""
    name: str
    started_at: datetime
    state: JobState = "running"
    total: int = 0
    done: int = 0
    """How many trials are kept, those of earlier runs included."""
    error: str = ""

    def began(self, total: int, done: int) -> None:
        """It has so many trials, of which so many were kept before."""
        self.total, self.done = total, done

    def kept(self, trials: int) -> None:
        """So many more are kept."""
        self.done += trials

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class LabJobs:
    """The experiments that one process runs for whoever looks on."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self.latest: LabJob | None = None
        """The one that runs, or ran last."""

    def begin(self, experiment: Experiment) -> LabJob:
        """Have an experiment run, or go on. Raises ``UsageError`` where another one runs, or it is too large."""
        if self.latest is not None and self.latest.state == "running":
            raise UsageError(f"Experiment {self.latest.name!r} is running. Wait for its end, or stop it.")
        if experiment.total > LARGEST:
            raise UsageError(
                f"{experiment.total:,} trials are more than the {LARGEST:,} that run beside this page. "
                f"Give: roundhouse lab {experiment.name}"
            )
        job = LabJob(experiment.id, experiment.name, datetime.now(UTC), total=experiment.total)
        self.latest = job
        self._thread = threading.Thread(target=self._run, args=(experiment, job), name="roundhouse-lab", daemon=True)
        self._thread.start()
        return job

    def stop(self) -> None:
        """Stop what runs; what is finished is kept."""
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    def wait(self) -> None:
        """Wait until nothing runs."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, experiment: Experiment, job: LabJob) -> None:
        try:
            asyncio.run(self._work(experiment, job))
        except asyncio.CancelledError:
            job.state = "stopped"
        except BaseException as raised:
            job.error, job.state = _words(raised), "failed"
        else:
            job.state = "done"

    async def _work(self, experiment: Experiment, job: LabJob) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        await run_experiment(experiment, self._logbook, meter=job)


def _words(raised: BaseException) -> str:
    """Why it failed, in one line; what nobody foresaw is in the log with its traceback."""
    known = own_error(raised)
    if known is None:
        logger.error("An experiment failed.", exc_info=raised)
    return str(known) if known is not None else f"{type(raised).__name__}: {raised}"
