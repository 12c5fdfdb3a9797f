"""The outbox and its delivery: each content once, corrections after what they correct, and doubt that stays visible."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import text

from graphs.catalogue import Catalogue, Entry
from runtime.channels.channel import Doubtful, Failed, Outcome, Refused, Sent
from runtime.channels.folder import FolderChannel
from runtime.delivery import ATTEMPTS, Delivery, OnUnknown, pause_after
from runtime.roundhouse import Roundhouse
from state.effect import EffectRow, Parcel
from state.errors import UnknownEffect, UsageError
from state.sql.audit import read_trail
from state.sql.outbox import LONGEST_PAUSE, Resolution, count_effects, find_effect, list_effects, mark_due, resolve
from tests.support.triage import triage

CATALOGUE = Catalogue({"triage": Entry(lambda profile: triage)})


class Scripted:
    """A channel that does what it is told, and notes what it was handed."""

    def __init__(self, *outcomes: Outcome | Exception, repeats: bool = True) -> None:
        self.tells_repeats_apart = repeats
        self.parcels: list[Parcel] = []
        self._outcomes = list(outcomes)

    async def send(self, parcel: Parcel) -> Outcome:
        """The next outcome of the script; at its end, everything arrives."""
        self.parcels.append(parcel)
        await asyncio.sleep(0)
        outcome = self._outcomes.pop(0) if self._outcomes else Sent("ok")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def close(self) -> None:
        """There is nothing to let go of."""


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, CATALOGUE) as opened:
        yield opened


async def finish(roundhouse: Roundhouse, says: str = "printer hums", case: str = "t1") -> str:
    run = await roundhouse.start("triage", {"id": case, "text": says})
    assert run.status == "completed"
    return run.id


async def deliver(
    roundhouse: Roundhouse, channel: Any, after: timedelta = timedelta(), **on_unknown: OnUnknown
) -> Mapping[str, int]:
    delivery = Delivery(store=roundhouse.store, channels={"default": channel}, on_unknown=on_unknown)
    with time_machine.travel(datetime.now(UTC) + after, tick=True):
        await delivery.drain()
    return delivery.counts


async def effects(roundhouse: Roundhouse) -> list[EffectRow]:
    return sorted(await roundhouse.store.read(list_effects, None, 100), key=lambda row: row.created_at)


async def resolved(roundhouse: Roundhouse, effect: str, as_: Resolution) -> EffectRow:
    return await roundhouse.store.write(resolve, effect, as_, "ann", datetime.now(UTC))


async def test_a_finished_run_is_delivered_once_with_what_was_approved(roundhouse: Roundhouse) -> None:
    run, channel = await finish(roundhouse), Scripted()
    assert await deliver(roundhouse, channel) == {"delivered": 1}
    assert await deliver(roundhouse, channel) == {}
    [parcel], [row] = channel.parcels, await effects(roundhouse)
    assert (parcel.id, parcel.run, parcel.content) == (row.id, run, row.payload)
    assert parcel.message.text == "printer desk looks at it, urgency 12"
    assert (row.status, row.receipt, row.attempts) == ("delivered", "ok", 1)
    trail, _ = await roundhouse.store.read(read_trail, run)
    assert [(each.action, each.actor) for each in trail][-1] == ("delivered", "delivery")


async def test_a_failure_is_tried_again_after_growing_pauses_until_it_is_dead(roundhouse: Roundhouse) -> None:
    await finish(roundhouse)
    channel = Scripted(*[Failed("closed today")] * 20)
    for attempt in range(1, ATTEMPTS + 1):
        await deliver(roundhouse, channel)
        [row] = await effects(roundhouse)
        assert row.attempts == attempt
        if row.status == "pending":
            assert await deliver(roundhouse, channel) == {}
            await roundhouse.store.write(_due_now)
    assert (row.status, row.error) == ("dead", f"closed today; tried {ATTEMPTS} times")
    assert len(channel.parcels) == ATTEMPTS
    assert {each.model_dump_json() for each in channel.parcels} == {channel.parcels[0].model_dump_json()}


def _due_now(connection: Any) -> None:
    connection.execute(text("UPDATE outbox SET next_attempt_at = NULL"))


def test_pauses_grow_and_have_an_end() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, 40)]
    assert timedelta(seconds=3) < pauses[0] < timedelta(seconds=7)
    assert pauses[4] > 6 * pauses[0]
    assert pauses[-1] <= LONGEST_PAUSE


async def test_the_receivers_own_pause_is_kept(roundhouse: Roundhouse) -> None:
    await finish(roundhouse)
    channel = Scripted(Failed("busy", pause=600))
    await deliver(roundhouse, channel)
    assert await deliver(roundhouse, channel, after=timedelta(seconds=500)) == {}
    assert await deliver(roundhouse, channel, after=timedelta(seconds=700)) == {"delivered": 1}


async def test_a_pause_from_before_the_clock_was_set_back_does_not_last(roundhouse: Roundhouse) -> None:
    await finish(roundhouse)
    channel = Scripted(Failed("busy"))
    await deliver(roundhouse, channel, after=timedelta(days=30))
    assert await deliver(roundhouse, channel) == {"delivered": 1}


async def test_a_refusal_is_dead_at_once_and_can_be_sent_again_by_a_person(roundhouse: Roundhouse) -> None:
    await finish(roundhouse)
    channel = Scripted(Refused("no such mailbox"))
    assert await deliver(roundhouse, channel) == {"dead": 1}
    [row] = await effects(roundhouse)
    assert (row.status, row.error) == ("dead", "no such mailbox")
    await resolved(roundhouse, row.id, "again")
    assert await deliver(roundhouse, channel) == {"delivered": 1}


@pytest.mark.parametrize("outcome", [Doubtful("cut off"), RuntimeError("a defect")])
async def test_doubt_is_kept_until_a_person_ends_it(roundhouse: Roundhouse, outcome: Any) -> None:
    run, channel = await finish(roundhouse), Scripted(outcome, repeats=False)
    assert await deliver(roundhouse, channel) == {"unknown": 1}
    assert await deliver(roundhouse, channel, after=timedelta(days=3)) == {}
    [row] = await effects(roundhouse)
    assert (await resolved(roundhouse, row.id[:6], "delivered")).status == "delivered"
    trail, _ = await roundhouse.store.read(read_trail, run)
    assert [(each.action, each.actor_kind, each.actor) for each in trail][-2:] == [
        ("unknown", "system", "delivery"),
        ("resolved", "human", "ann"),
    ]


async def test_doubt_ends_by_a_policy_where_one_is_declared(roundhouse: Roundhouse) -> None:
    run, channel = await finish(roundhouse), Scripted(Doubtful("cut off"), repeats=False)
    await deliver(roundhouse, channel, default="again")
    assert [(each.status, each.attempts) for each in await effects(roundhouse)] == [("delivered", 1)]
    assert len(channel.parcels) == 2
    trail, _ = await roundhouse.store.read(read_trail, run)
    assert ("resolved", "policy") in [(each.action, each.actor_kind) for each in trail]


async def test_only_what_is_in_doubt_or_dead_can_be_resolved(roundhouse: Roundhouse) -> None:
    await finish(roundhouse)
    [row] = await effects(roundhouse)
    with pytest.raises(UsageError, match="is pending, so it cannot be resolved as 'delivered'"):
        await resolved(roundhouse, row.id, "delivered")
    with pytest.raises(UnknownEffect):
        await resolved(roundhouse, "zz", "again")
    assert (await resolved(roundhouse, row.id, "withdrawn")).status == "withdrawn"
    assert await deliver(roundhouse, Scripted()) == {}


@pytest.mark.parametrize(("repeats", "becomes"), [(True, "delivered"), (False, "unknown")])
async def test_what_was_cut_off_is_repeated_only_where_repeats_are_told_apart(
    roundhouse: Roundhouse, repeats: bool, becomes: str
) -> None:
    await finish(roundhouse)
    await roundhouse.store.write(mark_due, ["default"], "gone", datetime.now(UTC), 10)
    channel = Scripted(repeats=repeats)
    assert await deliver(roundhouse, channel) == {}
    assert await deliver(roundhouse, channel, after=timedelta(minutes=16)) == {becomes: 1}
    assert len(channel.parcels) == int(repeats)


async def test_a_channel_that_is_not_configured_leaves_its_effects_waiting(roundhouse: Roundhouse) -> None:
    await finish(roundhouse)
    delivery = Delivery(store=roundhouse.store, channels={"elsewhere": Scripted()})
    await delivery.drain()
    assert await roundhouse.store.read(count_effects) == {"pending": 1}


async def test_newer_content_corrects_what_was_delivered(roundhouse: Roundhouse) -> None:
    channel = Scripted()
    for says in ("printer hums", "printer hums loudly", "printer hums"):
        await finish(roundhouse, says)
        await deliver(roundhouse, channel)
    first, second, third = channel.parcels
    assert [first.corrects, second.corrects, third.corrects] == [None, first.id, second.id]
    assert first.content == third.content


async def test_newer_content_takes_the_place_of_what_nobody_has_yet(roundhouse: Roundhouse) -> None:
    for says in ("printer hums", "printer hums loudly", "printer hums"):
        await finish(roundhouse, says)
    channel = Scripted()
    await deliver(roundhouse, channel)
    assert [parcel.corrects for parcel in channel.parcels] == [None]
    assert channel.parcels[0].message.text.endswith("urgency 12")
    assert sorted(row.status for row in await effects(roundhouse)) == ["delivered", "withdrawn"]


async def test_content_that_returns_to_what_was_delivered_sends_nothing(roundhouse: Roundhouse) -> None:
    channel = Scripted()
    await finish(roundhouse, "printer hums")
    await deliver(roundhouse, channel)
    await finish(roundhouse, "printer hums loudly")
    await finish(roundhouse, "printer hums")
    assert await deliver(roundhouse, channel) == {}
    assert len(channel.parcels) == 1


async def test_content_that_lost_its_place_is_sent_when_it_comes_back(roundhouse: Roundhouse) -> None:
    channel = Scripted()
    for says in ("printer hums", "printer hums loudly", "printer hums", "printer hums loudly"):
        await finish(roundhouse, says)
        if says == "printer hums":
            await deliver(roundhouse, channel)
    await deliver(roundhouse, channel)
    assert [parcel.corrects for parcel in channel.parcels] == [None, channel.parcels[0].id]


async def test_what_a_person_withdrew_is_not_sent_when_the_case_is_run_again(roundhouse: Roundhouse) -> None:
    await finish(roundhouse)
    [row] = await effects(roundhouse)
    await resolved(roundhouse, row.id, "withdrawn")
    await finish(roundhouse)
    assert await deliver(roundhouse, Scripted()) == {}


async def test_what_may_have_arrived_is_corrected_and_never_sent_again_unasked(roundhouse: Roundhouse) -> None:
    channel = Scripted(Doubtful("cut off"), repeats=False)
    await finish(roundhouse)
    await deliver(roundhouse, channel)
    [first] = await effects(roundhouse)
    await resolved(roundhouse, first.id, "withdrawn")
    await finish(roundhouse)
    assert await deliver(roundhouse, channel) == {}
    await finish(roundhouse, "printer hums loudly")
    await deliver(roundhouse, channel)
    assert [parcel.corrects for parcel in channel.parcels] == [None, first.id]


async def test_a_correction_waits_for_what_it_corrects(roundhouse: Roundhouse) -> None:
    await finish(roundhouse, "printer hums")
    now = datetime.now(UTC)
    await roundhouse.store.write(mark_due, ["default"], "slow", now, 10)
    await finish(roundhouse, "printer hums loudly")
    assert await roundhouse.store.write(mark_due, ["default"], "quick", now + timedelta(seconds=60), 10) == []


async def test_two_deliveries_at_once_send_everything_once(roundhouse: Roundhouse) -> None:
    for number in range(30):
        await finish(roundhouse, case=f"t{number}")
    channel = Scripted()
    await asyncio.gather(*(deliver(roundhouse, channel) for _ in range(3)))
    assert len({parcel.id for parcel in channel.parcels}) == len(channel.parcels) == 30


async def test_an_open_roundhouse_delivers_by_itself(database_url: str, tmp_path: Path) -> None:
    channels = {"default": FolderChannel(tmp_path / "out")}
    async with Roundhouse.open(database_url, CATALOGUE, channels) as roundhouse:
        await finish(roundhouse)
        while not await _delivered(roundhouse):
            await asyncio.sleep(0.05)
        await finish(roundhouse, case="t2")
    assert len(_files(tmp_path / "out")) == 2


async def _delivered(roundhouse: Roundhouse) -> Sequence[EffectRow]:
    return await roundhouse.store.read(list_effects, "delivered", 10)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


async def test_effects_that_need_attention_are_listed_first(roundhouse: Roundhouse) -> None:
    await finish(roundhouse, case="a")
    await deliver(roundhouse, Scripted(Refused("no")))
    await finish(roundhouse, case="b")
    listed = await roundhouse.store.read(list_effects, None, 10)
    assert [row.status for row in listed] == ["dead", "pending"]
    assert (await roundhouse.store.read(find_effect, listed[0].id[:8])).case_id == "a"
