"""The workers and the queue as a person and a monitor see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Standing = Literal["working", "idle", "draining", "lost"]
"""``draining``: it was told to stop, and gives back what it has. ``lost``: it has not been heard of for a while."""


class WorkerRow(BaseModel):
    """One worker, as it last said of itself."""

    model_config = ConfigDict(frozen=True)

    id: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    concurrency: int
    """How many runs it drives at the same time."""
    versions: tuple[str, ...]
    """The signatures of the workflows whose runs it has driven."""
    running: int
    """How many runs it drives now."""
    done: int
    """How many runs it has brought to their end or their next question since it started."""
    failed: int
    """How many of them failed."""
    last_minute: int
    """How many of ``done`` in the last minute."""
    last_ten_minutes: int
    draining: bool
    standing: Standing


class QueueLine(BaseModel):
    """What waits of one workflow."""

    model_config = ConfigDict(frozen=True)

    workflow: str
    waiting: int
    """Runs that no worker has yet."""
    oldest: float
    """Seconds that the oldest of them has waited."""
    paused: int = 0
    """How many of them belong to a batch that somebody has paused."""


class Load(BaseModel):
    """All of it at one moment."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    workers: Sequence[WorkerRow]
    queue: Sequence[QueueLine]
    failed_runs: int
    """Runs that failed, and that nobody has retried or cancelled."""
    failed_jobs: int
    """Jobs that the queue has given up."""

    @property
    def waiting(self) -> int:
        """Runs that no worker has yet."""
        return sum(line.waiting for line in self.queue)

    @property
    def oldest(self) -> float:
        """Seconds that the oldest run has waited; 0 where none waits."""
        return max((line.oldest for line in self.queue), default=0.0)

    @property
    def running(self) -> int:
        """Runs that are driven now."""
        return sum(worker.running for worker in self.workers if worker.standing != "lost")

    @property
    def last_minute(self) -> int:
        """Runs brought on in the last minute."""
        return sum(worker.last_minute for worker in self.workers if worker.standing != "lost")

    @property
    def last_ten_minutes(self) -> int:
        """Runs brought on in the last ten minutes by those that live."""
        return sum(worker.last_ten_minutes for worker in self.workers if worker.standing != "lost")
