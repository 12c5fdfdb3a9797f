"""Commands on runs: list them, and tell the story of one."""

from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from state.errors import UsageError
from state.run import RunStatus
from terminal.options import DatabaseOption, JsonFlag
from terminal.output import print_json, print_list, tell
from terminal.session import with_roundhouse
from terminal.story import story_view
from terminal.tables import runs_view

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command()
def runs(
    *,
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(get_args(RunStatus))}.")] = None,
    workflow: Annotated[str | None, typer.Option(help="Only those of this workflow.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List runs, newest first."""
    if status is not None and status not in get_args(RunStatus):
        raise UsageError(f"Status {status!r} is not known. Use one of {', '.join(get_args(RunStatus))}.")
    from state.run import RunFilter

    chosen = RunFilter(workflow=workflow, status=cast(RunStatus | None, status))

    async def work(roundhouse: "Roundhouse") -> None:
        found = await roundhouse.runs(chosen, limit)
        print_list(found, as_json, lambda: runs_view(found), "There are no such runs.")

    with_roundhouse(database, work, needs="runs")


@commands.command()
def show(
    run: Annotated[str, typer.Argument(help="The run's id, or the beginning of it.")],
    *,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Tell the whole story of a run."""

    async def work(roundhouse: "Roundhouse") -> None:
        story = await roundhouse.show(run)
        if as_json:
            print_json({"id": story.run.id, **story.model_dump(mode="json")})
        else:
            tell(story_view(story))

    with_roundhouse(database, work, needs="runs")
