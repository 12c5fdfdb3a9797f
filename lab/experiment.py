"""The experiment: every case in every cell, made once and kept, however often it is stopped on the way."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from lab.grid import Chunk, chunks
from lab.pool import Opens, WorkerLost, made_aside, made_here
from runtime.logbook import Logbook
from state.experiment import ExperimentRow
from state.sql.trials import Placed
from state.trial import Cell

WORTH_A_PROCESS = 1000
"""How many trials make another process worth its start."""

Since = Literal["kept", "nothing"]
"""Where an experiment begins: at what is ``kept`` of it, or at ``nothing``, with all that is kept of it removed."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is to be tried, and how."""

    id: str
    """Of its content: the same content is the same experiment."""
    name: str
    content: Mapping[str, Any]
    """What the id is made of, as plain JSON."""
    cells: tuple[Cell, ...]
    cases: int
    """How many cases each cell has."""
    opens: Opens

    @property
    def total(self) -> int:
        """How many trials it has."""
        return len(self.cells) * self.cases

    def row(self, now: datetime) -> ExperimentRow:
        """As it is kept, when it is begun at a moment."""
        return ExperimentRow(id=self.id, name=self.name, content=dict(self.content), total=self.total, created_at=now)


class Meter(Protocol):
    """Who is told how an experiment goes."""

    def began(self, total: int, done: int) -> None:
        """It has so many trials, of which so many were kept before."""

    def kept(self, trials: int) -> None:
        """So many more are kept."""


class NoMeter:
    """Tells nobody."""

    def began(self, total: int, done: int) -> None:
        """Say nothing."""

    def kept(self, trials: int) -> None:
        """Say nothing."""


def workers_for(total: int) -> int:
    """How many processes are worth their start, which takes seconds, for so many trials; at most one for each core."""
    return min(os.cpu_count() or 1, 1 + total // WORTH_A_PROCESS)


async def run_experiment(
    experiment: Experiment, logbook: Logbook, *, jobs: int = 1, since: Since = "kept", meter: Meter | None = None
) -> None:
    """Make and keep every trial that is missing, with so many processes; with 1, in this one.

    When it is cancelled or its process is killed, what is kept stands, and the same experiment goes on from there.
    Raises ``ExperimentFailed`` where a trial cannot be made.
    """
    told = meter or NoMeter()
    if since == "nothing":
        await logbook.clear(experiment.id)
    await logbook.begin(experiment.row(datetime.now(UTC)))
    told.began(experiment.total, len(await logbook.kept(experiment.id)))
    while work := await _missing(experiment, logbook):
        await _do(experiment, logbook, work, jobs, told)
    await logbook.finish(experiment.id, datetime.now(UTC))


async def _missing(experiment: Experiment, logbook: Logbook) -> list[Chunk]:
    return list(chunks(experiment.cells, experiment.cases, await logbook.kept(experiment.id)))


async def _do(experiment: Experiment, logbook: Logbook, work: list[Chunk], jobs: int, told: Meter) -> None:
    """Do the work; where a worker process was lost and something was kept since, the rest is left."""
    kept = 0
    try:
        async with aclosing(_made(experiment.opens, work, jobs)) as made:
            async for placed in made:
                await logbook.keep(experiment.id, placed)
                told.kept(len(placed))
                kept += len(placed)
    except WorkerLost:
        if not kept:
            raise


def _made(opens: Opens, work: list[Chunk], jobs: int) -> AsyncGenerator[list[Placed], None]:
    workers = min(jobs, len(work))
    return made_here(opens, work) if workers == 1 else made_aside(opens, work, workers)
