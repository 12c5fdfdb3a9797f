"""The choice: which runs a command that touches many is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, select

from state.errors import UsageError
from state.run import RunStatus
from state.sql.runs import find_run
from state.sql.tables import batches, runs

Among = Literal["all", "replaced"]
"""``all``: every run. ``replaced``: those whose case was run again in a newer batch of the same workflow and the same
name of a file."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which runs are meant: those that fit everything that is given."""

    statuses: tuple[RunStatus, ...]
    runs: tuple[str, ...] = ()
    """Ids, or beginnings of them; empty for all."""
    workflow: str | None = None
    batch: str | None = None
    error: str = ""
    """Words of the error, in capitals or not."""
    among: Among = "all"


@dataclass(frozen=True, slots=True)
class ChosenRun:
    """One of the runs, as a preview shows it."""

    id: str
    workflow: str
    case_id: str
    status: RunStatus
    batch: str | None
    error: str | None
    created_at: datetime


def chosen_runs(connection: Connection, choice: Choice) -> list[ChosenRun]:
    """The runs that are meant, oldest first.

    Raises ``UnknownRun``, and ``UsageError`` for a run that is named and does not fit the rest.
    """
    named = {row.id: row for row in (find_run(connection, each) for each in choice.runs)}
    columns = [runs.c[name] for name in ChosenRun.__dataclass_fields__]
    fitting = select(*columns).where(*_conditions(choice)).order_by(runs.c.created_at, runs.c.id)
    if named:
        fitting = fitting.where(runs.c.id.in_(named))
    found = [ChosenRun(**row._mapping) for row in connection.execute(fitting)]
    for run in named.keys() - {each.id for each in found}:
        raise UsageError(
            f"Run {run!r} of {named[run].workflow!r} is {named[run].status}. Here only runs are meant that are "
            f"{' or '.join(choice.statuses)}, and that fit the other options."
        )
    return found


def _conditions(choice: Choice) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [runs.c.status.in_(choice.statuses)]
    conditions += [runs.c.workflow == choice.workflow] if choice.workflow is not None else []
    conditions += [runs.c.batch == choice.batch] if choice.batch is not None else []
    conditions += [runs.c.error.icontains(choice.error, autoescape=True)] if choice.error else []
    conditions += [_is_replaced()] if choice.among == "replaced" else []
    return conditions


def _is_replaced() -> ColumnElement[bool]:
    """Whether a newer batch has the case again. A case that it does not have keeps its question."""
    later: Any = runs.alias("later")
    older, newer = batches.alias("older"), batches.alias("newer")
    same_source = (newer.c.workflow == older.c.workflow, newer.c.source == older.c.source)
    again = (later.c.batch == newer.c.id, later.c.workflow == runs.c.workflow, later.c.case_id == runs.c.case_id)
    query = select(later.c.id).where(older.c.id == runs.c.batch, newer.c.created_at > older.c.created_at)
    return query.where(*same_source, *again).exists()
