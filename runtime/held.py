"""A run that this process holds: what its graph is started from, and where its checkpoints are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig

from state.progress import Carried, Progress, dump_events
from state.run import Pins
from state.sql.checkpoints import HELD_UNDER
from state.sql.fence import Lease


@dataclass(frozen=True, slots=True)
class Held:
    """A run under a lease."""

    lease: Lease
    pins: Pins
    case: Mapping[str, Any]
    seed: Mapping[str, Any] | None
    """The progress that it begins with, as plain JSON; None for one that begins with nothing."""

    @property
    def run(self) -> str:
        """The run's id."""
        return self.lease.run

    @property
    def config(self) -> RunnableConfig:
        """The thread of its checkpoints, to be written only while the lease is held, and answered only by id."""
        place = {"thread_id": thread_of(self.run, self.pins), "__pregel_strict_resume": True, HELD_UNDER: self.lease}
        return {"configurable": place}

    def beginning(self, progress: Progress) -> dict[str, Any]:
        """What the graph is started from; with the seed, unless it went in before."""
        given: dict[str, Any] = {"case": self.case, "pins": self.pins}
        if self.seed is not None and progress == Progress():
            given["progress"] = dump_events([Carried(progress=dict(self.seed))])
        return given


def next_thread(run: str, pins: Pins) -> str:
    """The thread after the present one, for a run that begins anew."""
    thread = thread_of(run, pins)
    return f"{run}~1" if thread == run else f"{run}~{int(thread.rpartition('~')[2]) + 1}"


def thread_of(run: str, pins: Pins) -> str:
    """The thread of a run's checkpoints: its own id, until it begins anew."""
    return pins.get("thread", run)
