"""The queue: runs and jobs are in the database together, and workers drive them or give them back."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.queueing import Queueing
from runtime.roundhouse import Roundhouse
from runtime.worker import SILENT
from runtime.workload import APART, MOST_DEATHS
from state.errors import UnknownRun, UsageError
from state.job import Job
from state.sql.jobs import enqueue, put_back
from state.sql.strays import put_strays
from tests.support.certificates import certificate
from tests.support.triage import triage
from tests.support.working import CATALOGUE, at_standstill, front_door, put, rows, working

JOBS = "SELECT args->'runs', lock, status::text, scheduled_at IS NULL FROM procrastinate_jobs ORDER BY id"

REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no more'; END; $$;
CREATE TRIGGER refuse BEFORE INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE PROCEDURE refuse();
"""
"""Has the queue take no more jobs."""

EIGHT = [f"r{number}" for number in range(8)]


async def test_sqlite_has_no_queue_and_says_so_in_one_line(sqlite_url: str) -> None:
    async with Roundhouse.open(sqlite_url, CATALOGUE) as roundhouse:
        with pytest.raises(UsageError, match="A queue needs PostgreSQL") as refused:
            await put(roundhouse, Queueing(roundhouse.store), ["r1"])
        assert "\n" not in str(refused.value)


async def test_a_database_without_a_queue_says_what_makes_one(postgres_url: str) -> None:
    async with Roundhouse.open(postgres_url, CATALOGUE) as roundhouse:
        with pytest.raises(UsageError, match="Start a worker"):
            await put(roundhouse, Queueing(roundhouse.store), ["r1"])
        assert await roundhouse.runs() == []


async def test_runs_are_started_once_and_their_jobs_carry_only_what_is_new(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        assert await put(roundhouse, queueing, EIGHT[:2], chunk=3) == 2
        assert await put(roundhouse, queueing, EIGHT[:5], chunk=3) == 3
        assert await put(roundhouse, queueing, EIGHT[:5], chunk=3) == 0
        assert rows(postgres_url, JOBS) == [
            (["r0", "r1"], None, "todo", True),
            (["r2"], None, "todo", True),
            (["r3", "r4"], None, "todo", True),
        ]
        assert (await roundhouse.audit("r4")).verdict.bad is None


async def test_a_run_whose_job_cannot_be_kept_is_not_started(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        rows(postgres_url, REFUSE)
        with pytest.raises(Exception, match="no more"):
            await put(roundhouse, queueing, EIGHT)
        assert await roundhouse.runs() == []


async def test_workers_drive_what_is_on_the_queue_and_no_sweep_of_others_does(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, EIGHT, chunk=3)
        assert await roundhouse.sweep() == []
        async with working(postgres_url):
            assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}
        assert rows(postgres_url, JOBS) == []
        assert rows(postgres_url, "SELECT count(*) FROM runs WHERE queued_at IS NOT NULL OR driver IS NOT NULL") == [
            (0,)
        ]
        assert (await roundhouse.audit("r4")).verdict.bad is None


async def test_a_certificate_that_was_issued_meanwhile_counts_for_what_waits_on_the_queue(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, EIGHT[:2])
        issued = certificate(id="c1", signature=triage.signature, issued_at=datetime.now(UTC), threshold=0.1)
        await roundhouse.attention.issue(issued)
        async with working(postgres_url):
            await at_standstill(roundhouse)
        pins = [(await roundhouse.show(run)).pins for run in EIGHT[:2]]
        assert [(each["certificate"], each["threshold"]) for each in pins] == [("c1", 0.1)] * 2
        trail = await roundhouse.audit("r1")
        assert (trail.verdict.bad, [row.action for row in trail.rows].count("repinned")) == (None, 1)


async def test_an_answer_is_accepted_at_once_and_a_worker_drives_on(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, ["r1"], trouble="unsure")
        async with working(postgres_url):
            await at_standstill(roundhouse)
        [review] = await roundhouse.inbox()
        answered = await roundhouse.answer(review.id, "edit", by="ann", value={"team": "night desk"})
        assert (answered.status, await roundhouse.inbox()) == ("running", [])
        assert await roundhouse.sweep() == []
        async with working(postgres_url):
            [run] = await at_standstill(roundhouse)
        assert run.status == "completed"
        assert run.decisions["Reply"]["text"].startswith("night desk")


async def test_a_job_of_two_answers_and_one_of_a_run_that_is_done_change_nothing(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, EIGHT[:2])
        await queueing.resume("r0")
        await queueing.resume("r0")
        async with working(postgres_url):
            await at_standstill(roundhouse)
        await queueing.resume("r1")
        async with working(postgres_url):
            assert [run.status for run in await at_standstill(roundhouse)] == ["completed"] * 2
        assert rows(postgres_url, "SELECT run, count(*) FROM outbox GROUP BY run ORDER BY run") == [
            ("r0", 1),
            ("r1", 1),
        ]
        with pytest.raises(UnknownRun):
            await queueing.resume("r9")


async def test_a_run_of_another_version_is_left_to_a_worker_that_has_it(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with front_door(postgres_url) as (old, queueing), front_door(postgres_url, "2") as (new, _):
        await put(old, queueing, EIGHT[:3], chunk=3)
        await put(new, queueing, EIGHT[3:6], chunk=3)
        async with working(postgres_url, "2"):
            while [run.status for run in await old.runs()].count("completed") < 3:
                pass
            assert {run.id for run in await old.runs() if run.status == "completed"} == set(EIGHT[3:6])
            async with working(postgres_url):
                assert {run.status for run in await at_standstill(old)} == {"completed"}
    assert "A run is left to another worker" in caplog.text


async def test_the_jobs_of_a_silent_worker_are_put_back_and_those_of_others_are_not(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, _):
        await roundhouse.store.write(enqueue, [Job((run,), "triage") for run in EIGHT[:3]])
        for worker in range(2):
            rows(postgres_url, "SELECT procrastinate_register_worker_v1()")
            rows(postgres_url, f"SELECT procrastinate_fetch_job_v2(NULL, {worker + 1})")
        rows(
            postgres_url,
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '9 s' WHERE id = 1 RETURNING 1",
        )
        assert await roundhouse.store.write(put_back, SILENT) == 1
        assert [status for _, _, status, _ in rows(postgres_url, JOBS)] == ["todo", "doing", "todo"]
        assert rows(postgres_url, "SELECT id FROM procrastinate_workers") == [(2,)]


async def test_a_worker_that_is_stopped_gives_back_what_it_has_not_begun(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, [f"r{number}" for number in range(60)], chunk=60)
        async with working(postgres_url, concurrency=1) as worker:
            while not worker.workload.counts["completed"]:
                await roundhouse.runs()
        left = [run.id for run in await roundhouse.runs() if run.status == "running"]
        assert left
        assert [sorted(runs) for runs, _, _, _ in rows(postgres_url, JOBS)] == [sorted(left)]
        assert rows(postgres_url, "SELECT count(*) FROM runs WHERE driver IS NOT NULL") == [(0,)]
        async with working(postgres_url):
            assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}


async def test_a_job_that_workers_die_of_is_taken_apart_and_the_run_that_it_is_fails(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, EIGHT, chunk=7)
        rows(postgres_url, f"UPDATE procrastinate_jobs SET attempts = {APART} WHERE id = 1")
        rows(postgres_url, f"UPDATE procrastinate_jobs SET attempts = {MOST_DEATHS} WHERE id = 2")
        async with working(postgres_url):
            ended = {run.id: run for run in await at_standstill(roundhouse)}
        assert {run: ended[run].status for run in EIGHT} == {**dict.fromkeys(EIGHT[:7], "completed"), "r7": "failed"}
        assert "5 workers in a row have died" in str(ended["r7"].error)
        assert (await roundhouse.retry("r7", by="ann")).status == "completed"
        assert (await roundhouse.audit("r7")).verdict.bad is None


async def test_a_run_that_no_job_carries_is_put_on_the_queue_again(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, EIGHT, chunk=4)
        rows(postgres_url, "DELETE FROM procrastinate_jobs WHERE id = 1")
        later = datetime.now(UTC) + timedelta(seconds=1)
        assert sorted(await roundhouse.store.write(put_strays, later, later)) == EIGHT[:4]
        assert await roundhouse.store.write(put_strays, later + timedelta(seconds=1), later) == []
        async with working(postgres_url):
            assert {run.status for run in await at_standstill(roundhouse)} == {"completed"}


async def test_an_answered_run_goes_before_a_batch(postgres_url: str) -> None:
    async with front_door(postgres_url) as (roundhouse, queueing):
        await put(roundhouse, queueing, ["asks"], trouble="unsure")
        async with working(postgres_url):
            await at_standstill(roundhouse)
        await put(roundhouse, queueing, EIGHT)
        [review] = await roundhouse.inbox()
        await roundhouse.answer(review.id, "approve", by="ann")
        rows(postgres_url, "SELECT procrastinate_register_worker_v1()")
        [(first,)] = rows(postgres_url, "SELECT args->'runs' FROM procrastinate_fetch_job_v2(NULL, 2)")
        assert first == ["asks"]
