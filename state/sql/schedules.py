"""Schedules in SQL: which are due, what came of them, and what people do with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, or_, select, update

from state.audit import Deed
from state.errors import UsageError
from state.schedule import ScheduleRow, ScheduleStatus
from state.sql.audit import append, lock_run
from state.sql.tables import runs, schedules


@dataclass(frozen=True, slots=True)
class Fired:
    """What came of a schedule's moment."""

    moment: datetime
    run: str | None
    """The run that was started for it; None where none could be."""
    error: str | None


def due_schedules(connection: Connection, now: datetime, limit: int) -> list[ScheduleRow]:
    """The active schedules whose next moment has come, the longest overdue first."""
    query = _rows(schedules.c.status == "active", schedules.c.next_at <= now)
    return _read(connection, query.order_by(schedules.c.next_at, schedules.c.id).limit(limit))


def is_still_due(connection: Connection, schedule: ScheduleRow) -> bool:
    """Whether nobody has taken care of a schedule's next moment meanwhile, stopped it or forgotten its case."""
    return connection.execute(select(schedules.c.id).where(*_as_it_was(schedule))).one_or_none() is not None


def advance(connection: Connection, schedule: ScheduleRow, fired: Fired, following: datetime) -> bool:
    """Have a schedule's next moment be a later one; False where somebody else has done so meanwhile."""
    values: dict[str, Any] = {"next_at": following, "error": fired.error}
    if fired.run is not None:
        values |= {"last_at": fired.moment, "last_run": fired.run}
    return connection.execute(update(schedules).where(*_as_it_was(schedule)).values(values)).rowcount > 0


def list_schedules(connection: Connection) -> list[ScheduleRow]:
    """All schedules: those first that are active, and of these the next one due."""
    return _read(connection, _rows().order_by(schedules.c.status, schedules.c.next_at, schedules.c.id))


def find_schedule(connection: Connection, name: str) -> ScheduleRow:
    """A schedule, by its id, by its case's id, or by the only id that begins so. Raises ``UsageError``."""
    begins_so = schedules.c.id.startswith(name, autoescape=True)
    for which in (schedules.c.id == name, schedules.c.case_id == name, begins_so):
        found = _read(connection, _rows(which).limit(2)) if name else []
        if len(found) == 1:
            return found[0]
    raise UsageError(f"Schedule {name!r} does not exist, or is not the only one. 'roundhouse schedules' lists them.")


def change_schedule(
    connection: Connection, schedule: ScheduleRow, to: ScheduleStatus, next_at: datetime, by: str, now: datetime
) -> ScheduleRow:
    """Stop a schedule, or have it go on from a moment; the trail of the run that declared it says who did.

    Raises ``UsageError`` where it is so already.
    """
    lock_run(connection, schedule.run)
    values = {"status": to, "next_at": next_at, "error": None, "changed_by": by, "changed_at": now}
    other = (schedules.c.id == schedule.id, schedules.c.status != to)
    if connection.execute(update(schedules).where(*other).values(values)).rowcount == 0:
        raise UsageError(f"Schedule {schedule.id!r} is {to} already, or gone.")
    action: Any = "stopped" if to == "stopped" else "resumed"
    append(connection, schedule.run, [Deed(now, "human", by, action, schedule.id, {"status": schedule.status})])
    return find_schedule(connection, schedule.id)


def schedules_of_case(connection: Connection, case: str, workflow: str | None) -> list[ScheduleRow]:
    """The schedules of a case, by its id."""
    here = [schedules.c.case_id == case, *([schedules.c.workflow == workflow] if workflow is not None else [])]
    return _read(connection, _rows(*here).order_by(schedules.c.id))


def still(connection: Connection, found: Sequence[ScheduleRow]) -> None:
    """Have some schedules start nothing any more."""
    mine = schedules.c.id.in_([each.id for each in found])
    connection.execute(update(schedules).where(mine).values(status="stopped"))


def remove(connection: Connection, found: Sequence[ScheduleRow]) -> None:
    """Remove some schedules."""
    connection.execute(delete(schedules).where(schedules.c.id.in_([each.id for each in found])))


def started_by(schedule_ids: Sequence[str]) -> ColumnElement[bool]:
    """Whether a run was started by one of some schedules."""
    return or_(*(runs.c.pins["schedule"].as_string() == each for each in schedule_ids))


def _as_it_was(schedule: ScheduleRow) -> tuple[ColumnElement[bool], ...]:
    return schedules.c.id == schedule.id, schedules.c.status == "active", schedules.c.next_at == schedule.next_at


def _rows(*which: ColumnElement[bool]) -> Select[Any]:
    columns = [schedules.c[name] for name in ScheduleRow.model_fields if name != "last_status"]
    joined = schedules.outerjoin(runs, runs.c.id == schedules.c.last_run)
    return select(*columns, runs.c.status.label("last_status")).select_from(joined).where(*which)


def _read(connection: Connection, query: Select[Any]) -> list[ScheduleRow]:
    return [ScheduleRow.model_validate(dict(row._mapping)) for row in connection.execute(query)]
