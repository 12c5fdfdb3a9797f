"""Working: a worker with all that it needs, from its start until it is told to stop."""

import logging

from agents.files import FileStore
from graphs.catalogue import Catalogue
from runtime.channels.opened import open_channels
from runtime.models import Models
from runtime.queueing import NEEDS_POSTGRES
from runtime.roundhouse import Roundhouse
from runtime.settings import Settings
from runtime.watched import watched
from runtime.worker import LEASE, Say, Worker, opened_queue
from state.errors import UsageError
from state.sql.database import server_address

logger = logging.getLogger(__name__)


async def work(url: str, chosen: Settings, concurrency: int, say: Say, catalogue: Catalogue | None = None) -> None:
    """Work on the queue of a database until the process is told to stop.

    Raises ``UsageError`` for a database that is no PostgreSQL, ``UnusableDatabase`` for one that cannot be opened.
    """
    if server_address(url) is None:
        raise UsageError(NEEDS_POSTGRES)
    channels, models, files = open_channels(chosen), Models(chosen), FileStore(chosen.files)
    opening = Roundhouse.open(url, catalogue, channels, chosen.unknown, models, files, LEASE)
    # the database first: it says in one line why it cannot be opened
    async with opening as roundhouse, opened_queue(url) as queue:
        worker = Worker(roundhouse, queue, concurrency=concurrency, say=logger.info if chosen.log == "json" else say)
        with watched(roundhouse, chosen, concurrency, lambda: worker.is_stopping):
            await worker.run()
