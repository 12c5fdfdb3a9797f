"""Experiments and their trials in SQL: begun, kept piece by piece, and read again in their order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update

from state.experiment import ExperimentRow
from state.sql.keep import insert_or_keep
from state.sql.tables import experiments, trials
from state.trial import Cell, Trial

Placed = tuple[int, Trial]
"""A trial, and the place of its cell among those of the experiment."""

_CELL = tuple(Cell.model_fields)
_MEASURES = tuple(name for name in Trial.model_fields if name != "cell")


def begin_experiment(connection: Connection, row: ExperimentRow) -> None:
    """Take down an experiment; one that is there already stands as it is."""
    values = row.model_dump(exclude={"done", "finished_at"})
    connection.execute(insert_or_keep(connection, experiments), values)


def clear_experiment(connection: Connection, experiment: str) -> None:
    """Remove an experiment with its trials, so that it can begin anew."""
    connection.execute(delete(trials).where(trials.c.experiment == experiment))
    connection.execute(delete(experiments).where(experiments.c.id == experiment))


def keep_trials(connection: Connection, experiment: str, placed: Sequence[Placed]) -> None:
    """Keep some trials; of those that are there already the first stands."""
    rows = [_values(experiment, place, trial) for place, trial in placed]
    if rows:
        connection.execute(insert_or_keep(connection, trials), rows)


def finish_experiment(connection: Connection, experiment: str, now: datetime) -> None:
    """Take down that all trials are kept; the first moment of that stands."""
    unfinished = (experiments.c.id == experiment, experiments.c.finished_at.is_(None))
    connection.execute(update(experiments).where(*unfinished).values(finished_at=now))


def kept_places(connection: Connection, experiment: str) -> set[tuple[int, int]]:
    """Which trials are kept: the place of the cell, and the case."""
    query = select(trials.c.place, trials.c.case).where(trials.c.experiment == experiment)
    return {(row.place, row.case) for row in connection.execute(query)}


def read_trials(connection: Connection, experiment: str) -> list[Trial]:
    """The trials that are kept, in the order of the cells, and of the cases within a cell."""
    query = select(trials).where(trials.c.experiment == experiment).order_by(trials.c.place, trials.c.case)
    return [_trial(row._mapping) for row in connection.execute(query)]


def list_experiments(connection: Connection) -> list[ExperimentRow]:
    """All experiments that are kept, newest first."""
    return _read(connection, _rows().order_by(experiments.c.created_at.desc(), experiments.c.id))


def _values(experiment: str, place: int, trial: Trial) -> dict[str, Any]:
    measures = {name: getattr(trial, name) for name in _MEASURES}
    return {"experiment": experiment, "place": place, **trial.cell.model_dump(), **measures}


def _trial(row: Any) -> Trial:
    return Trial(cell=Cell(**{name: row[name] for name in _CELL}), **{name: row[name] for name in _MEASURES})


def _rows() -> Select[Any]:
    done = select(func.count()).select_from(trials).where(trials.c.experiment == experiments.c.id).scalar_subquery()
    return select(*experiments.columns, done.label("done"))


def _read(connection: Connection, query: Select[Any]) -> list[ExperimentRow]:
    return [ExperimentRow.model_validate(dict(row._mapping)) for row in connection.execute(query)]
