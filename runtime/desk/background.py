"""The background: one thread with one event loop, in which an open Roundhouse lives as long as its process.

A page's script is run anew, in another thread, at every click, and an event loop that is closed takes its clients with
it. So pages hand work over to this one loop, and wait for it or look in again later. Meanwhile the loop delivers
effects, lets deadlines pass and drives on what a crash cut off.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from agents.files import FileStore
from graphs.catalogue import Catalogue
from runtime.channels.channel import Channel
from runtime.delivery import OnUnknown
from runtime.models import Models
from runtime.roundhouse import Roundhouse
from state.errors import DatabaseLost
from state.sql.store import Store

T = TypeVar("T")

logger = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two sweeps."""

Work = Callable[[Roundhouse], Coroutine[Any, Any, T]]
"""What is done in the loop, given the open Roundhouse."""


class Background:
    """Runs a Roundhouse in a thread of its own, from when it is made until it is closed."""

    def __init__(
        self,
        url: str,
        catalogue: Catalogue,
        channels: Mapping[str, Channel] | None = None,
        on_unknown: Mapping[str, OnUnknown] | None = None,
        models: Models | None = None,
        files: FileStore | None = None,
    ) -> None:
        """Open the database of a URL, which is created where it is empty. Raises ``UnusableDatabase``."""
        self._url, self._catalogue = url, catalogue
        self._channels, self._on_unknown, self._models, self._files = channels, on_unknown, models, files
        self._opened: Future[Roundhouse] = Future()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._run, name="roundhouse", daemon=True)
        self._thread.start()
        self._roundhouse = self._opened.result()

    @property
    def store(self) -> Store:
        """The tables, to be read in any thread with ``read_now``."""
        return self._roundhouse.store

    def begin(self, work: Work[T]) -> "Future[T]":
        """Have work begun in the loop; the future is done when it is."""
        return asyncio.run_coroutine_threadsafe(self._tracked(work), self._loop)

    def do(self, work: Work[T]) -> T:
        """Have work done in the loop, and wait for what comes of it; raises what it raises."""
        return self.begin(work).result()

    def close(self) -> None:
        """Stop what is under way where it can be gone on with, deliver what is due, and let go of the database."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as raised:
            if self._opened.done():
                logger.exception("The background ended.")
            else:
                self._opened.set_exception(raised)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _live(self) -> None:
        ways = self._channels, self._on_unknown
        opened = Roundhouse.open(self._url, self._catalogue, *ways, self._models, self._files)
        async with opened as roundhouse:
            self._under_way.add(asyncio.create_task(_keep_sweeping(roundhouse)))
            self._opened.set_result(roundhouse)
            await self._end.wait()
            await self._stopped()

    async def _stopped(self) -> None:
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tracked(self, work: Work[T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            return await work(self._roundhouse)
        finally:
            self._under_way.discard(task)


async def _keep_sweeping(roundhouse: Roundhouse) -> None:
    while True:
        try:
            await roundhouse.sweep()
        except DatabaseLost as lost:
            logger.warning("%s", lost)
        except Exception:
            logger.exception("Sweeping goes on after an error.")
        await asyncio.sleep(PAUSE)
