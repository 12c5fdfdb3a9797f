"""The command of a worker: it drives what is on the queue."""

import asyncio
import logging
from typing import Annotated

import typer

from terminal.options import DatabaseOption
from terminal.output import say
from terminal.session import database_url

commands = typer.Typer()


@commands.command()
def worker(
    *,
    concurrency: Annotated[int | None, typer.Option(min=1, max=1024, help="Runs at the same time.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Drive the runs that are on the queue, deliver their effects, and let deadlines pass; stop it with Ctrl-C."""
    from runtime.settings import settings
    from runtime.working import work

    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    asyncio.run(work(database_url(database), settings(), concurrency or settings().concurrency, say))
