"""Working: a worker with all that it needs, from its start until it is told to stop."""

import logging

from agents.files import FileStore
from graphs.catalogue import Catalogue
from runtime.channels.opened import open_channels
from runtime.models import Models
from runtime.roundhouse import Roundhouse
from runtime.settings import Settings
from runtime.watched import watched
from runtime.worker import LEASE, Say, Worker, opened_queue

logger = logging.getLogger(__name__)


async def work(url: str, chosen: Settings, concurrency: int, say: Say, catalogue: Catalogue | None = None) -> None:
    """Work on the queue of a database until the process is told to stop.

    Raises ``UsageError`` for a database that is no PostgreSQL, ``UnusableDatabase`` for one that cannot be opened.
    """
    channels, models, files = open_channels(chosen), Models(chosen), FileStore(chosen.files)
    opening = Roundhouse.open(url, catalogue, channels, chosen.unknown, models, files, LEASE)
    async with opened_queue(url) as queue, opening as roundhouse:
        worker = Worker(roundhouse, queue, concurrency=concurrency, say=logger.info if chosen.log == "json" else say)
        with watched(roundhouse, chosen, concurrency, lambda: worker.is_stopping):
            await worker.run()
