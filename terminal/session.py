"""A command's time with an open Roundhouse."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal

from runtime.settings import settings
from terminal.output import stop

if TYPE_CHECKING:
    from agents.chat.session import Listener
    from graphs.catalogue import Catalogue
    from runtime.roundhouse import Roundhouse

STOPPED = "Stopped. What was finished is kept; give the same command again, without --fresh, to go on."
"""What is said where the user stops a command."""

STOPPED_WAITING = "Stopped waiting. The workers go on; give the same command again, without --fresh, to see how far."
"""The same where the user only waits for workers."""


def database_url(database: str | None) -> str:
    """The database that a command means: that of its option, or that of the settings."""
    return database or settings().database_url


def shipped_catalogue() -> "Catalogue":
    """The workflows that Roundhouse ships, which keep their files where the settings say."""
    from agents.files import FileStore
    from graphs.catalogue import shipped

    return shipped(FileStore(settings().files))


def with_roundhouse(
    database: str | None,
    work: Callable[["Roundhouse"], Awaitable[None]],
    needs: Literal["runs", "nothing"] = "nothing",
    effects: Literal["delivered", "left"] = "left",
    listener: "Listener | None" = None,
    stopped: str = STOPPED,
) -> None:
    """Do the work with an open Roundhouse; a command that needs runs makes no database where there is none.

    Effects are delivered meanwhile by the commands that finish runs, and left in the outbox by those that only look.
    The listener hears what chat models think; without one they are not streamed. ``stopped`` is what is said where the
    user stops the command.
    """
    # the graph engine and the database take a second to import, which help and mistakes need not wait for
    from state.sql.database import require_database

    url = database_url(database)
    if needs == "runs":
        require_database(url)
    from agents.files import FileStore
    from runtime.channels.opened import open_channels
    from runtime.models import Models
    from runtime.roundhouse import Roundhouse
    from runtime.telemetry.telemetry import telemetry

    chosen = settings()
    channels = open_channels(chosen) if effects == "delivered" else {}
    models, files = Models(chosen, listener), FileStore(chosen.files)

    async def opened() -> None:
        async with Roundhouse.open(
            url, channels=channels, on_unknown=chosen.unknown, models=models, files=files
        ) as roundhouse:
            with telemetry(chosen) as watchers:
                roundhouse.usher.watchers += watchers
                await work(roundhouse)

    try:
        asyncio.run(opened())
    except KeyboardInterrupt:
        stop(stopped, 130)
