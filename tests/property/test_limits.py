"""However many share a limit, and whenever they come, no more are let through than was declared."""

from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from state.limit import MINUTE, Limit
from state.sql.database import Database
from state.sql.limits import free_slot, set_limit, take_slot, take_token
from state.sql.tables import limits, slots

SCOPE = "model:m"
START = 4e9
"""Later than the clock at which the bucket is made, so that it is full."""

pauses = st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=60)
"""Seconds between one who comes and the next."""


@pytest.fixture(scope="module")
def memory() -> Iterator[Database]:
    """One database in memory for all examples."""
    with Database.open("sqlite://") as database:
        yield database


def declare(connection: Connection, limit: Limit) -> None:
    connection.execute(delete(slots))
    connection.execute(delete(limits))
    set_limit(connection, limit, "ann", datetime.now(UTC))


@settings(max_examples=60, deadline=None)
@given(per_minute=st.integers(1, 40), comes_after=pauses)
def test_in_no_minute_more_begin_than_the_rate(memory: Database, per_minute: int, comes_after: list[float]) -> None:
    limit, now, began = Limit(scope=SCOPE, per_minute=per_minute), START, list[float]()
    with memory.writing() as connection:
        declare(connection, limit)
        for pause in comes_after:
            now += pause
            wait = take_token(connection, limit, now)
            if wait is not None:
                began.append(now + wait)
    began.sort()
    for place, moment in enumerate(began):
        # a hair less than a minute, for what is rounded
        within = bisect_left(began, moment + MINUTE - 1e-3) - place
        assert within <= per_minute


@settings(max_examples=60, deadline=None)
@given(
    at_once=st.integers(1, 5),
    deeds=st.lists(st.tuples(st.sampled_from(["take", "free", "die"]), st.floats(0, 30)), max_size=40),
)
def test_never_more_places_are_held_than_there_are(
    memory: Database, at_once: int, deeds: list[tuple[str, float]]
) -> None:
    now, held = START, dict[str, float]()
    with memory.writing() as connection:
        declare(connection, Limit(scope=SCOPE, at_once=at_once))
        for deed, pause in deeds:
            now += pause
            held = {slot: until for slot, until in held.items() if until > now}
            if deed == "take":
                slot = take_slot(connection, SCOPE, "w", 60.0, now)
                assert (slot is None) == (len(held) == at_once)
                held |= {slot: now + 60.0} if slot else {}
            elif deed == "free" and held:
                slot = next(iter(held))
                free_slot(connection, slot)
                del held[slot]
            assert len(held) <= at_once


def test_many_who_come_at_the_same_moment_get_no_more_places_and_tokens_than_there_are(database: Database) -> None:
    limit, many = Limit(scope=SCOPE, at_once=3, per_minute=40), 8
    with database.writing() as connection:
        declare(connection, limit)
    gate = Barrier(many)

    def come(number: int) -> tuple[bool, bool]:
        gate.wait()
        with database.writing() as connection:
            slot = take_slot(connection, SCOPE, f"w{number}", 60.0)
        with database.writing() as connection:
            wait = take_token(connection, limit, START)
        return slot is not None, wait == 0.0

    with ThreadPoolExecutor(many) as pool:
        came = list(pool.map(come, range(many)))
    assert sum(has_slot for has_slot, _ in came) == 3
    assert sum(has_token for _, has_token in came) == limit.burst == 4
