"""What the processes of the faults do. Each function runs in a process of its own, which may be killed at any moment.

A process says what it did through a pipe; what it said is what it acknowledged. All that a process will need is
imported here, since it is forked from one that has imported this.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from unittest.mock import patch

import time_machine
from pydantic import SecretStr
from sqlalchemy.dialects.postgresql import psycopg as psycopg

from graphs.catalogue import Catalogue, Entry
from runtime import delivery, leases
from runtime.channels.channel import Channel
from runtime.channels.opened import open_channel
from runtime.channels.webhook import WebhookChannel
from runtime.channels.webhook_address import WebhookAddress
from runtime.roundhouse import Roundhouse
from state.errors import AlreadyAnswered, DatabaseLost, LeaseLost, RunBusy, RunExists
from state.run import ReviewRow
from state.sql import runs, sqlite
from tests.faults.commits import Strike, Watch
from tests.support.triage import triage

CATALOGUE = Catalogue({"triage": Entry(lambda profile: triage)})

Say = Callable[[Any], None]

Way = Literal["again", "sweep"]
"""How a run that was cut off goes on. ``again``: the command is given again. ``sweep``: another process finds it."""

PAUSE = 0.05
"""Seconds between two tries against a database that is away."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case of the triage and the run that it gets."""

    run: str
    trouble: str = ""

    @property
    def case(self) -> dict[str, str]:
        """The case as it is handed in."""
        return {"id": f"case-{self.run}", "text": "printer hums", "trouble": self.trouble}


@dataclass(frozen=True, slots=True)
class World:
    """What surrounds a process."""

    url: str
    clock: float = 0.0
    """Seconds that its clock is ahead."""
    lease: float | None = None
    """Seconds that a driver holds a run; None for the product's own."""
    busy: float | None = None
    """Seconds that SQLite waits for a lock; None for the product's own."""
    host: str | None = None
    """The name of its machine; None for this one. From another one nobody sees which processes are dead."""
    channel: str | None = None
    """Where effects go; None where they stay in the outbox."""
    patience: float = 10.0
    """Seconds that a sender waits for a receiver."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The ways that effects go out by."""
        if self.channel is None:
            return {}
        if self.channel.startswith("http"):
            return {"default": WebhookChannel(WebhookAddress.parse(self.channel), timeout=self.patience)}
        return {"default": open_channel("default", SecretStr(self.channel))}

    def enter(self) -> None:
        """Make this process live in it, until it ends."""
        if self.clock:
            time_machine.travel(datetime.now(UTC) + timedelta(seconds=self.clock), tick=True).start()
        if self.lease is not None:
            for module in (runs, leases):
                patch.object(module, "LEASE", timedelta(seconds=self.lease)).start()
        if self.busy is not None:
            patch.object(sqlite, "BUSY_SECONDS", self.busy).start()
        if self.channel is not None:
            patch.object(delivery, "FIRST_PAUSE", 0.02).start()
        if self.host is not None:
            patch.object(socket, "gethostname", return_value=self.host).start()


async def carry_on(
    say: Say, world: World, tickets: Sequence[Ticket], by: str, way: Way = "again", strike: Strike | None = None
) -> None:
    """What a person does: start the cases or take them up again, and answer what they ask."""
    world.enter()
    watch = Watch(strike)
    watch.install()
    async with Roundhouse.open(world.url, CATALOGUE, world.channels) as roundhouse:
        say("ready")
        if way == "sweep":
            await roundhouse.sweep()
            still = [run.id for run in await roundhouse.runs() if run.status == "running"]
            say(("still running", still))
        await asyncio.gather(*(_carry(say, roundhouse, ticket, by) for ticket in tickets))
    say(("points", watch.points))


async def insist(say: Say, world: World, tickets: Sequence[Ticket], by: str, at_a_time: int) -> None:
    """The same against a database that goes away: whatever is refused is tried again until it is done."""
    world.enter()
    waiting = iter(tickets)

    async def work() -> None:
        for ticket in waiting:
            await _insist(say, roundhouse, ticket, by)
            say(("done", ticket.run))

    async with Roundhouse.open(world.url, CATALOGUE) as roundhouse:
        say("ready")
        await asyncio.gather(*(work() for _ in range(at_a_time)))


async def ask(say: Say, world: World, tickets: Sequence[Ticket]) -> None:
    """Start cases, and say the review of each that has a question."""
    world.enter()
    async with Roundhouse.open(world.url, CATALOGUE) as roundhouse:
        await asyncio.gather(*(roundhouse.start("triage", ticket.case, run=ticket.run) for ticket in tickets))
        for review in await roundhouse.inbox():
            say((review.run, review.id))


async def rival(say: Say, world: World, reviews: Sequence[str], by: str, barrier: Any) -> None:
    """Answer questions, each at the same moment as somebody else, and say what came of it."""
    world.enter()
    async with Roundhouse.open(world.url, CATALOGUE) as roundhouse:
        for review in reviews:
            await asyncio.to_thread(barrier.wait, 60)
            try:
                await roundhouse.answer(review, "edit", by=by, value={"team": f"{by} desk"})
                say((review, "won"))
            except AlreadyAnswered as refused:
                say((review, refused.by))


async def deliver(say: Say, world: World, rounds: int = 1) -> None:
    """Deliver what is due, so many times, with a moment in between."""
    world.enter()
    async with Roundhouse.open(world.url, CATALOGUE, world.channels) as roundhouse:
        say("ready")
        for _ in range(rounds):
            await roundhouse.delivery.drain()
            await asyncio.sleep(PAUSE)


async def sweep(say: Say, world: World) -> None:
    """Drive on what was cut off, and say which runs went on."""
    world.enter()
    async with Roundhouse.open(world.url, CATALOGUE) as roundhouse:
        say(("went on", await roundhouse.sweep()))


async def _insist(say: Say, roundhouse: Roundhouse, ticket: Ticket, by: str) -> None:
    while True:
        try:
            return await _carry(say, roundhouse, ticket, by)
        except (DatabaseLost, RunBusy, LeaseLost) as refused:
            say(("refused", type(refused).__name__))
            await asyncio.sleep(PAUSE)


async def _carry(say: Say, roundhouse: Roundhouse, ticket: Ticket, by: str) -> None:
    try:
        await roundhouse.start("triage", ticket.case, run=ticket.run)
    except RunExists:
        await roundhouse.resume(ticket.run)
    say(("started", ticket.run))
    for review in await roundhouse.questions(ticket.run):
        with suppress(AlreadyAnswered):
            await _answer(roundhouse, review, by)
            say(("answered", ticket.run))


async def _answer(roundhouse: Roundhouse, review: ReviewRow, by: str) -> None:
    """One person's answer, of the kind that the question is about; it can be told from another's."""
    match review.kind:
        case "low_confidence":
            await roundhouse.answer(review.id, "edit", by=by, value={"team": f"{by} desk"})
        case "conflict":
            await roundhouse.answer(review.id, "approve", by=by, prefer="Team")
        case _:
            await roundhouse.answer(review.id, "send_back", by=by, text=f"look again, says {by}")
