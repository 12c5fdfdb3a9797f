"""The checkpointer beyond the conformance suite: order, reading while writing, serialising, pruning."""

import asyncio
import logging
import threading
from typing import Any
from uuid import uuid4

import pytest
from langgraph.checkpoint.serde.types import ERROR, INTERRUPT
from pydantic import BaseModel
from sqlalchemy import select

from state.sql.checkpoint_rows import write_rows
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database
from state.sql.tables import saved_checkpoints, saved_writes
from tests.support.checkpoints import checkpoint, listed, put, thread


@pytest.fixture
def saver(database: Database) -> SqlCheckpointer:
    return SqlCheckpointer(database)


async def test_a_later_checkpoint_is_never_seen_without_the_writes_queued_before_it(
    saver: SqlCheckpointer, database: Database
) -> None:
    first = await put(saver, thread())
    done = asyncio.Event()

    async def supersteps() -> None:
        here, tasks = first, list[asyncio.Task[Any]]()
        for _ in range(100):
            tasks.append(asyncio.create_task(saver.aput_writes(here, [("score", 1)], str(uuid4()))))
            tasks.append(asyncio.create_task(put(saver, here)))
            await asyncio.sleep(0.001)
            here = await tasks[-1]
        await asyncio.gather(*tasks)
        done.set()

    def unwritten() -> int:
        with database.reading() as connection:
            parents = select(saved_checkpoints.c.parent).where(saved_checkpoints.c.parent.is_not(None))
            missing = parents.where(saved_checkpoints.c.parent.not_in(select(saved_writes.c.checkpoint)))
            return len(connection.execute(missing).all())

    running = asyncio.create_task(supersteps())
    looks = 0
    while not done.is_set():
        assert await asyncio.to_thread(unwritten) == 0
        looks += 1
    await running
    assert looks > 10


async def test_a_read_sees_what_was_queued_before_it(saver: SqlCheckpointer) -> None:
    first = await put(saver, thread())
    putting = asyncio.create_task(put(saver, first))
    writing = asyncio.create_task(saver.aput_writes(first, [("score", 1)], "task"))
    await asyncio.sleep(0)
    parent = await saver.aget_tuple(first)
    newest = await saver.aget_tuple(thread())
    everything = await listed(saver, thread())
    assert parent is not None
    assert parent.pending_writes == [("task", "score", 1)]
    assert newest is not None
    assert newest.config == await putting
    assert len(everything) == 2
    await writing


async def test_a_paused_listing_blocks_no_writer(saver: SqlCheckpointer) -> None:
    for _ in range(70):
        await put(saver, thread())
    listing = saver.alist(thread())
    await anext(listing)
    await asyncio.wait_for(put(saver, thread("another")), 5)
    await saver.adelete_thread("another")
    assert len([found async for found in listing]) == 69


async def test_pages_leave_out_nothing_and_repeat_nothing(saver: SqlCheckpointer) -> None:
    same = checkpoint(step=1)
    for number in range(100):
        await saver.aput(thread(f"thread-{number % 7}", namespace=str(number)), same, {}, {})
    found = [item.config["configurable"] async for item in saver.alist(None)]
    assert len({(place["thread_id"], place["checkpoint_ns"]) for place in found}) == len(found) == 100
    assert len(await listed(saver, None, limit=45)) == 45
    assert len(await listed(saver, None, limit=0)) == 0
    assert len(list(saver.list(None, limit=64))) == 64


async def test_writes_come_in_the_order_in_which_they_are_applied(saver: SqlCheckpointer) -> None:
    here = await put(saver, thread())
    await saver.aput_writes(here, [("b", 1), ("c", 2)], "a-task", "path-2")
    await saver.aput_writes(here, [("a", 3)], "z-task", "path-1")
    found = await saver.aget_tuple(here)
    assert found is not None
    assert found.pending_writes == [("z-task", "a", 3), ("a-task", "b", 1), ("a-task", "c", 2)]


async def test_a_write_is_kept_and_a_signal_replaced(saver: SqlCheckpointer) -> None:
    here = await put(saver, thread())
    for attempt in (1, 2):
        await saver.aput_writes(here, [("score", attempt), (ERROR, attempt), (INTERRUPT, attempt)], "task")
    found = await saver.aget_tuple(here)
    assert found is not None
    assert sorted(found.pending_writes or []) == [("task", ERROR, 2), ("task", INTERRUPT, 2), ("task", "score", 1)]


class Unlisted(BaseModel):
    """A type that nobody allowed."""

    score: int


async def test_a_type_that_is_not_allowed_comes_back_as_plain_data(
    saver: SqlCheckpointer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        await saver.aput(thread(), checkpoint(score=Unlisted(score=1)), {}, {})
        found = await saver.aget_tuple(thread())
    assert found is not None
    assert found.checkpoint["channel_values"] == {"score": {"score": 1}}


async def test_nothing_is_pickled(saver: SqlCheckpointer, database: Database) -> None:
    with pytest.raises(TypeError):
        await saver.aput(thread(), checkpoint(lock=threading.Lock()), {}, {})
    poisoned = write_rows(saver.serde, await put(saver, thread()), [("score", 1)], "task", "")
    for rows in poisoned.by_insert.values():
        rows[:] = [(*row[:-2], "pickle", b"cos\nsystem\n(S'true'\ntR.") for row in rows]
    await database.committer.run(poisoned)
    with pytest.raises(NotImplementedError, match="pickle"):
        await saver.aget_tuple(thread())


async def test_pruning_keeps_what_delta_channels_are_rebuilt_from(saver: SqlCheckpointer) -> None:
    here, names = thread(), list[str]()
    for supersteps in (3, 0, 1, 2):
        counters = {"counters_since_delta_snapshot": {"notes": (supersteps, supersteps)}} if supersteps else {}
        here = await put(saver, here, **counters)
        names.append(here["configurable"]["checkpoint_id"])
    await saver.aprune(["thread"])
    assert await listed(saver, thread()) == names[:0:-1]


async def test_the_oldest_checkpoint_kept_has_no_parent(saver: SqlCheckpointer) -> None:
    here = thread()
    for _ in range(3):
        here = await put(saver, here)
    await saver.aprune(["thread"], strategy="keep_latest")
    found = await saver.aget_tuple(thread())
    assert found is not None
    assert (found.config, found.parent_config) == (here, None)
    with pytest.raises(ValueError, match="not known"):
        await saver.aprune(["thread"], strategy="keep_some")


async def test_copying_twice_is_copying_once(saver: SqlCheckpointer) -> None:
    here = await put(saver, await put(saver, thread("source")))
    await saver.aput_writes(here, [("score", 1)], "task")
    for _ in range(2):
        await saver.acopy_thread("source", "target")
    assert await listed(saver, thread("target")) == await listed(saver, thread("source"))
    found = await saver.aget_tuple(thread("target"))
    assert found is not None
    assert found.pending_writes == [("task", "score", 1)]


async def test_threads_and_event_loops_at_once(saver: SqlCheckpointer) -> None:
    def in_a_thread(name: str) -> None:
        here = thread(name)
        for _ in range(20):
            here = saver.put(here, checkpoint(step=1), {}, {})
            saver.put_writes(here, [("score", 1)], "task")
            found = saver.get_tuple(here)
            assert found is not None
            assert found.config == here

    async def in_the_loop(name: str) -> None:
        here = thread(name)
        for _ in range(20):
            here = await put(saver, here)
            await saver.aput_writes(here, [("score", 1)], "task")
            found = await saver.aget_tuple(here)
            assert found is not None
            assert found.config == here

    in_threads = [asyncio.to_thread(in_a_thread, f"sync-{number}") for number in range(4)]
    await asyncio.gather(*in_threads, *(in_the_loop(f"async-{number}") for number in range(4)))
    assert len(await listed(saver, None)) == 160
