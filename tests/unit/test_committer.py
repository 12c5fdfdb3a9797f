"""Group commit: order, failures, lost databases, and who is told when."""

import asyncio
import threading
from concurrent.futures import Future
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from state.sql.committer import GroupCommit, Reading, Work
from state.sql.database import Database
from state.sql.inserts import Insert, Rows
from state.sql.tables import quarantine

LINES = Insert(quarantine, "keep")
LATEST = Insert(quarantine, "replace")


def line(number: int, reason: str = "odd") -> Rows:
    return Rows({LINES: [("batch", number, "field", reason, "text")]})


def plain_insert(number: int) -> Work[int]:
    def work(connection: Connection) -> int:
        connection.execute(
            quarantine.insert().values(batch="batch", line=number, field="field", reason="odd", text="text")
        )
        return number

    return work


def lines(connection: Connection) -> list[int]:
    return list(connection.scalars(select(quarantine.c.line).order_by(quarantine.c.line)))


class Held:
    """Keeps the writer busy until it is let go, so that what is queued meanwhile becomes one group."""

    def __init__(self, committer: GroupCommit) -> None:
        self._go = threading.Event()
        committer.submit(Reading(lambda connection: self._go.wait(10)))

    def let_go(self) -> None:
        self._go.set()


def test_work_is_done_in_the_order_in_which_it_was_queued(sqlite_database: Database) -> None:
    committer, seen = sqlite_database.committer, list[int]()

    def note(number: int, connection: Connection) -> None:
        seen.append(number)

    held = Held(committer)
    futures = [committer.submit(partial(note, number)) for number in range(50)]
    held.let_go()
    for future in futures:
        future.result()
    assert seen == list(range(50))


def test_work_sees_the_rows_queued_before_it_and_not_those_after(sqlite_database: Database) -> None:
    committer = sqlite_database.committer
    held = Held(committer)
    committer.submit(line(1))
    counted = committer.submit(lines)
    committer.submit(line(2))
    held.let_go()
    assert counted.result() == [1]


def test_a_read_sees_all_that_was_queued_before_it(sqlite_database: Database) -> None:
    committer = sqlite_database.committer
    held = Held(committer)
    committer.submit(line(1))
    committer.submit(plain_insert(2))
    found = committer.submit(Reading(lines))
    held.let_go()
    assert found.result() == [1, 2]


def test_a_group_is_one_commit(sqlite_database: Database) -> None:
    committer = sqlite_database.committer
    held = Held(committer)
    futures = [committer.submit(line(number)) for number in range(32)]
    held.let_go()
    for future in futures:
        future.result()
    assert (committer.commits, committer.items) == (1, 33)


def test_reads_commit_nothing(sqlite_database: Database) -> None:
    committer = sqlite_database.committer
    committer.submit(Reading(lines)).result()
    committer.flush().result()
    assert committer.commits == 0


@pytest.mark.parametrize("as_rows", [True, False])
def test_one_poisoned_item_of_32_fails_alone(database: Database, as_rows: bool) -> None:
    committer = database.committer
    poison: Work[Any] = Rows({LINES: [("batch", 13, None, "odd", "text")]})
    work = [line(number) if as_rows else plain_insert(number) for number in range(32)]
    work[13] = poison
    held = Held(committer)
    futures: list[Future[Any]] = [committer.submit(item) for item in work]
    held.let_go()
    failed = [number for number, future in enumerate(futures) if future.exception() is not None]
    assert failed == [13]
    assert isinstance(futures[13].exception(), IntegrityError)
    with database.reading() as connection:
        assert lines(connection) == [number for number in range(32) if number != 13]


def test_a_failing_callable_leaves_nothing_behind(database: Database) -> None:
    def half(connection: Connection) -> None:
        plain_insert(1)(connection)
        raise KeyError("half way")

    with pytest.raises(KeyError):
        database.committer.submit(half).result()
    with database.reading() as connection:
        assert lines(connection) == []


def test_the_latest_row_of_a_key_wins_under_replace_and_the_first_under_keep(database: Database) -> None:
    committer = database.committer
    rows = [("batch", 1, "field", reason, "text") for reason in ("first", "second", "third")]
    committer.submit(Rows({LATEST: rows[:2]})).result()
    committer.submit(Rows({LATEST: rows[2:]})).result()
    committer.submit(Rows({LINES: [("batch", 2, "field", r, "text") for r in ("first", "second")]})).result()
    with database.reading() as connection:
        assert list(connection.scalars(select(quarantine.c.reason).order_by(quarantine.c.line))) == ["third", "first"]


def test_more_rows_than_one_statement_takes_are_inserted(database: Database) -> None:
    database.committer.submit(Rows({LINES: [("b", n, "f", "odd", "text") for n in range(1_234)]})).result()
    with database.reading() as connection:
        assert len(lines(connection)) == 1_234


async def test_an_event_loop_is_woken_once_for_a_group(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    committer, loop, wakes = sqlite_database.committer, asyncio.get_running_loop(), list[object]()
    wake = loop.call_soon_threadsafe

    def counted(callback: Any, *arguments: Any) -> asyncio.Handle:
        wakes.append(callback)
        return wake(callback, *arguments)

    held = Held(committer)
    tasks = [asyncio.create_task(committer.run(line(number))) for number in range(20)]
    await asyncio.sleep(0)
    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    held.let_go()
    await asyncio.gather(*tasks)
    assert len(wakes) == 1


async def test_one_who_stops_waiting_disturbs_nobody(sqlite_database: Database) -> None:
    committer = sqlite_database.committer
    held = Held(committer)
    impatient = asyncio.create_task(committer.run(line(1)))
    patient = asyncio.create_task(committer.run(line(2)))
    await asyncio.sleep(0)
    impatient.cancel()
    held.let_go()
    await patient
    assert await committer.run(lines) == [1, 2]


def test_a_loop_that_was_closed_disturbs_nobody(sqlite_database: Database) -> None:
    committer = sqlite_database.committer
    held = Held(committer)

    async def leave() -> None:
        task = asyncio.create_task(committer.run(line(1)))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    held.let_go()
    assert committer.submit(lines).result() == [1]


def test_threads_and_event_loops_share_one_queue(database: Database) -> None:
    committer = database.committer

    async def many(start: int) -> None:
        await asyncio.gather(*(committer.run(line(start + step)) for step in range(50)))

    def some(start: int) -> None:
        for step in range(50):
            committer.submit(plain_insert(start + step)).result()

    threads = [threading.Thread(target=asyncio.run, args=(many(n * 100),)) for n in range(3)]
    threads += [threading.Thread(target=some, args=(n * 100,)) for n in range(3, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert lines(connection) == [n * 100 + step for n in range(6) for step in range(50)]


def test_a_lost_database_is_told_to_all_and_the_next_group_goes_on(postgres_url: str) -> None:
    with Database.open(postgres_url) as database:
        committer = database.committer
        committer.submit(line(1)).result()
        with psycopg.connect(postgres_url) as killer:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            killer.execute(f"SELECT pg_terminate_backend(pid) {others}")
        held = Held(committer)
        lost = [committer.submit(line(number)) for number in (2, 3)]
        held.let_go()
        errors = [future.exception() for future in lost]
        assert all(isinstance(error, DBAPIError) for error in errors)
        committer.submit(line(4)).result()
        assert committer.submit(lines).result() == [1, 4]


def test_a_database_that_cannot_begin_is_tried_once_for_a_group(sqlite_database: Database) -> None:
    committer, tries = sqlite_database.committer, list[int]()

    def refuse(connection: Connection) -> None:
        tries.append(1)
        raise OperationalError("BEGIN", None, Exception("database is locked"))

    held = Held(committer)
    futures = [committer.submit(line(number)) for number in range(8)]
    committer.flush()
    event.listen(sqlite_database.engine, "begin", refuse)
    held.let_go()
    assert all(isinstance(future.exception(), OperationalError) for future in futures)
    event.remove(sqlite_database.engine, "begin", refuse)
    assert len(tries) == 1
    assert committer.submit(lines).result() == []


def test_closing_finishes_what_is_queued_and_refuses_the_rest(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    held = Held(database.committer)
    queued = database.committer.submit(line(1))
    held.let_go()
    database.close()
    assert queued.result() is None
    with pytest.raises(RuntimeError, match="was closed"):
        database.committer.submit(line(2))
