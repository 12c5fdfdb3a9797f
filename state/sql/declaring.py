"""Declaring: what a finished run says of when its case is run again, kept in the transaction of its effects.

A case has one schedule. Run again with other times it has those from then on; without any, it has none any more. What
a person has stopped stays stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never

from sqlalchemy import Connection, Row, delete, select, update

from state.audit import Deed, canonical
from state.journal import HUB
from state.sql.columns import sixteen_digits
from state.sql.keep import insert_or_keep
from state.sql.tables import schedules


@dataclass(frozen=True, slots=True)
class Series:
    """A case that is run again at every moment of a cron expression in a time zone."""

    case: Mapping[str, Any]
    """The case that stands for the series, as plain JSON."""
    cron: str
    zone: str
    next_at: datetime
    """Its first moment after now."""
    profile: str | None
    staff: Mapping[str, str] | None


Declared = Series | Literal["once", "nothing"]
"""``once``: the case is not run again by itself. ``nothing``: the run says nothing of that."""


def schedule_id(workflow: str, case: str) -> str:
    """Identifies the schedule of a case."""
    return sixteen_digits(canonical(["schedule", workflow, case]))


def declare(connection: Connection, run: Row[Any], declared: Declared, at: datetime) -> list[Deed]:
    """Keep what a run declares; a fork declares nothing. Returns what was done."""
    if run.origin is not None:
        return []
    identity = schedule_id(run.workflow, run.case_id)
    match declared:
        case "nothing":
            return []
        case "once":
            ended = connection.execute(delete(schedules).where(schedules.c.id == identity)).rowcount
            return [Deed(at, "system", HUB, "unscheduled", identity)] if ended else []
        case Series():
            return _kept(connection, run, identity, declared, at)
        case _ as impossible:
            assert_never(impossible)


def _kept(connection: Connection, run: Row[Any], identity: str, series: Series, at: datetime) -> list[Deed]:
    times = {"cron": series.cron, "zone": series.zone}
    said = {"case_data": series.case, "profile": series.profile, "staff": series.staff, "run": run.id, **times}
    known = {"id": identity, "workflow": run.workflow, "case_id": run.case_id, "created_at": at}
    new = insert_or_keep(connection, schedules).values({**known, **said, "next_at": series.next_at})
    deed = Deed(at, "system", HUB, "scheduled", identity, after=times)
    if connection.execute(new.returning(schedules.c.id)).scalar_one_or_none() is not None:
        return [deed]
    here = schedules.c.id == identity
    columns = (schedules.c.cron, schedules.c.zone, schedules.c.run)
    before = connection.execute(select(*columns).where(here).with_for_update()).one()
    moved = (before.cron, before.zone) != (series.cron, series.zone)
    # with the times as they were, a moment that was missed is still to be made up
    values = said | ({"next_at": series.next_at, "error": None} if moved else {})
    connection.execute(update(schedules).where(here).values(values))
    return [deed] if moved or before.run != run.id else []
