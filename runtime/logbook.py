"""The logbook: where the experiments of the lab and their trials are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from state.experiment import ExperimentRow, chosen
from state.sql.store import Store
from state.sql.trials import (
    Placed,
    begin_experiment,
    clear_experiment,
    finish_experiment,
    keep_trials,
    kept_places,
    list_experiments,
    read_trials,
)
from state.trial import Trial


class Logbook(Protocol):
    """Keeps experiments. Every method raises ``DatabaseLost`` where the database went away."""

    async def begin(self, row: ExperimentRow) -> None:
        """Take down an experiment; one that is there already stands as it is."""

    async def clear(self, experiment: str) -> None:
        """Remove an experiment with its trials."""

    async def kept(self, experiment: str) -> set[tuple[int, int]]:
        """Which trials are kept: the place of the cell, and the case."""

    async def keep(self, experiment: str, placed: Sequence[Placed]) -> None:
        """Keep some trials, each with the place of its cell; the first of the same trial stands."""

    async def finish(self, experiment: str, now: datetime) -> None:
        """Take down that all trials are kept."""

    def experiments(self) -> Sequence[ExperimentRow]:
        """What is kept, newest first."""

    def experiment(self, name: str) -> ExperimentRow:
        """One of them, by its id, the beginning of it or its name. Raises ``UsageError``."""

    def trials(self, experiment: str) -> Sequence[Trial]:
        """The trials that are kept, in the order of the cells, and of the cases within a cell."""


class SqlLogbook:
    """A logbook in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, row: ExperimentRow) -> None:
        """See :class:`Logbook`, as of the others."""
        await self._store.write(begin_experiment, row)

    async def clear(self, experiment: str) -> None:  # noqa: D102
        await self._store.write(clear_experiment, experiment)

    async def kept(self, experiment: str) -> set[tuple[int, int]]:  # noqa: D102
        return await self._store.read(kept_places, experiment)

    async def keep(self, experiment: str, placed: Sequence[Placed]) -> None:  # noqa: D102
        await self._store.write(keep_trials, experiment, placed)

    async def finish(self, experiment: str, now: datetime) -> None:  # noqa: D102
        await self._store.write(finish_experiment, experiment, now)

    def experiments(self) -> Sequence[ExperimentRow]:  # noqa: D102
        return self._store.read_now(list_experiments)

    def experiment(self, name: str) -> ExperimentRow:  # noqa: D102
        return chosen(name, self.experiments())

    def trials(self, experiment: str) -> Sequence[Trial]:  # noqa: D102
        return self._store.read_now(read_trials, experiment)


class MemoryLogbook:
    """A logbook that is gone with its process, for a notebook or a test."""

    def __init__(self) -> None:
        self._rows: dict[str, ExperimentRow] = {}
        self._trials: dict[str, dict[tuple[int, int], Trial]] = {}

    async def begin(self, row: ExperimentRow) -> None:  # noqa: D102
        self._rows.setdefault(row.id, row)

    async def clear(self, experiment: str) -> None:  # noqa: D102
        self._rows.pop(experiment, None)
        self._trials.pop(experiment, None)

    async def kept(self, experiment: str) -> set[tuple[int, int]]:  # noqa: D102
        return set(self._trials.get(experiment, ()))

    async def keep(self, experiment: str, placed: Sequence[Placed]) -> None:  # noqa: D102
        kept = self._trials.setdefault(experiment, {})
        for place, trial in placed:
            kept.setdefault((place, trial.case), trial)

    async def finish(self, experiment: str, now: datetime) -> None:  # noqa: D102
        row = self._rows[experiment]
        self._rows[experiment] = row.model_copy(update={"finished_at": row.finished_at or now})

    def experiments(self) -> Sequence[ExperimentRow]:  # noqa: D102
        rows = sorted(self._rows.values(), key=lambda each: each.created_at, reverse=True)
        return [each.model_copy(update={"done": len(self._trials.get(each.id, ()))}) for each in rows]

    def experiment(self, name: str) -> ExperimentRow:  # noqa: D102
        return chosen(name, self.experiments())

    def trials(self, experiment: str) -> Sequence[Trial]:  # noqa: D102
        return [trial for _, trial in sorted(self._trials.get(experiment, {}).items(), key=lambda each: each[0])]
