"""Workers that are killed or stopped in the middle: every run finishes, no effect is there twice, in seconds."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence

from tests.faults.processes import Child, Children
from tests.faults.servers import own_server
from tests.support.working import at_standstill, front_door, put, rows, work_apart

LONGEST = 15.0
"""Seconds from the death of a worker until its runs go on."""

CASES = [f"r{number}" for number in range(100)]

TWICE = "SELECT run FROM outbox GROUP BY run HAVING count(*) > 1"
HELD = "SELECT id FROM runs WHERE driver LIKE '{}/%'"


def started(children: Children, url: str, host: str | None = None, version: str | None = None) -> Child:
    """A worker in a process of its own, which is ready."""
    child = children.start(work_apart, url, host, version, 4)
    child.until(lambda said: "is ready" in said)
    return child


async def completed(url: str, at_least: int) -> None:
    """Wait until so many runs are completed."""
    while rows(url, "SELECT count(*) FROM runs WHERE status = 'completed'")[0][0] < at_least:
        await asyncio.sleep(0.01)


def held_by(url: str, host: str) -> Sequence[str]:
    """The runs that a worker on a machine has in hand."""
    return [run for (run,) in rows(url, HELD.format(host))]


async def test_a_killed_workers_runs_go_on_elsewhere_within_seconds(postgres_url: str, children: Children) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, CASES, chunk=25)
        first = started(children, postgres_url, host="first")
        await completed(postgres_url, 20)
        first.kill()
        killed = time.monotonic()
        assert first.end() == -signal.SIGKILL
        held = held_by(postgres_url, "first")
        assert held, "it had nothing in hand"
        second = started(children, postgres_url, host="second")
        assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}
        assert time.monotonic() - killed < LONGEST
        second.kill()
    assert rows(postgres_url, TWICE) == []
    assert rows(postgres_url, "SELECT count(*) FROM outbox") == [(len(CASES),)]
    assert rows(postgres_url, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]


async def test_a_worker_that_is_told_to_end_gives_its_runs_back(postgres_url: str, children: Children) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, CASES, chunk=50)
        first = started(children, postgres_url)
        await completed(postgres_url, 10)
        os.kill(first.pid, signal.SIGTERM)
        assert first.end() == 0
        assert rows(postgres_url, "SELECT id FROM runs WHERE driver IS NOT NULL") == []
        [(left,)] = rows(postgres_url, "SELECT count(*) FROM runs WHERE status = 'running'")
        assert left
        [(given_back,)] = rows(postgres_url, "SELECT sum(jsonb_array_length(args->'runs')) FROM procrastinate_jobs")
        assert given_back == left
        started(children, postgres_url)
        assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}
    assert rows(postgres_url, TWICE) == []


async def test_a_worker_that_stood_still_is_not_believed_any_more(postgres_url: str, children: Children) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, CASES, chunk=25)
        first = started(children, postgres_url, host="first")
        await completed(postgres_url, 20)
        os.kill(first.pid, signal.SIGSTOP)
        started(children, postgres_url, host="second")
        assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}
        first.go_on()
        os.kill(first.pid, signal.SIGTERM)
        assert first.end() == 0
        assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}
    assert rows(postgres_url, TWICE) == []
    assert rows(postgres_url, "SELECT run, ordinal FROM audit GROUP BY run, ordinal HAVING count(*) > 1") == []


async def test_workers_of_two_versions_side_by_side_never_mix(postgres_url: str, children: Children) -> None:
    async with front_door(postgres_url) as (old, queueing), front_door(postgres_url, "2") as (new, _):
        await put(old, queueing, CASES[:20], chunk=5)
        await put(new, queueing, CASES[20:40], chunk=5)
        workers = [started(children, postgres_url), started(children, postgres_url, version="2")]
        assert {run.status for run in await at_standstill(old)} == {"completed"}
    for worker in workers:
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.end() == 0
        assert "20 completed" in worker.said[-1], "those of its own version, and no other"


async def test_a_worker_goes_on_when_its_server_is_there_again(children: Children) -> None:
    with own_server() as server:
        async with front_door(server.url) as (roundhouse, queueing):
            await put(roundhouse, queueing, CASES, chunk=25)
        worker = started(children, server.url)
        await completed(server.url, 20)
        server.stop()
        server.start()
        async with front_door(server.url) as (roundhouse, _):
            assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.end() == 0
        assert rows(server.url, TWICE) == []
        assert rows(server.url, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]
