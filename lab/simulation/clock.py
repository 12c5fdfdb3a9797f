"""The simulated clock: it stands still until something happens that takes time, and then it is as late as that."""

from datetime import UTC, datetime
from itertools import chain

from state.progress import Progress

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
"""When every trial begins."""


class SimulatedClock:
    """The moment of the latest thing that happened in a run. A person's answer takes no time on it."""

    def now(self, progress: Progress) -> datetime:
        """The latest moment that the run knows of; the epoch before the first."""
        latest = EPOCH
        for execution in progress.executions:
            latest = max(latest, execution.ended_at)
        for records in progress.records.values():
            latest = max(latest, records[-1].made_at)
        for note in chain.from_iterable(progress.notes.values()):
            latest = max(latest, note.at)
        for rung in progress.rungs:
            latest = max(latest, rung.at)
        return max([latest, *(answered.at for answered in progress.answers)])

    def dispatch(self, ready: datetime, now: datetime) -> datetime:
        """Now: a simulated specialist begins when it is told."""
        return now
