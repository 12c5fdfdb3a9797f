"""The command on a run's audit trail."""

from typing import TYPE_CHECKING, Annotated

import typer

from terminal.options import DatabaseOption, JsonFlag
from terminal.output import print_json, tell
from terminal.session import with_roundhouse
from terminal.trail import trail_json, trail_view

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command()
def audit(
    run: Annotated[str, typer.Argument(help="The run's id, or the beginning of it.")],
    *,
    expect: Annotated[
        str | None, typer.Option(metavar="HASH", help="The last hash, as you kept it elsewhere; must be in the trail.")
    ] = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Print who changed what in a run, and verify that nothing of it was altered or removed."""

    async def work(roundhouse: "Roundhouse") -> None:
        trail = await roundhouse.audit(run, expect)
        if as_json:
            print_json(trail_json(trail))
        else:
            tell(trail_view(trail))
        if not trail.verdict.is_whole:
            raise typer.Exit(1)

    with_roundhouse(database, work, needs="runs")
