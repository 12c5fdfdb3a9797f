"""``make bench``: every scenario, one after the other, as one table with its targets."""

import asyncio
import sys

from rich.console import Console

from benchmarks import agenda, big_reports, checkpointer, exchange_rates, hub, leads, memory, models, pages, reports
from benchmarks.report import table
from state.errors import UnreadableSource

SCENARIOS = {
    "agenda": agenda,
    "big_reports": big_reports,
    "checkpointer": checkpointer,
    "exchange_rates": exchange_rates,
    "hub": hub,
    "leads": leads,
    "memory": memory,
    "models": models,
    "pages": pages,
    "reports": reports,
}


def main() -> None:
    """Run the scenarios that are named, or all."""
    console = Console()
    wanted = sys.argv[1:] or list(SCENARIOS)
    unknown = [name for name in wanted if name not in SCENARIOS]
    if unknown:
        sys.exit(f"{', '.join(unknown)} is no scenario. Use {', '.join(SCENARIOS)}.")
    for name in wanted:
        try:
            console.print(table(name, asyncio.run(SCENARIOS[name].measure())))
        except UnreadableSource as missing:
            console.print(f"{name} is left out. {missing}", markup=False)


main()
