"""Processes that are put into a situation: a full disk, a poisoned group, all cases at once."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle
from multiprocessing.synchronize import Event
from signal import SIGKILL
from typing import Any

import time_machine
from sqlalchemy import Connection, event
from sqlalchemy.pool import Pool

from runtime.roundhouse import Roundhouse
from state.sql.committer import Reading
from state.sql.database import Database
from state.sql.inserts import Insert, Rows
from state.sql.tables import quarantine
from tests.faults.children import CATALOGUE, Say, Ticket, World, insist

GROUP = 32
"""Writes of one group."""

POISONED = 13
"""Which of them breaks a constraint."""

JUMPS_EVERY = 0.03
"""Seconds between two jumps of the clock, less than a case takes."""

MOST_PAGES = 2**32 - 2
"""As many pages as SQLite allows a database."""


async def insist_on_a_disk(
    say: Say, world: World, tickets: Sequence[Ticket], by: str, at_a_time: int, is_full: Event
) -> None:
    """Carry cases on with a SQLite file that cannot grow while ``is_full`` is set."""

    def limit(connection: Any, _record: object, _proxy: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {1 if is_full.is_set() else MOST_PAGES}")  # never below its size
        cursor.close()

    event.listen(Pool, "checkout", limit)
    await insist(say, world, tickets, by, at_a_time)


async def write_a_poisoned_group(say: Say, world: World) -> None:
    """Write a group with one bad item, say which were acknowledged, and be killed at once."""
    with Database.open(world.url) as database:
        held, go = asyncio.Event(), asyncio.get_running_loop()

        def hold(connection: Connection) -> None:
            asyncio.run_coroutine_threadsafe(held.wait(), go).result(10)

        holding = asyncio.create_task(database.committer.run(Reading(hold)))
        await asyncio.sleep(0.05)
        writing = [asyncio.create_task(database.committer.run(_line(number))) for number in range(GROUP)]
        await asyncio.sleep(0.05)
        held.set()
        outcomes = await asyncio.gather(holding, *writing, return_exceptions=True)
        say(("acknowledged", [number for number, outcome in enumerate(outcomes[1:]) if outcome is None]))
        say(("refused", [type(outcome).__name__ for outcome in outcomes[1:] if outcome is not None]))
        os.kill(os.getpid(), SIGKILL)


async def start_all(say: Say, world: World, tickets: Sequence[Ticket]) -> None:
    """Start cases at the same moment, and say what came of each."""
    world.enter()
    async with Roundhouse.open(world.url, CATALOGUE) as roundhouse:
        starts = [roundhouse.start("triage", ticket.case, run=ticket.run) for ticket in tickets]
        for ticket, outcome in zip(tickets, await asyncio.gather(*starts, return_exceptions=True), strict=True):
            say((type(outcome).__name__ if isinstance(outcome, BaseException) else outcome.status, ticket.run))


async def carry_on_while_the_clock_jumps(
    say: Say, world: World, tickets: Sequence[Ticket], by: str, jumps: Sequence[float]
) -> None:
    """Carry cases on, one after the other, with a clock that is set right and wrong all the while."""
    traveller = time_machine.travel(datetime.now(UTC), tick=True).start()

    async def jump() -> None:
        for seconds in cycle(jumps):
            await asyncio.sleep(JUMPS_EVERY)
            traveller.shift(seconds)
            say(("jumped", seconds))

    jumping = asyncio.create_task(jump())
    await insist(say, world, tickets, by, 1)
    jumping.cancel()


def _line(number: int) -> Rows:
    text = None if number == POISONED else "text"
    return Rows({Insert(quarantine, "keep"): [("batch", number, "field", "odd", text)]})
