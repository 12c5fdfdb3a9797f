"""The job: what the queue hands to one worker, a chunk of runs to be driven."""

from dataclasses import dataclass, replace
from datetime import datetime

QUEUE = "roundhouse"
"""The name of the queue; other applications may have others in the same database."""

URGENT = "roundhouse-urgent"
"""The name of the queue of urgent jobs, which workers take while others are in hand."""

TASK = "drive"
"""What is done with every job: its runs are driven on."""

ANSWERED = 100
"""The priority of a run that somebody has answered: it does not wait behind a batch."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some runs of one workflow, one or many."""

    runs: tuple[str, ...]
    """Their ids."""
    workflow: str
    priority: int = 0
    """The higher, the sooner it is worked."""
    lock: str | None = None
    """Jobs of the same lock are worked one after the other; None for one that need not wait for others."""
    not_before: datetime | None = None
    """When it may be worked; None for at once."""
    returned: int = 0
    """How often workers have given it back since it was last worked."""

    @property
    def queue(self) -> str:
        """The queue that it is on."""
        return URGENT if self.priority >= ANSWERED else QUEUE

    def only(self, runs: frozenset[str]) -> "Job":
        """The same job with those of its runs that are named."""
        return replace(self, runs=tuple(run for run in self.runs if run in runs))

    def sooner(self, not_before: datetime | None) -> "Job":
        """The same job put on the queue once more, before others of its priority: it had its turn already."""
        most = max(self.priority, ANSWERED - 1)
        return replace(self, priority=min(self.priority + 1, most), not_before=not_before)

    @classmethod
    def of_one(cls, run: str, workflow: str, priority: int = 0) -> "Job":
        """A job of one run, of which no two are worked at the same time."""
        return cls((run,), workflow, priority, lock=f"run:{run}")


def answered(run: str, workflow: str) -> Job:
    """The job of a run that somebody has answered."""
    return Job.of_one(run, workflow, ANSWERED)
