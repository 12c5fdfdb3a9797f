"""A driver that lost its lease in the middle of a step writes nothing more: no row, no checkpoint, no task's write."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Connection, func, select

from agents.specialist import Handoff, specialist
from graphs.catalogue import Catalogue, Entry
from graphs.workflow import Workflow
from runtime.identity import driver_identity
from runtime.roundhouse import Roundhouse
from state.case import Case
from state.decision import Decision
from state.errors import LeaseLost, RunBusy
from state.sql.checkpoints import HELD_UNDER, SqlCheckpointer
from state.sql.database import Database
from state.sql.fence import Lease
from state.sql.runs import LEASE, take_lease
from state.sql.tables import saved_checkpoints, saved_writes


class Slow(Decision):
    """It is made when the test says so."""


class After(Decision):
    """It is built on it."""


class Gate:
    """Where the first driver stands still."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self.is_shut = True


def slow_workflow(gate: Gate) -> Workflow:
    @specialist(decides=Slow)
    async def slow(handoff: Handoff[Case]) -> Slow:
        if gate.is_shut:
            gate.reached.set()
            await gate.opened.wait()
        return Slow()

    @specialist(decides=After, needs=(Slow,))
    async def after(handoff: Handoff[Case]) -> After:
        return After()

    return Workflow(name="slow", case=Case, specialists=(slow, after))


@pytest.fixture
async def halfway(database_url: str) -> AsyncIterator[tuple[Roundhouse, Gate, "asyncio.Task[Any]"]]:
    """A run whose driver stands in the middle of a step."""
    gate = Gate()
    workflow = slow_workflow(gate)
    async with Roundhouse.open(database_url, Catalogue({"slow": Entry(lambda profile: workflow)})) as roundhouse:
        driving = asyncio.create_task(roundhouse.start("slow", {"id": "1"}, run="r1"))
        await gate.reached.wait()
        yield roundhouse, gate, driving


def saved(connection: Connection) -> tuple[int, int]:
    counts = (
        connection.execute(select(func.count()).select_from(table)) for table in (saved_checkpoints, saved_writes)
    )
    checkpoints, writes = (found.scalar_one() for found in counts)
    return checkpoints, writes


async def taken_over(roundhouse: Roundhouse) -> Lease:
    later = datetime.now(UTC) + 3 * LEASE
    lease = await roundhouse.store.write(take_lease, "r1", "another", later)
    assert isinstance(lease, Lease)
    return lease


async def test_a_driver_that_lost_its_lease_saves_no_checkpoint(
    halfway: tuple[Roundhouse, Gate, "asyncio.Task[Any]"],
) -> None:
    roundhouse, gate, driving = halfway
    await taken_over(roundhouse)
    before = await roundhouse.store.read(saved)
    gate.opened.set()
    with pytest.raises(LeaseLost, match="taken over by another driver"):
        await driving
    assert await roundhouse.store.read(saved) == before
    story = await roundhouse.show("r1")
    assert (story.run.status, story.records, story.effects) == ("running", (), ())


async def test_the_run_goes_on_with_its_new_driver_and_ends_once(
    halfway: tuple[Roundhouse, Gate, "asyncio.Task[Any]"], database_url: str
) -> None:
    roundhouse, gate, driving = halfway
    gate.is_shut = False
    with time_machine.travel(datetime.now(UTC) + 3 * LEASE, tick=True):
        assert await roundhouse.resume("r1") == "completed"
        gate.opened.set()
        with pytest.raises(LeaseLost):
            await driving
    trail = await roundhouse.audit("r1")
    actions = [row.action for row in trail.rows]
    assert trail.verdict.is_whole
    assert (actions.count("taken_over"), actions.count("decided"), actions.count("completed")) == (1, 2, 1)


async def test_a_second_driver_is_refused_while_the_first_holds_the_run(
    halfway: tuple[Roundhouse, Gate, "asyncio.Task[Any]"],
) -> None:
    roundhouse, gate, driving = halfway
    with pytest.raises(RunBusy):
        await roundhouse.resume("r1")
    gate.opened.set()
    assert (await driving).status == "completed"


async def test_a_lease_from_before_the_clock_was_set_back_is_no_obstacle(
    halfway: tuple[Roundhouse, Gate, "asyncio.Task[Any]"],
) -> None:
    roundhouse, gate, driving = halfway
    back = datetime.now(UTC) - timedelta(hours=1)
    lease = await roundhouse.store.write(take_lease, "r1", driver_identity(), back)
    assert isinstance(lease, Lease)
    gate.opened.set()
    with pytest.raises(LeaseLost):
        await driving


async def test_one_lost_lease_in_a_group_fails_alone(database: Database) -> None:
    saver = SqlCheckpointer(database)
    lost = Lease("nobody", "gone", 1)

    async def save(thread: str, lease: Lease | None) -> None:
        place: dict[str, Any] = {"thread_id": thread, "checkpoint_ns": "", HELD_UNDER: lease}
        await saver.aput_writes({"configurable": {**place, "checkpoint_id": "1"}}, [("a", 1)], "task")

    saving = [save(f"t{n}", lost if n == 7 else None) for n in range(32)]
    outcomes = await asyncio.gather(*saving, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [LeaseLost]
    with database.reading() as connection:
        assert saved(connection) == (0, 31)
