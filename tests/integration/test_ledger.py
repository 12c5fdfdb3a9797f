"""The ledger on real databases: which runs it sums up, people's work as it is answered, and out of which index."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from graphs.catalogue import Catalogue, Entry
from runtime.roundhouse import Roundhouse
from state.errors import UsageError
from state.execution import Execution
from state.ledger import Ledger
from state.run import RunFilter
from state.sql.batch_list import list_batches
from state.sql.database import Database
from state.sql.ledger import find_batch, read_ledger
from state.sql.store import Store
from state.sql.tables import batches, executions, reviews, runs
from tests.integration.test_run_list import row
from tests.support.person import run_batch, tickets
from tests.support.plans import plans
from tests.support.triage import triage

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    entry = Entry(lambda profile: triage)
    async with Roundhouse.open(database_url, Catalogue({"triage": entry, "other": entry})) as opened:
        yield opened


def read(roundhouse: Roundhouse, chosen: RunFilter | None = None) -> Ledger:
    return roundhouse.store.read_now(read_ledger, chosen or RunFilter(origin="originals"))


async def start(roundhouse: Roundhouse, trouble: str = "", workflow: str = "triage") -> str:
    return (await roundhouse.start(workflow, {"id": "t1", "text": "printer hums", "trouble": trouble})).id


def _change(connection: Connection, /, table: Any, **facts: object) -> None:
    connection.execute(update(table).values(**facts))


async def test_the_ledger_sums_up_what_the_stories_tell(roundhouse: Roundhouse) -> None:
    stories = [await roundhouse.show(await start(roundhouse, trouble)) for trouble in ("", "raise", "ask", "disagree")]
    told: list[Execution] = [execution for story in stories for execution in story.executions]
    found = read(roundhouse)
    assert found.cases == 4
    assert sum(work.executions for work in found.work) == len(told)
    for work in found.work:
        own = [execution for execution in told if execution.specialist == work.specialist]
        assert work.outcomes == {
            outcome: sum(each.outcome == outcome for each in own) for outcome in {each.outcome for each in own}
        }
        # no model has a seat here, so that no two calls for a case are at the same time
        assert work.busy == pytest.approx(sum((each.ended_at - each.started_at).total_seconds() for each in own))
        assert sum(work.over_time) == pytest.approx(work.busy)
    assert found.begins == min(each.ready_at for each in told)
    assert found.ends == max(each.ended_at for each in told)
    assert next(work.faults for work in found.work if work.specialist == "urgency") == 2


async def test_it_is_that_of_a_workflow_or_a_period_and_forks_are_left_out(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse)
    await start(roundhouse, workflow="other")
    await roundhouse.fork(run, {"Urgency": {"level": 0}}, by="ann")
    assert read(roundhouse).cases == 2
    assert read(roundhouse, RunFilter(workflow="other", origin="originals")).cases == 1
    later = RunFilter(since=datetime.now(UTC) + timedelta(hours=1), origin="originals")
    assert read(roundhouse, later).cases == 0


async def test_it_is_that_of_a_batch_by_the_beginning_of_its_id(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse)
    await run_batch(roundhouse, tickets(tmp_path))
    [batch] = roundhouse.store.read_now(list_batches, 5)
    named = roundhouse.store.read_now(find_batch, batch.id[:6])
    assert named == batch.id
    assert read(roundhouse, RunFilter(batch=named)).cases == 4
    with pytest.raises(UsageError, match=f"'none' does not exist. The newest begin with {batch.id}"):
        roundhouse.store.read_now(find_batch, "none")


async def test_claims_tell_how_long_people_worked(roundhouse: Roundhouse) -> None:
    for _ in range(3):
        await start(roundhouse, "unsure")
    first, second, _ = [each for run in await roundhouse.runs() for each in await roundhouse.questions(run.id)]
    await roundhouse.claim(first.id, by="ann")
    await roundhouse.answer(first.id, "approve", by="ann")
    await roundhouse.answer(second.id, "approve", by="bob")
    human = read(roundhouse).human
    assert (human.answers, human.claimed, human.open, human.by_policy) == (2, 1, 1, 0)
    await roundhouse.store.write(
        _change, reviews, claimed_at=NOW, answered_at=NOW + timedelta(minutes=4), claimed_until=NOW + timedelta(hours=1)
    )
    assert read(roundhouse).human.seconds == 240.0


def test_a_beginning_of_several_batches_is_refused(database: Database) -> None:
    store = Store(database)
    needed = {"workflow": "w", "signature": "s", "source": "f", "source_digest": "d", "selection": {}}
    with database.engine.begin() as connection:
        for name in ("abc-1", "abc-10"):
            connection.execute(insert(batches), needed | {"id": name, "created_at": NOW})
    assert store.read_now(find_batch, "abc-1") == "abc-1"
    with pytest.raises(UsageError, match="begins more than one batch"):
        store.read_now(find_batch, "abc")
    with pytest.raises(UsageError, match="does not exist"):
        store.read_now(find_batch, "%")


def test_microseconds_are_told_apart(database: Database) -> None:
    moments = [NOW + timedelta(microseconds=count) for count in (0, 7, 60)]
    called = dict(zip(("ready_at", "started_at", "ended_at"), moments, strict=True))
    facts = {"run": "r", "ordinal": 0, "decision": "D", "specialist": "s", "attempt": 1, "outcome": "decided"}
    with database.engine.begin() as connection:
        connection.execute(insert(runs), row("r"))
        connection.execute(insert(executions), facts | called)
    [work] = Store(database).read_now(read_ledger, RunFilter()).work
    assert (work.waiting, work.busy) == (7e-6, 53e-6)


@pytest.mark.parametrize("workflow", [None, "triage"])
@pytest.mark.parametrize("since", [None, NOW])
def test_no_documents_of_runs_are_read(sqlite_database: Database, workflow: str | None, since: datetime | None) -> None:
    for plan in plans(sqlite_database, read_ledger, RunFilter(workflow=workflow, since=since, origin="originals")):
        assert "COVERING INDEX ix_runs_listed" in plan
