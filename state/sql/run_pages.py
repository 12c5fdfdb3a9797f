"""Pages of runs, each from where the one before ended, so that a far page costs no more than the first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, not_, select

from state.run import RunFilter, RunRow
from state.sql.runs import fitting, run_row
from state.sql.tables import runs


@dataclass(frozen=True, slots=True)
class Place:
    """A run in the list of all, newest first."""

    at: datetime
    """When it was started."""
    run: str


def runs_after(connection: Connection, chosen: RunFilter, after: Place | None, limit: int) -> list[RunRow]:
    """Runs, newest first, from behind a place on; from the newest on where there is none."""
    order = (runs.c.created_at.desc(), runs.c.id)
    behind = [] if after is None else [_is_behind(after)]
    page = select(runs.c.id).where(*fitting(chosen), *behind).order_by(*order).limit(limit)
    columns = [runs.c[name] for name in RunRow.model_fields]
    return [run_row(row) for row in connection.execute(select(*columns).where(runs.c.id.in_(page)).order_by(*order))]


def _is_behind(place: Place) -> ColumnElement[bool]:
    """Said so that the index finds the first of them at once."""
    at_once = and_(runs.c.created_at == place.at, runs.c.id <= place.run)
    return and_(runs.c.created_at <= place.at, not_(at_once))
