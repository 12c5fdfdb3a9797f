"""The command on who worked, who waited and idled, and what each price model would charge."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from state.errors import UnknownWorkflow
from state.run import RunFilter
from terminal.duration import parsed_duration
from terminal.options import DatabaseOption, JsonFlag
from terminal.output import print_json, tell
from terminal.session import shipped_catalogue, with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command()
def economics(
    workflow: Annotated[str | None, typer.Argument(help="Only its runs; by default those of all workflows.")] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only runs started so long ago at the most: 30d, or s, min, h, w."),
    ] = None,
    batch: Annotated[str | None, typer.Option(help="Only those of a batch, by its id or the beginning of it.")] = None,
    volume: Annotated[
        int | None, typer.Option(min=1, max=1_000_000_000, help="What so many cases a month would cost.")
    ] = None,
    prices: Annotated[Path | None, typer.Option(metavar="FILE", help="Your price table, TOML.")] = None,
    print_prices: Annotated[bool, typer.Option("--print-prices", help="Only print the price table, to edit.")] = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Tell who worked, who waited and idled, what limits the work, and what each price model would charge."""
    from lab.economics import economics as worked_out
    from lab.licences.price_table import SHIPPED, read_price_table
    from terminal.economics import economics_json, economics_view

    table = read_price_table(prices)
    if print_prices:
        sys.stdout.write((prices or SHIPPED).read_text(encoding="utf-8"))
        return
    begun = None if since is None else datetime.now(UTC) - parsed_duration(since, "--since")

    async def work(roundhouse: "Roundhouse") -> None:
        from state.sql.ledger import find_batch, read_ledger

        if workflow is not None:
            await _check(roundhouse, workflow)
        named = None if batch is None else await roundhouse.store.read(find_batch, batch)
        chosen = RunFilter(workflow=workflow, batch=named, since=begun, origin="originals")
        ledger = await roundhouse.store.read(read_ledger, chosen)
        if not ledger.cases:
            print_json({"cases": 0}) if as_json else tell("No specialist has worked on such runs yet.")
            return
        found = worked_out(ledger, table, volume)
        if as_json:
            print_json(economics_json(found))
        else:
            tell(economics_view(found, _whose(workflow, named, since), _prices_words(prices)))

    with_roundhouse(database, work, needs="runs")


async def _check(roundhouse: "Roundhouse", workflow: str) -> None:
    """Raise ``UnknownWorkflow`` where a workflow has no runs and no shipped one has its name."""
    from state.sql.run_list import known_workflows

    known = await roundhouse.store.read(known_workflows)
    shipped = shipped_catalogue().names
    if workflow not in (*known, *shipped):
        raise UnknownWorkflow(workflow, tuple(dict.fromkeys([*known, *shipped])), "it has no runs here")


def _whose(workflow: str | None, batch: str | None, since: str | None) -> str:
    period = f", started in the last {since}" if since else ""
    return f"{workflow or 'all workflows'}{f', batch {batch}' if batch else ''}{period}"


def _prices_words(prices: Path | None) -> str:
    if prices is not None:
        return f"Prices: {prices}"
    return (
        "The prices are invented examples. For your own: roundhouse economics --print-prices > prices.toml, "
        "then --prices prices.toml"
    )
