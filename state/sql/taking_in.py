"""Taking in: a run is started and left to whoever drives it first, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from state.sql.inserts import WithRows
from state.sql.runs import insert_run, release_lease


def take_in(connection: Connection, row: Mapping[str, Any], by: str, now: datetime) -> WithRows[bool]:
    """Start a run that nobody drives yet; False where a run of that id was started before."""
    started = insert_run(connection, row, by, now)
    if started.result is not None:
        release_lease(connection, started.result)
    return WithRows(started.result is not None, started.rows)
