"""The command on the figures of a period."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from state.errors import UnknownWorkflow
from terminal.duration import parsed_duration
from terminal.options import DatabaseOption, JsonFlag
from terminal.output import print_json, tell
from terminal.session import shipped_catalogue, with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command()
def stats(
    workflow: Annotated[str | None, typer.Argument(help="Only its cases; by default those of all workflows.")] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only cases started so long ago at the most: 30d, or s, min, h, w."),
    ] = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Tell how many cases finished alone, how the budget for human attention stands, and how conflicts were settled."""
    from runtime.budget import SqlBudgets
    from state.sql.figures import read_figures
    from state.sql.run_list import known_workflows
    from terminal.stats import stats_json, stats_view

    begun = None if since is None else datetime.now(UTC) - parsed_duration(since, "--since")

    async def work(roundhouse: "Roundhouse") -> None:
        store, catalogue = roundhouse.store, shipped_catalogue()
        known = await store.read(known_workflows)
        if workflow is not None and workflow not in (*known, *catalogue.names):
            raise UnknownWorkflow(workflow, tuple(dict.fromkeys([*known, *catalogue.names])), "it has no runs here")
        await roundhouse.attention.catch_up()
        figures = await store.read(read_figures, workflow, begun)
        budgets = SqlBudgets(store, catalogue.load)
        found = [budgets.read(name, begun) for name in ([workflow] if workflow else known)]
        if as_json:
            print_json(stats_json(figures, found))
        else:
            tell(stats_view(figures, found, workflow, since))

    with_roundhouse(database, work, needs="runs")
