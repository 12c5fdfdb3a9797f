"""How SQLite reads the table of runs: by which index, and whether from it alone."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import Connection, event

from state.sql.database import Database

P = ParamSpec("P")


def plans(
    database: Database, read: Callable[Concatenate[Connection, P], object], *args: P.args, **kwargs: P.kwargs
) -> list[str]:
    """The steps in which a reading goes to the runs, as SQLite's planner words them."""
    given: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        given.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        with database.reading() as connection:
            read(connection, *args, **kwargs)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    with database.reading() as connection:
        steps = [
            str(step.detail)
            for statement, parameters in given
            if statement.startswith(("SELECT", "WITH"))
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    found = [step for step in steps if step.startswith(("SCAN runs", "SEARCH runs"))]
    assert found, "it reads no runs"
    return found
