"""Taking in: a run is started and left to whoever drives it first, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from state.sql.fence import held
from state.sql.inserts import WithRows
from state.sql.runs import insert_run
from state.sql.tables import runs


def take_in(connection: Connection, row: Mapping[str, Any], by: str, now: datetime) -> WithRows[bool]:
    """Start a run that nobody has driven yet; False where a run of that id was started before."""
    started = insert_run(connection, row, by, now)
    if started.result is not None:
        untouched = {"driver": None, "lease_until": None, "fence": 0}
        connection.execute(update(runs).where(held(started.result)).values(untouched))
    return WithRows(started.result is not None, started.rows)
