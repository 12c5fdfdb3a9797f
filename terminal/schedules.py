"""What ``roundhouse schedules`` prints, and what is said of a run that a schedule has started."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from runtime.cron import upcoming, zone_of
from runtime.schedules import Started
from state.errors import UsageError
from state.schedule import ScheduleRow
from terminal.block import blocks
from terminal.tables import SHOWN, status_text, table
from terminal.text import plain
from terminal.widest import Widest

LONGEST_RUN = 32
"""How many characters of a run's id are shown in a list."""

WATCH = "Runs are started while 'roundhouse outbox --watch' or the app is open, and one of missed ones is made up then."
"""What a person must know for a schedule to start anything."""


def schedules_view(found: Sequence[ScheduleRow], count: int) -> RenderableType:
    """Schedules, with so many of their next runs as the clocks of their zones will read."""
    rows = table("schedule", "case", "workflow", "when", "next runs", "last run", "status")
    cells = [_cells(row, count) for row in found]
    for each in cells:
        rows.add_row(*each)
    narrow = blocks(
        (
            Text("  ").join((schedule, case, status)),
            {"workflow": workflow, "when": when, "next runs": following, "last run": last},
        )
        for schedule, case, workflow, when, following, last, status in cells
    )
    return Group(Widest(rows, narrow), *_troubles(found), Text(WATCH, style="dim"))


def _cells(row: ScheduleRow, count: int) -> tuple[Text, ...]:
    return (
        plain(row.id[:SHOWN], "bold"),
        plain(row.case_id),
        plain(row.workflow),
        Text.assemble(plain(row.cron), "\n", plain(row.zone, "dim")),
        Text("\n").join(map(Text, map(_clock, next_runs(row, count)))),
        _last(row),
        status_text(row.status),
    )


def schedule_json(row: ScheduleRow, count: int) -> dict[str, Any]:
    """The same of one schedule, for a program; the next runs with the offset of their zone."""
    return {**row.model_dump(mode="json"), "next": [moment.isoformat() for moment in next_runs(row, count)]}


def next_runs(row: ScheduleRow, count: int) -> list[datetime]:
    """When a schedule starts its next runs, in its zone; none where it is stopped or cannot be told."""
    if row.status == "stopped":
        return []
    try:
        return upcoming(row.cron, row.zone, row.next_at, count)
    except UsageError:
        return []


def started_line(started: Started) -> RenderableType:
    """That a schedule has started a run."""
    when = f"{_clock(started.moment)} {started.schedule.zone}"
    line = plain(f"Schedule {started.schedule.id[:SHOWN]}, {when}: case {started.case}, run {started.run}, ")
    return line + status_text(started.status)


def _last(row: ScheduleRow) -> Text:
    if row.last_at is None or row.last_run is None:
        return Text("–", style="dim")
    try:
        when = _clock(row.last_at.astimezone(zone_of(row.zone)))
    except UsageError:
        when = _clock(row.last_at)
    shown = row.last_run if len(row.last_run) <= LONGEST_RUN else f"{row.last_run[: LONGEST_RUN - 1]}…"
    return Text("\n").join([Text(when), plain(shown, "dim"), status_text(row.last_status or "gone")])


def _troubles(found: Sequence[ScheduleRow]) -> Iterator[RenderableType]:
    for row in found:
        if row.error is not None:
            yield plain(f"{row.id[:SHOWN]} could not start its latest run: {row.error}", "red")
        if row.status == "stopped" and row.changed_by is not None:
            yield plain(f"{row.id[:SHOWN]} was stopped by {row.changed_by}.", "yellow")


def _clock(moment: datetime) -> str:
    return f"{moment:%a %Y-%m-%d %H:%M:%S}".removesuffix(":00")
