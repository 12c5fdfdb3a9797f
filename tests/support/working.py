"""Workers at work on the triage, in this process or in one of its own."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg.rows import TupleRow

from graphs.catalogue import Catalogue, Entry
from runtime.queueing import Queueing
from runtime.roundhouse import Roundhouse
from runtime.worker import LEASE, Worker, ensure_queue, opened_queue
from state.run import RunRow
from tests.support.triage import Ticket, Trouble, changed, triage

CATALOGUE = Catalogue({"triage": Entry(lambda profile: triage)})

PATIENCE = 30.0
"""Seconds that something is waited for which a worker does in less than one."""


def catalogue_of(version: str | None) -> Catalogue:
    """The triage as it is, or with another version of one specialist."""
    return CATALOGUE if version is None else Catalogue({"triage": Entry(lambda profile: changed(version))})


@asynccontextmanager
async def front_door(url: str, version: str | None = None) -> AsyncIterator[tuple[Roundhouse, Queueing]]:
    """A Roundhouse that starts and answers, and drives nothing by itself; the database gets its queue."""
    async with Roundhouse.open(url, catalogue_of(version)) as roundhouse:
        await ensure_queue(roundhouse.store)
        yield roundhouse, Queueing(roundhouse.store)


@asynccontextmanager
async def working(url: str, version: str | None = None, concurrency: int = 8) -> AsyncIterator[Worker]:
    """A worker that works meanwhile, and drains in the end."""
    async with opened_queue(url) as queue, Roundhouse.open(url, catalogue_of(version), lease=LEASE) as roundhouse:
        worker = Worker(roundhouse, queue, concurrency=concurrency, say=lambda words: None)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await task


async def work_apart(
    say: Callable[[Any], None], url: str, host: str | None, version: str | None, concurrency: int
) -> None:
    """A worker in a process of its own, on a machine of that name, until it is told to stop."""
    if host is not None:
        patch.object(socket, "gethostname", return_value=host).start()
    async with opened_queue(url) as queue, Roundhouse.open(url, catalogue_of(version), lease=LEASE) as roundhouse:
        await Worker(roundhouse, queue, concurrency=concurrency, say=say).run()


async def put(
    roundhouse: Roundhouse, queueing: Queueing, runs: Sequence[str], trouble: Trouble = "", **how: Any
) -> int:
    """Put cases of the triage on the queue; returns how many are new."""
    cases = {run: Ticket(id=f"case-{run}", text="printer hums", trouble=trouble) for run in runs}
    return len(await queueing.start(await roundhouse.driver("triage"), cases, **how))


async def at_standstill(roundhouse: Roundhouse) -> list[RunRow]:
    """All runs, once none is under way any more."""
    until = time.monotonic() + PATIENCE
    while True:
        runs = await roundhouse.runs(limit=1000)
        if all(run.status != "running" for run in runs):
            return runs
        assert time.monotonic() < until, [run for run in runs if run.status == "running"]
        await asyncio.sleep(0.02)


def rows(url: str, statement: str) -> list[TupleRow]:
    """The rows of a query, in plain SQL."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(statement.encode())
        return found.fetchall() if found.description else []
