"""The command on spot checks: cases that are decided once more, and the verdict on one."""

from typing import TYPE_CHECKING, Annotated

import typer

from state.errors import UsageError
from terminal.options import ByOption, DatabaseOption, JsonFlag
from terminal.output import print_json, print_model, tell
from terminal.person import person_of
from terminal.session import shipped_catalogue, with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command(name="spot-checks")
def spot_checks(
    run: Annotated[str | None, typer.Argument(help="The run to decide once more, or the beginning of its id.")] = None,
    *,
    verdict: Annotated[str | None, typer.Option(metavar="VALUE", help="What you decide, as the list asks.")] = None,
    by: ByOption = None,
    workflow: Annotated[str | None, typer.Option(help="List only those of this workflow.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many.")] = 20,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List automated cases to be decided once more, without what the hub decided; or give a verdict on one."""
    if (run is None) != (verdict is None):
        raise UsageError("Give a run and --verdict together, or neither of them to list what is open.")
    person = person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        from runtime.spot_checks import agreement_of, answer_check, waiting_checks
        from terminal.spot_checks import check_json, checks_view, verdict_view

        store, load = roundhouse.store, shipped_catalogue().load
        if run is None or verdict is None:
            found, agreement = waiting_checks(store, load, workflow, limit), agreement_of(store, workflow)
            print_json([check_json(each) for each in found]) if as_json else tell(checks_view(found, agreement))
            return
        row = await answer_check(store, load, run, verdict, person)
        print_model(row) if as_json else tell(verdict_view(row, agreement_of(store, row.workflow)))

    with_roundhouse(database, work, needs="runs")
