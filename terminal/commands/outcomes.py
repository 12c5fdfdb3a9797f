"""The command on what really happened to past cases."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.options import DatabaseOption, JsonFlag, ProfileOption, profile_in_full
from terminal.output import print_json, tell
from terminal.session import shipped_catalogue, with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command()
def outcomes(
    file: Annotated[
        Path, typer.Argument(help="A CSV or JSONL file: the case's id, its label, and optionally happened_at.")
    ],
    *,
    workflow: Annotated[
        str | None, typer.Option(help="Whose cases they are; by default the only ones that it can be about.")
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Record what really happened to past cases, and hold the certificate against it."""

    async def work(roundhouse: "Roundhouse") -> None:
        from runtime.outcomes import take_outcomes
        from terminal.outcomes import outcomes_json, outcomes_view

        told = await take_outcomes(roundhouse, shipped_catalogue().load, file, workflow, profile_in_full(profile))
        print_json(outcomes_json(told)) if as_json else tell(outcomes_view(told))

    with_roundhouse(database, work, needs="runs")
