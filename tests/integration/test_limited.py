"""Work that is held back: by limits that all machines share, by a paused batch, and by a queue that is long."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from agents.usher import Nobody
from runtime.batches import Batches
from runtime.beginning import Place
from runtime.limits import Limits
from runtime.queueing import Queueing
from runtime.roundhouse import Roundhouse
from runtime.settings import Settings
from runtime.watched import watched
from runtime.workers import SqlWorkers, Tally
from state.errors import UsageError
from state.limit import Limit
from state.run import RunRow
from state.sql.batch_list import list_batches
from state.sql.batches import insert_batch
from state.sql.limits import set_limit
from state.sql.pausing import find_batch
from state.sql.workers import Beat, beat, bury, count_waiting, leave, read_load
from tests.support.triage import Ticket
from tests.support.working import CATALOGUE, at_standstill, front_door, put, rows, working

EIGHT = [f"r{number}" for number in range(8)]
BATCH = "0a1b2c3d-1"
LONG_AGO = "UPDATE workers SET seen_at = '2001-01-01 00:00:00'"


async def batch_of(roundhouse: Roundhouse, queueing: Queueing, runs: list[str], **how: int) -> None:
    """Put a batch on the queue."""
    driver = await roundhouse.driver("triage")
    row = {"id": BATCH, "workflow": "triage", "signature": driver.workflow.signature, "source": "tickets.csv"}
    known: dict[str, object] = {**row, "source_digest": "0", "selection": {}, "profile_digest": None}
    await roundhouse.store.write(insert_batch, known, datetime.now(UTC))
    cases = {run: Ticket(id=f"case-{run}", text="printer hums") for run in runs}
    places = {run: Place(BATCH, position) for position, run in enumerate(runs)}
    await queueing.start(driver, cases, places, **how)


async def limited(roundhouse: Roundhouse, scope: str, **values: int) -> None:
    limit = Limit(scope=scope, **values)
    await roundhouse.store.write(set_limit, limit, "ann", datetime.now(UTC))


def a_beat(worker: str = "w1", running: int = 0) -> Beat:
    return Beat(worker, "here", 17, datetime.now(UTC), 32, ("abc",), running=running, done=5, last_minute=3)


async def test_a_paused_batch_waits_and_goes_on(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await batch_of(roundhouse, queueing, EIGHT, chunk=3)
        batches = Batches(roundhouse.store)
        await batches.pause("0a1b")
        async with working(postgres_url) as worker:
            while worker.workload.counts["given back"] < len(EIGHT):
                await asyncio.sleep(0.02)
            assert {run.status for run in await roundhouse.runs()} == {"running"}
            assert rows(postgres_url, "SELECT count(*) FROM runs WHERE fence > 0") == [(0,)]
            await batches.resume(BATCH)
            assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}


async def test_a_cancelled_batch_closes_what_has_not_begun_and_lets_the_rest_end(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await batch_of(roundhouse, queueing, EIGHT, chunk=8)
        await roundhouse.leases.taken_new(EIGHT[:2])  # as a worker has them

        async def cancel_one(run: str) -> RunRow:
            return await roundhouse.cancel(run, by="ann", reason="wrong file")

        assert (await Batches(roundhouse.store).cancel(BATCH, cancel_one)).closed == 6
        statuses = {run.id: run.status for run in await roundhouse.runs()}
        assert [statuses[run] for run in EIGHT] == ["running"] * 2 + ["rejected"] * 6
        [row] = await roundhouse.store.read(list_batches, 5)
        assert (row.standing, row.queued) == ("cancelled", 0)
        with pytest.raises(UsageError, match="was cancelled"):
            await Batches(roundhouse.store).room(BATCH, "triage", 100)


async def test_a_batch_that_is_not_going_cannot_be_paused(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await batch_of(roundhouse, queueing, [])
        batches = Batches(roundhouse.store)
        await batches.pause(BATCH)
        with pytest.raises(UsageError, match="is paused, so it cannot be paused"):
            await batches.pause(BATCH)
        with pytest.raises(UsageError, match="'roundhouse batch' lists them"):
            await batches.pause("nothing")
        assert (await roundhouse.store.read(find_batch, BATCH)).standing == "paused"


async def test_a_long_queue_holds_back_what_puts_more_on_it(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await batch_of(roundhouse, queueing, EIGHT, chunk=4)
        told, batches = list[str](), Batches(roundhouse.store)
        waiting = asyncio.create_task(batches.room(BATCH, "triage", 4, told.append))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        assert told == ["Waiting with the rest: 8 runs of triage wait."]
        async with working(postgres_url):
            await asyncio.wait_for(waiting, 20)
            await at_standstill(roundhouse)
        assert await roundhouse.store.read(count_waiting, "triage") == 0


async def test_a_job_of_a_higher_priority_is_worked_first(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, EIGHT[:4], chunk=4)
        await put(roundhouse, queueing, EIGHT[4:], chunk=4, priority=5)
        async with working(postgres_url, concurrency=1):
            await at_standstill(roundhouse)
        order = [run for (run,) in rows(postgres_url, "SELECT id FROM runs ORDER BY ended_at")]
        assert set(order[:4]) == set(EIGHT[4:])


async def test_workers_never_drive_more_runs_of_a_workflow_than_its_limit(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await limited(roundhouse, "workflow:triage", at_once=2)
        await put(roundhouse, queueing, EIGHT, chunk=4)
        most = 0
        async with working(postgres_url), working(postgres_url):
            ending = asyncio.create_task(at_standstill(roundhouse))
            while not ending.done():
                [(held,)] = rows(postgres_url, "SELECT count(*) FROM slots")
                most = max(most, held)
                await asyncio.sleep(0.005)
        assert {run.status for run in await ending} == {"completed"}
        assert most in (1, 2)
        assert rows(postgres_url, "SELECT count(*) FROM slots") == [(0,)]


async def test_a_specialist_is_limited_in_runs_without_a_queue_too(database_url: str) -> None:
    async with Roundhouse.open(database_url, CATALOGUE) as roundhouse:
        driver = await roundhouse.driver("triage")
        for specialist in driver.workflow.specialists:
            await limited(roundhouse, f"specialist:{specialist.name}", at_once=1)
        cases = [Ticket(id=f"t{each}", text="printer hums") for each in range(3)]
        runs = await asyncio.gather(*(roundhouse.start("triage", case) for case in cases))
        assert {run.status for run in runs} == {"completed"}


async def test_a_driver_without_an_usher_lets_everything_begin(sqlite_url: str) -> None:
    async with Roundhouse.open(sqlite_url, CATALOGUE) as roundhouse:
        await limited(roundhouse, "workflow:triage", at_once=1)
        async with roundhouse.usher.limits.place("workflow:triage"):
            driver = await roundhouse.driver("triage")
            driver._usher = Nobody()
            assert await driver.start(Ticket(id="t1", text="printer hums"), "r1") == "completed"


async def test_a_worker_is_seen_with_what_it_does_and_is_gone_when_it_ends(database_url: str) -> None:
    async with Roundhouse.open(database_url, CATALOGUE) as roundhouse:
        store = roundhouse.store
        with watched(roundhouse, Settings.model_validate({}), 4, lambda: False):
            await roundhouse.start("triage", Ticket(id="t1", text="printer hums"))
            [tally] = [each for each in roundhouse.usher.watchers if isinstance(each, Tally)]
            store.write_now(beat, tally.beat())
            load = SqlWorkers(store).load()
            [row] = load.workers
            assert (row.done, row.failed, row.last_minute, row.concurrency) == (1, 0, 1, 4)
            assert (row.standing, row.running) == ("idle", 0)
            assert row.versions == ((await roundhouse.driver("triage")).workflow.signature,)
        assert SqlWorkers(store).load().workers == []


async def test_a_worker_that_says_nothing_is_lost_and_its_places_are_free(database_url: str) -> None:
    async with Roundhouse.open(database_url, CATALOGUE) as roundhouse:
        await limited(roundhouse, "workflow:triage", at_once=1)
        store = roundhouse.store
        theirs = Limits(store, "w1")
        async with theirs.place("workflow:triage"):
            await store.write(beat, a_beat(running=1))
            assert store.write_now(bury) == []
            assert await theirs.room("workflow:triage") == 0
            store.write_now(lambda connection: connection.exec_driver_sql(LONG_AGO))
            assert store.write_now(bury) == ["w1"]
            assert await theirs.room("workflow:triage") == 1
        assert (await store.read(read_load)).workers == []


async def test_the_load_counts_those_that_live(database_url: str) -> None:
    async with Roundhouse.open(database_url, CATALOGUE) as roundhouse:
        await roundhouse.store.write(beat, a_beat("w1", running=2))
        await roundhouse.store.write(beat, a_beat("w2"))
        load = await roundhouse.store.read(read_load)
        assert [worker.standing for worker in load.workers] == ["working", "idle"]
        assert (load.running, load.last_minute, load.waiting, load.oldest) == (2, 6, 0, 0.0)
        await roundhouse.store.write(leave, "w1")
        assert [worker.id for worker in (await roundhouse.store.read(read_load)).workers] == ["w2"]


async def test_what_waits_is_counted_by_workflow_with_the_age_of_the_oldest(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await batch_of(roundhouse, queueing, EIGHT)
        await Batches(roundhouse.store).pause(BATCH)
        rows(postgres_url, "UPDATE runs SET queued_at = queued_at - interval '1 hour' WHERE id = 'r3'")
        load = await roundhouse.store.read(read_load)
        [line] = load.queue
        assert (line.workflow, line.waiting, line.paused) == ("triage", 8, 8)
        assert line.oldest == pytest.approx(3600, abs=30)


async def test_a_worker_logs_lines_of_json_where_that_is_wanted(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        async with Roundhouse.open(sqlite_url, CATALOGUE) as roundhouse:
            with watched(roundhouse, Settings.model_validate({"log": "json"}), 4, lambda: False):
                logging.getLogger("roundhouse").warning("hello")
    finally:
        root.handlers, root.level = handlers, level
    assert f'"worker": "{roundhouse.leases.identity}"' in capsys.readouterr().err
