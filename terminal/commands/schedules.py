"""The command on schedules: which cases are run again by themselves, when next, and what a person has to say of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from state.errors import UsageError
from terminal.options import ByOption, DatabaseOption, JsonFlag
from terminal.output import print_json, tell
from terminal.person import person_of
from terminal.session import with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()

NOTHING = "No case is run again by itself. One whose request has a schedule is, once its first run is completed."


@commands.command()
def schedules(
    schedule: Annotated[
        str | None, typer.Argument(help="One schedule: its id, the beginning of it, or its case's id.")
    ] = None,
    *,
    stop: Annotated[bool, typer.Option("--stop", help="Have it start no more runs.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Have it go on, from its next moment.")] = False,
    next_: Annotated[int, typer.Option("--next", min=0, max=100, help="Show so many of the next runs.")] = 3,
    by: ByOption = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List the cases that are run again by themselves, with their next runs; stop one, or have it go on."""
    if stop and resume:
        raise UsageError("--stop and --resume cannot be used together.")
    if (stop or resume) and schedule is None:
        raise UsageError("Say which schedule, such as: roundhouse schedules 0a1b2c --stop.")
    person = person_of(by) if stop or resume else ""

    async def work(roundhouse: "Roundhouse") -> None:
        from terminal.schedules import schedule_json, schedules_view

        if schedule is None:
            found = await roundhouse.schedules()
        elif stop:
            found = [await roundhouse.stop_schedule(schedule, by=person)]
        elif resume:
            found = [await roundhouse.resume_schedule(schedule, by=person)]
        else:
            found = [await roundhouse.schedule(schedule)]
        if as_json:
            print_json([schedule_json(row, next_) for row in found])
        else:
            tell(schedules_view(found, next_) if found else NOTHING)

    with_roundhouse(database, work, needs="runs")
