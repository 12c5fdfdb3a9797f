"""The delivery: a loop of its own that takes effects out of the outbox and hands them to their channels.

Every attempt is marked before it begins and settled after it ended. So a sender that is killed at any moment leaves
a mark, and whoever delivers next knows what that means: where the receiver tells repeats apart, send it again; where it
does not, the effect is unknown, and is repeated only if a person or a declared policy says so. The files that go with
an effect are read when it is sent; one that is lost, or is not what it was, is a person's business.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, assert_never

from agents.files import FileLost, FileStore
from runtime.channels.channel import Channel, Doubtful, Failed, Outcome, Refused, Sent
from runtime.channels.words import why
from runtime.identity import driver_identity, is_dead
from state.audit import Action
from state.effect import Parcel
from state.errors import DatabaseLost, UsageError
from state.sql.outbox import LONGEST_PAUSE, Marked, mark_due, recover, resolve, senders, settle
from state.sql.store import Store

logger = logging.getLogger(__name__)

ATTEMPTS = 12
"""How often an effect is tried before it is dead; with the growing pauses that is about two and a half hours."""

FIRST_PAUSE = 5.0
"""Seconds before the second attempt; each pause is twice the one before, give or take a quarter."""

AT_ONCE = 16
"""How many effects are on their way at the same time."""

POLL = 1.0
"""Seconds between two looks at an outbox in which nothing was due."""

MOST_ATTACHED = 100_000_000
"""Bytes of all attachments of an effect, which are in memory while it is sent."""

OnUnknown = Literal["ask", "again", "delivered"]
"""What becomes of an effect of which it is unknown whether it arrived: a person says, it is sent again, or it counts as
delivered."""


class Delivery:
    """Delivers what is in the outbox of one database."""

    def __init__(
        self,
        *,
        store: Store,
        channels: Mapping[str, Channel],
        on_unknown: Mapping[str, OnUnknown] | None = None,
        files: FileStore | None = None,
    ) -> None:
        self._store = store
        self._channels = dict(channels)
        self._on_unknown = dict(on_unknown or {})
        self._files = files or FileStore()
        self._identity = driver_identity()
        self._turn = asyncio.Lock()
        self.counts: Counter[str] = Counter()
        """How many attempts ended in which status."""

    @property
    def is_idle(self) -> bool:
        """Whether it has no channel, so that others deliver."""
        return not self._channels

    async def once(self) -> int:
        """Try what is due now, up to ``AT_ONCE`` effects; returns how many were tried. Raises ``DatabaseLost``."""
        now = datetime.now(UTC)
        marked = await self._store.write(mark_due, list(self._channels), self._identity, now, AT_ONCE)
        await asyncio.gather(*(self._attempt(each) for each in marked))
        return len(marked)

    async def drain(self) -> None:
        """Take up what was cut off, and try everything that is due now, each once."""
        async with self._turn:
            await self.take_up()
            while await self.once():
                pass

    async def keep(self) -> None:
        """Deliver until cancelled; what is on its way then is waited for."""
        while True:
            try:
                await self._shielded()
            except DatabaseLost:
                pass  # it may come back
            except Exception:
                logger.exception("The delivery goes on after an error.")
            await asyncio.sleep(POLL)

    async def take_up(self) -> None:
        """Find what was cut off while it was being sent."""
        found = await self._store.read(senders)
        dead = [sender for sender in found if is_dead(sender)]
        repeatable = {name: channel.tells_repeats_apart for name, channel in self._channels.items()}
        if found:
            for parcel in await self._store.write(recover, repeatable, dead, datetime.now(UTC)):
                self.counts["unknown"] += 1
                await self._decide(parcel.id, parcel.channel)

    async def close(self) -> None:
        """Let go of the channels' connections."""
        for channel in self._channels.values():
            await channel.close()

    async def _shielded(self) -> None:
        draining = asyncio.ensure_future(self.drain())
        try:
            await asyncio.shield(draining)
        except asyncio.CancelledError:
            with suppress(DatabaseLost):
                await draining
            raise

    async def _attempt(self, marked: Marked) -> None:
        outcome = await self._sent(marked)
        now = datetime.now(UTC)
        values, action = _settlement(outcome, marked, now)
        if await self._store.write(settle, marked, values, action, now):
            self.counts[str(values["status"])] += 1
            if values["status"] == "unknown":
                await self._decide(marked.parcel.id, marked.parcel.channel)

    async def _sent(self, marked: Marked) -> Outcome:
        channel = self._channels[marked.parcel.channel]
        packed = await self._packed(marked.parcel)
        if not isinstance(packed, Parcel):
            return packed
        try:
            return await channel.send(packed)
        except Exception as raised:
            logger.exception("Channel %r raised.", marked.parcel.channel)
            reason = f"the channel raised {type(raised).__name__}"
            return Failed(reason, None) if channel.tells_repeats_apart else Doubtful(reason)

    async def _packed(self, parcel: Parcel) -> Parcel | Failed | Refused:
        """The parcel with the bytes of its attachments."""
        if not parcel.attachments:
            return parcel
        size = sum(each.size for each in parcel.attachments)
        if size > MOST_ATTACHED:
            return Refused(f"The attachments have {size:,} bytes, which is more than {MOST_ATTACHED:,}.")
        try:
            contents = await asyncio.to_thread(lambda: tuple(map(self._files.read, parcel.attachments)))
        except FileLost as lost:
            return Refused(str(lost))
        except OSError as unread:
            return Failed(f"The attachments cannot be read: {why(unread)}.")
        return parcel.model_copy(update={"contents": contents})

    async def _decide(self, effect: str, channel: str) -> None:
        """Do what is declared for an effect of which it is unknown whether it arrived."""
        policy = self._on_unknown.get(channel, "ask")
        if policy != "ask":
            by = f"ROUNDHOUSE_UNKNOWN of {channel}: {policy}"
            with suppress(UsageError):
                await self._store.write(resolve, effect, policy, by, datetime.now(UTC), "policy")


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: growing, and spread so that not all come back at once."""
    seconds = FIRST_PAUSE * 2.0 ** min(attempts - 1, 20) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
    return min(timedelta(seconds=seconds), LONGEST_PAUSE)


def _settlement(outcome: Outcome, marked: Marked, now: datetime) -> tuple[dict[str, Any], Action | None]:
    """What an attempt's outcome makes of the effect, and what the trail says of it."""
    match outcome:
        case Sent(receipt=receipt):
            return {"status": "delivered", "delivered_at": now, "receipt": receipt, "error": None}, "delivered"
        case Failed(reason=reason) if marked.attempts >= ATTEMPTS:
            return {"status": "dead", "error": f"{reason}; tried {marked.attempts} times"}, "dead"
        case Failed(reason=reason, pause=named):
            pause = pause_after(marked.attempts)
            if named is not None:
                pause = min(max(pause, timedelta(seconds=named)), LONGEST_PAUSE)
            return {"status": "pending", "next_attempt_at": now + pause, "error": reason}, None
        case Refused(reason=reason):
            return {"status": "dead", "error": reason}, "dead"
        case Doubtful(reason=reason):
            return {"status": "unknown", "error": reason}, "unknown"
        case _ as impossible:
            assert_never(impossible)
