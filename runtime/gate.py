"""The gate: which runs of a job a worker may drive now, and which it gives back so that others need not wait for them.

Runs of a paused batch are given back, and those of a cancelled one that nobody has begun. Of a workflow whose places
are limited only as many are driven as there are places; the limit itself is kept where a run begins.
"""

from dataclasses import dataclass

from runtime.limits import Limits
from state.job import Job
from state.sql.pausing import held_back
from state.sql.store import Store


@dataclass(frozen=True, slots=True)
class Sorted:
    """The runs of a job."""

    may: tuple[str, ...]
    """Those that may be driven."""
    paused: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    """Those for which there is no place."""


class Gate:
    """Sorts the runs of jobs."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store, self._limits = store, limits

    async def sort(self, job: Job) -> Sorted:
        """Which runs of a job may be driven now. Raises ``DatabaseLost``."""
        paused = await self._store.read(held_back, job.runs)
        going = tuple(run for run in job.runs if run not in paused)
        places = await self._limits.room(f"workflow:{job.workflow}") if going else None
        return Sorted(going[:places], tuple(run for run in job.runs if run in paused), going[len(going[:places]) :])
