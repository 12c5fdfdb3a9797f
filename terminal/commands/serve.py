"""The command that takes cases in and answers over HTTP."""

import logging
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.options import DatabaseOption
from terminal.output import tell
from terminal.person import person_of
from terminal.session import shipped_catalogue, with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

ENDED = "Ended. What was taken in is kept, and goes on when somebody serves or works again."

commands = typer.Typer()


@commands.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine only with API keys.")] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(min=1, max=65_535, help="At which port.")] = 8400,
    queue: Annotated[bool, typer.Option("--queue", help="Leave the work to 'roundhouse worker' (PostgreSQL).")] = False,
    concurrency: Annotated[int | None, typer.Option(min=1, max=1024, help="Runs at the same time.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Take cases in, tell of runs and take answers, over HTTP."""
    from runtime.queueing import Queueing
    from runtime.service.keys import Keys
    from runtime.service.offered import Offered
    from runtime.service.server import listening, refuse_open
    from runtime.service.server import serve as served
    from runtime.service.service import Service
    from runtime.settings import settings

    chosen = settings()
    keys = Keys(chosen.api_keys, person_of(None))
    refuse_open(host, bool(keys))
    listener = listening(host, port)
    if chosen.log != "json":
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)

    async def work(roundhouse: "Roundhouse") -> None:
        if queue:
            await Queueing(roundhouse.store).check()
        service = Service(
            roundhouse=roundhouse,
            offered=Offered(shipped_catalogue(), chosen.workflows, chosen.profiles),
            keys=keys,
            at_once=concurrency or chosen.concurrency,
            is_queued=queue,
            notifies=chosen.service_webhook is not None,
        )
        async with service.driving.open():
            await served(service.app, listener, lambda: _tell_ready(host, port, keys=bool(keys), queue=queue))
        tell(ENDED)

    with listener:
        with_roundhouse(database, work, effects="delivered", stopped=ENDED)


def _tell_ready(host: str, port: int, *, keys: bool, queue: bool) -> None:
    """Where the service is, who may ask, and who does the work."""
    at = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    tell(f"Serving on {at}, described at /openapi.json")
    if not keys:
        tell("No API keys are set (ROUNDHOUSE_API_KEYS): all on this machine may ask.", style="yellow")
    tell("Workers drive what is taken in: roundhouse worker" if queue else "This process drives what is taken in.")
