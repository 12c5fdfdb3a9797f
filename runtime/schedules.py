"""Schedules: runs that are started when their time has come, each once, whoever looks and whatever is killed.

A run's id is made of its schedule and moment, so that the same moment never makes a second one. Only when the run is
there is the next moment put in the place of the one that has come, and only if that still stands. Of moments that were
missed the latest is made up.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from graphs.recurrence import Recurrence
from runtime.checked import checked_case
from runtime.cron import latest_moment, next_moment, zone_of
from state.case import Case
from state.errors import DatabaseLost, LeaseLost, RoundhouseError, RunExists, UsageError
from state.plain import keepable
from state.run import Pins, RunStatus
from state.schedule import ScheduleRow
from state.sql.schedules import (
    Fired,
    advance,
    change_schedule,
    due_schedules,
    find_schedule,
    is_still_due,
    list_schedules,
)
from state.sql.store import Store
from state.sql.threads import MARK
from state.sql.tombstones import refuse_forgotten_run
from state.staffing import Staffing

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

logger = logging.getLogger(__name__)

MOST = 1000
"""How many schedules that are due one sweep looks at."""

AT_ONCE = 8
"""How many of their runs are driven at the same time."""

UNKNOWN_TIMES = timedelta(days=1)
"""When to look again at a schedule whose next moment cannot be told."""


@dataclass(frozen=True, slots=True)
class Started:
    """A run that a schedule has started."""

    schedule: ScheduleRow
    moment: datetime
    """In the schedule's time zone."""
    case: str
    """The id of the case that was run."""
    run: str
    status: RunStatus


Tell = Callable[[Started], None]
"""Is told of every run that a schedule has started."""


class Schedules:
    """What people do with schedules."""

    store: Store

    async def schedules(self) -> list[ScheduleRow]:
        """All schedules: those first that are active, and of these the next one due."""
        return await self.store.read(list_schedules)

    async def schedule(self, name: str) -> ScheduleRow:
        """One schedule, by its id, the beginning of it or its case's id. Raises ``UsageError``."""
        return await self.store.read(find_schedule, name)

    async def stop_schedule(self, name: str, *, by: str) -> ScheduleRow:
        """Have a schedule start no runs any more. Raises ``UsageError``."""
        found = await self.schedule(name)
        return await self.store.write(change_schedule, found, "stopped", found.next_at, by, datetime.now(UTC))

    async def resume_schedule(self, name: str, *, by: str) -> ScheduleRow:
        """Have a schedule go on; moments in which it was stopped are not made up. Raises ``UsageError``."""
        found, now = await self.schedule(name), datetime.now(UTC)
        next_at = next_moment(found.cron, found.zone, now)
        return await self.store.write(change_schedule, found, "active", next_at, by, now)


def run_of(schedule: ScheduleRow, moment: datetime) -> str:
    """The id of the run for a moment of a schedule."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", schedule.case_id)[:40].strip("-") or "case"
    return f"{readable.replace(MARK, '-')}-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{schedule.id[:8]}"


async def start_due(roundhouse: "Roundhouse", tell: Tell | None) -> list[str]:
    """Start what is due; returns the runs that this has started. Raises ``DatabaseLost``."""
    due = await roundhouse.store.read(due_schedules, datetime.now(UTC), MOST)
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(schedule: ScheduleRow) -> Started | None:
        async with turns:
            return await _fire(roundhouse, schedule)

    came = await asyncio.gather(*map(in_turn, due), return_exceptions=True)
    started = [each for each in came if isinstance(each, Started)]
    for each in started:
        (tell or _untold)(each)
    for raised in came:
        if isinstance(raised, BaseException):
            raise raised
    return [each.run for each in started]


def _untold(started: Started) -> None:
    """Say nothing."""


async def _fire(roundhouse: "Roundhouse", schedule: ScheduleRow) -> Started | None:
    """Start the run of the latest moment that has come, and go on to the next; None where nothing was started."""
    now, started = datetime.now(UTC), None
    if not await roundhouse.store.read(is_still_due, schedule):
        return None
    try:
        moment = latest_moment(schedule.cron, schedule.zone, schedule.next_at, now)
        fired = Fired(moment, run_of(schedule, moment), None)
        started = await _start(roundhouse, schedule, moment)
    except DatabaseLost:
        raise
    except Exception as refused:
        reason = str(refused) if isinstance(refused, RoundhouseError) else f"{type(refused).__name__}: {refused}"
        logger.warning("Schedule %r of case %r could not start a run: %s", schedule.id, schedule.case_id, reason)
        fired = Fired(schedule.next_at, None, keepable(reason))
    await roundhouse.store.write(advance, schedule, fired, _following(schedule, now))
    return started


async def _start(roundhouse: "Roundhouse", schedule: ScheduleRow, moment: datetime) -> Started | None:
    """Start and drive the run of a moment; None where somebody else has started it."""
    run, local = run_of(schedule, moment), moment.astimezone(zone_of(schedule.zone))
    driver = await roundhouse.driver(schedule.workflow, schedule.profile, Staffing.read(schedule.staff))
    case = _renewed(driver.workflow.recurrence, driver.workflow.case, schedule, local)
    await roundhouse.store.read(refuse_forgotten_run, run)
    pins: Pins = {**await driver.pins(datetime.now(UTC)), "schedule": schedule.id}
    try:
        status = await driver.start(case, run, pins=pins)
    except (RunExists, LeaseLost):
        return None
    return Started(schedule, local, case.id, run, status)


def _renewed(recurrence: Recurrence | None, contract: type[Case], schedule: ScheduleRow, moment: datetime) -> Case:
    """The case that is run at a moment. Raises ``UsageError`` where there is none any more."""
    if recurrence is None:
        raise UsageError(f"Workflow {schedule.workflow!r} runs no case again by itself any more.")
    case = checked_case(contract, recurrence.renewed(checked_case(contract, schedule.case_data), moment))
    if case.id == schedule.case_id:
        raise UsageError(f"The case for {moment:%Y-%m-%d %H:%M} is called {case.id!r}, as the one that stands for all.")
    return case


def _following(schedule: ScheduleRow, now: datetime) -> datetime:
    try:
        return next_moment(schedule.cron, schedule.zone, now)
    except UsageError:
        return now + UNKNOWN_TIMES
