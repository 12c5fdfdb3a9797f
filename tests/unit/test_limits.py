"""The limits that many share, by the database's clock."""

import asyncio
from datetime import UTC, datetime

import pytest

from runtime import limits as module
from runtime.limits import Limits
from state.errors import UsageError
from state.limit import Limit, checked_scope
from state.sql.database import Database
from state.sql.limits import list_limits, remove_limit, set_limit, take_slot, take_token
from state.sql.store import Store

SCOPE = "workflow:leads"


def declared(database: Database, **values: int) -> Limit:
    limit = Limit(scope=SCOPE, **values)
    with database.writing() as connection:
        set_limit(connection, limit, "ann", datetime.now(UTC))
    return limit


@pytest.mark.parametrize("scope", ["leads", "workflow:", "team:red", "workflow: x", ""])
def test_a_scope_that_names_nothing_is_refused_in_one_line(scope: str) -> None:
    with pytest.raises(UsageError, match="roundhouse limit model:gpt-5-mini") as refused:
        checked_scope(scope)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("per_minute", [1, 2, 9, 10, 11, 59, 60, 600, 12_345])
def test_what_a_full_bucket_has_and_gets_back_in_a_minute_is_the_rate(per_minute: int) -> None:
    limit = Limit(scope=SCOPE, per_minute=per_minute)
    back_within_a_minute = (per_minute - limit.burst + 1) - 1  # the last one comes when the minute is over
    assert limit.burst + back_within_a_minute == per_minute
    assert limit.refill * 60 == pytest.approx(per_minute - limit.burst + 1)


def test_no_more_places_are_held_than_declared(database: Database) -> None:
    declared(database, at_once=2)
    with database.writing() as connection:
        taken = [take_slot(connection, SCOPE, f"worker-{each}", 60.0) for each in range(4)]
        assert [slot is not None for slot in taken] == [True, True, False, False]
        assert list_limits(connection)[0].held == 2


def test_the_place_of_one_who_died_ends_by_itself(database: Database) -> None:
    declared(database, at_once=1)
    with database.writing() as connection:
        assert take_slot(connection, SCOPE, "dead", 60.0, at=1000.0) is not None
        assert take_slot(connection, SCOPE, "alive", 60.0, at=1059.0) is None
        assert take_slot(connection, SCOPE, "alive", 60.0, at=1060.0) is not None


def test_a_rate_lets_a_tenth_begin_together_and_the_others_one_after_the_other(database: Database) -> None:
    limit = declared(database, per_minute=60)
    with database.writing() as connection:
        start = 4e9
        waits = [take_token(connection, limit, start) for _ in range(9)]
    assert waits[:6] == [0.0] * 6
    assert waits[6:] == pytest.approx([60 / 55, 120 / 55, 180 / 55])


def test_who_would_have_to_wait_for_more_than_a_minute_asks_again_later(database: Database) -> None:
    limit = declared(database, per_minute=1)
    with database.writing() as connection:
        assert [take_token(connection, limit, 4e9) for _ in range(3)] == [0.0, pytest.approx(60.0), None]


def test_a_clock_that_is_set_back_gives_nobody_a_token(database: Database) -> None:
    limit = declared(database, per_minute=1)
    with database.writing() as connection:
        assert take_token(connection, limit, 4e9) == 0.0
        assert take_token(connection, limit, 3e9) == pytest.approx(60.0)


def test_a_limit_that_is_not_there_cannot_be_removed(sqlite_database: Database) -> None:
    with (
        sqlite_database.writing() as connection,
        pytest.raises(UsageError, match="There is no limit for 'workflow:leads'"),
    ):
        remove_limit(connection, SCOPE)


async def test_without_a_limit_nobody_waits(sqlite_database: Database) -> None:
    limits = Limits(Store(sqlite_database))
    async with limits.place(SCOPE) as first, limits.place(SCOPE) as second:
        assert (first, second) == (0.0, 0.0)


async def test_whoever_waits_for_a_place_gets_it_when_another_lets_go(database: Database) -> None:
    declared(database, at_once=1)
    mine, theirs, seen = Limits(Store(database)), Limits(Store(database)), list[str]()

    async def wait() -> None:
        async with theirs.place(SCOPE):
            seen.append("in")

    async with mine.place(SCOPE):
        assert await theirs.room(SCOPE) == 0
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.2)
        assert seen == []
    await waiting
    assert seen == ["in"]
    assert await theirs.room(SCOPE) == 1


async def test_one_who_is_cancelled_while_waiting_holds_no_place(database: Database) -> None:
    declared(database, at_once=1)
    limits = Limits(Store(database))

    async def wait() -> None:
        async with limits.place(SCOPE):
            pass

    async with limits.place(SCOPE):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert await limits.room(SCOPE) == 1


async def test_a_limit_that_is_taken_away_lets_those_who_wait_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRESH", 0.05)
    declared(database, at_once=1)
    limits = Limits(Store(database))

    async def wait() -> None:
        async with limits.place(SCOPE):
            pass

    async with limits.place(SCOPE):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        with database.writing() as connection:
            remove_limit(connection, SCOPE)
        await asyncio.wait_for(waiting, 5)
