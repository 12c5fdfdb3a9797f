"""A crowd that is cast from a few real runs is as good as real: told, audited, answered and forked like any other."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from benchmarks.crowd import DAYS, WORKFLOW, fill
from runtime.roundhouse import Roundhouse
from state.errors import UsageError
from state.progress import Progress
from state.run import RunFilter
from state.sql.batch_list import list_batches
from state.sql.database import Database
from state.sql.figures import read_figures
from state.sql.fork import read_progress
from state.sql.outbox import count_effects
from state.sql.runs import count_runs
from state.sql.tables import runs

RUNS, QUESTIONS, REAL = 60, 6, 40


@pytest.fixture
def crowded(database_url: str) -> str:
    """The URL of a database with sixty runs that are cast from forty."""
    fill(database_url, RUNS, QUESTIONS, REAL)
    return database_url


def _ids(connection: Connection) -> list[str]:
    return list(connection.execute(select(runs.c.id).order_by(runs.c.created_at)).scalars())


async def test_there_are_as_many_runs_and_open_questions_as_wanted(crowded: str) -> None:
    async with Roundhouse.open(crowded) as roundhouse:
        assert await roundhouse.store.read(count_runs, RunFilter()) == RUNS
        assert len({review.run for review in await roundhouse.inbox()}) == QUESTIONS
        found = await roundhouse.store.read(read_figures, WORKFLOW)
        listed = await roundhouse.store.read(list_batches, 100)
        effects = await roundhouse.store.read(count_effects)
    assert (found.cases, found.waiting, found.by_status["waiting"]) == (RUNS, QUESTIONS, QUESTIONS)
    assert found.alone < found.ended == RUNS - QUESTIONS
    assert effects == {"delivered": found.by_status["completed"]}
    assert sum(sum(batch.counts.values()) for batch in listed) == RUNS


async def test_the_runs_are_spread_over_sixty_days(crowded: str) -> None:
    async with Roundhouse.open(crowded) as roundhouse:
        listed = await roundhouse.runs()
        stories = [await roundhouse.show(run.id) for run in listed[:: RUNS // 4]]
    ages = Counter((datetime.now(UTC) - run.created_at).days // 10 for run in listed)
    assert ages == dict.fromkeys(range(DAYS // 10), RUNS // (DAYS // 10))
    for story in stories:
        moments = [record.made_at for record in story.records]
        moments += [execution.started_at for execution in story.executions]
        assert all(timedelta(0) <= moment - story.run.created_at < timedelta(minutes=5) for moment in moments)


async def test_every_trail_is_whole_and_speaks_of_its_own_run(crowded: str) -> None:
    async with Roundhouse.open(crowded) as roundhouse:
        ids = await roundhouse.store.read(_ids)
        for run in ids:
            trail = await roundhouse.audit(run)
            assert trail.verdict.is_whole, trail.verdict.reason
            change = trail.rows[0].change
            assert change is not None
            assert change["after"]["run"] == run


async def test_the_checkpoints_hold_what_the_tables_hold(crowded: str) -> None:
    async with Roundhouse.open(crowded) as roundhouse:
        driver = await roundhouse.driver(WORKFLOW)
        for run in await roundhouse.runs():
            state = await driver.graph.aget_state({"configurable": {"thread_id": run.id}})
            progress = Progress.parse(state.values["progress"])
            kept = await roundhouse.store.read(read_progress, run.id)
            assert state.values["case"]["id"] == run.case_id
            for name in ("records", "notes", "rungs", "executions", "closed"):
                assert getattr(progress, name) == getattr(kept, name), (run.id, name)


async def test_an_open_question_of_a_copy_is_answered_and_its_effect_goes_out(crowded: str) -> None:
    async with Roundhouse.open(crowded) as roundhouse:
        for review in await roundhouse.inbox():
            run = await roundhouse.answer(review.id, "edit", by="ann", value={"lane": "decline"}, text="not for us")
            story = await roundhouse.show(run.id)
            assert (run.status, run.decisions["Qualification"]["lane"]) == ("completed", "decline")
            assert [effect.status for effect in story.effects] == ["pending"]
            assert (await roundhouse.audit(run.id)).verdict.is_whole
        assert await roundhouse.inbox() == []


async def test_a_copy_can_be_forked(crowded: str) -> None:
    async with Roundhouse.open(crowded) as roundhouse:
        [run] = [run for run in await roundhouse.runs(RunFilter(status="completed"), limit=1)]
        made = await roundhouse.fork(run.case_id, {"Qualification": {"lane": "contact"}}, by="ann")
        assert made.of.id == run.id
        assert made.run.case_id == run.case_id


def test_a_database_with_runs_is_left_alone(sqlite_url: str) -> None:
    fill(sqlite_url, 4, 0, 4)
    with pytest.raises(UsageError, match="has runs already"):
        fill(sqlite_url, 4, 0, 4)
    with Database.open(sqlite_url) as database, database.reading() as connection:
        assert count_runs(connection, RunFilter()) == 4


def test_what_no_mould_is_there_for_is_refused(sqlite_url: str) -> None:
    with pytest.raises(UsageError, match="Have more of them"):
        fill(sqlite_url, 4, 1, 1)
    with pytest.raises(UsageError, match="no more questions than runs"):
        fill(sqlite_url, 4, 5)
