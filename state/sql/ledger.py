"""The ledger in SQL: two indexed queries, whatever the number of runs, and no documents of runs.

Rows are summed up here rather than in SQL: SQLite's arithmetic of time knows milliseconds only, and a
specialist that follows rules takes microseconds.
"""

from typing import Any

from sqlalchemy import Connection, Select, select

from state.errors import UsageError
from state.human_time import Asked, HumanTime, human_time
from state.ledger import Call, Ledger, ledger_of
from state.run import RunFilter
from state.sql.runs import fitting
from state.sql.tables import batches, executions, reviews, runs


def read_ledger(connection: Connection, chosen: RunFilter) -> Ledger:
    """What was done in the runs that a filter means."""
    columns = [executions.c[name] for name in Call._fields]
    query = select(*columns).where(executions.c.run.in_(_ids(chosen)))
    query = query.order_by(executions.c.run, executions.c.ordinal)
    # not through a cursor: for that PostgreSQL plans to have the first rows soon, and takes long for all of them
    found = connection.execute(query)
    return ledger_of(map(Call._make, found), _human(connection, chosen))


def find_batch(connection: Connection, batch: str) -> str:
    """A batch by its id, or the beginning of it. Raises ``UsageError``."""
    query = select(batches.c.id).where(batches.c.id.startswith(batch, autoescape=True))
    found = list(connection.execute(query.order_by(batches.c.created_at.desc()).limit(3)).scalars())
    if batch in found or len(found) == 1:
        return batch if batch in found else found[0]
    if not found:
        raise UsageError(f"Batch {batch!r} does not exist. The newest begin with {_newest(connection)}.")
    raise UsageError(f"{batch!r} begins more than one batch: {', '.join(found)} and maybe others. Give more of it.")


def _newest(connection: Connection) -> str:
    query = select(batches.c.id).order_by(batches.c.created_at.desc(), batches.c.id).limit(3)
    return ", ".join(connection.execute(query).scalars()) or "nothing: no file of cases was run yet"


def _ids(chosen: RunFilter) -> Select[Any]:
    return select(runs.c.id).where(*fitting(chosen))


def _human(connection: Connection, chosen: RunFilter) -> HumanTime:
    columns = [reviews.c[name] for name in Asked._fields if name != "voice"]
    query = select(*columns, reviews.c.answer["voice"].as_string()).where(reviews.c.run.in_(_ids(chosen)))
    return human_time(map(Asked._make, connection.execute(query)))
