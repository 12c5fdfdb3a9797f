"""Lists of runs and batches on real databases: what a filter means, a page at a time, and out of which index."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from graphs.catalogue import Catalogue, Entry
from runtime.roundhouse import Roundhouse
from state.run import RunFilter
from state.sql.batch_list import list_batches
from state.sql.database import Database
from state.sql.run_list import known_profiles, known_workflows
from state.sql.runs import count_by_status, count_runs, list_runs
from state.sql.store import Store
from state.sql.tables import batches, quarantine, runs
from tests.support.person import run_batch, tickets
from tests.support.plans import plans
from tests.support.triage import triage

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, Catalogue({"triage": Entry(lambda profile: triage)})) as opened:
        yield opened


def row(run: str, after: int = 0, **facts: Any) -> dict[str, Any]:
    """A run's row, so many minutes after the first."""
    at = NOW + timedelta(minutes=after)
    needed = {"id": run, "workflow": "triage", "signature": "s", "case_id": f"case {run}", "status": "completed"}
    return needed | {"case_data": {}, "pins": {}, "decisions": {}, "created_at": at, "updated_at": at} | facts


def _insert(connection: Connection, table: Any, *rows: dict[str, Any]) -> None:
    for each in rows:
        connection.execute(insert(table), each)


KEPT = (
    row("plain"),
    row("50%-off", 1, flagged=True, questions=2),
    row("FORK-plain", 2, origin="plain", status="waiting", questions=1),
    row("other_1", 3, workflow="other", case_id="Ada", batch="b"),
)
CHOSEN = [
    (RunFilter(), ["other_1", "FORK-plain", "50%-off", "plain"]),
    (RunFilter(workflow="triage", status="completed"), ["50%-off", "plain"]),
    (RunFilter(batch="b"), ["other_1"]),
    # a part of the run's id or its case's, whatever its capitals
    (RunFilter(text="Plain"), ["FORK-plain", "plain"]),
    (RunFilter(text="ada"), ["other_1"]),
    (RunFilter(text="case 50"), ["50%-off"]),
    (RunFilter(text=""), ["other_1", "FORK-plain", "50%-off", "plain"]),
    # no wildcards
    (RunFilter(text="%"), ["50%-off"]),
    (RunFilter(text="_"), ["other_1"]),
    (RunFilter(text="/"), []),
    (RunFilter(flagged=True), ["50%-off"]),
    (RunFilter(flagged=False, origin="originals"), ["other_1", "plain"]),
    (RunFilter(asked=True), ["FORK-plain", "50%-off"]),
    (RunFilter(asked=False), ["other_1", "plain"]),
    (RunFilter(since=NOW + timedelta(minutes=2)), ["other_1", "FORK-plain"]),
    (RunFilter(origin="originals"), ["other_1", "50%-off", "plain"]),
    (RunFilter(origin="forks"), ["FORK-plain"]),
]
"""A filter, and the runs that it means, newest first."""


async def test_a_filter_means_the_same_to_lists_and_counts(store: Store) -> None:
    await store.write(_insert, runs, *KEPT)
    for chosen, expected in CHOSEN:
        assert [run.id for run in await store.read(list_runs, chosen, 10)] == expected, chosen
        assert await store.read(count_runs, chosen) == len(expected), chosen
        assert sum((await store.read(count_by_status, chosen)).values()) == len(expected), chosen


async def test_pages_hold_every_run_once_and_in_order(store: Store) -> None:
    at_once = [row(f"r{number}", after=number // 3, batch="b", position=9 - number) for number in range(10)]
    await store.write(_insert, runs, *at_once)
    whole = [run.id for run in await store.read(list_runs, RunFilter(), 10)]
    pages = [await store.read(list_runs, RunFilter(), 4, offset) for offset in (0, 4, 8, 12)]
    assert [len(page) for page in pages] == [4, 4, 2, 0]
    assert [run.id for page in pages for run in page] == whole
    assert whole[:4] == ["r9", "r6", "r7", "r8"]
    in_file = await store.read(list_runs, RunFilter(batch="b"), 2, 1)
    assert [run.id for run in in_file] == ["r8", "r7"]


async def test_workflows_are_known_by_their_runs_the_latest_first(store: Store) -> None:
    assert await store.read(known_workflows) == []
    await store.write(_insert, runs, row("a"), row("b", 1, workflow="other"), row("c", 2))
    assert await store.read(known_workflows) == ["triage", "other"]


async def test_profiles_are_known_by_the_newest_runs_and_by_batches(store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr("state.sql.run_list.RECENT", 2)
    named = {name: {"pins": {"profile": name}} for name in ("my.toml", "sample", "old")}
    facts = {"workflow": "triage", "signature": "s", "source": "x.csv", "source_digest": "d", "selection": {}}
    await store.write(_insert, batches, {"id": "b", **facts, "created_at": NOW})
    await store.write(
        _insert,
        runs,
        row("a", 0, **named["old"]),
        row("b", 1, **named["my.toml"], batch="b", position=1),
        row("c", 2, pins={"profile": None}),
        row("d", 3, **named["sample"]),
        row("e", 4, workflow="other", pins={"profile": "elsewhere"}),
    )
    assert await store.read(known_profiles, "triage") == ["sample", "my.toml"]
    assert await store.read(known_profiles, "nothing") == []


async def test_batches_are_listed_with_where_their_runs_stand(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await run_batch(roundhouse, tickets(tmp_path))
    [batch] = await roundhouse.store.read(list_batches, 10)
    assert (batch.workflow, batch.source) == ("triage", "tickets.csv")
    assert (batch.counts, batch.quarantined) == ({"completed": 1, "waiting": 3}, 2)
    assert batch.id == (await roundhouse.runs())[0].batch


async def test_the_newest_batches_come_first_and_those_without_runs_too(store: Store) -> None:
    facts = {"workflow": "triage", "signature": "s", "source": "x.csv", "source_digest": "d", "selection": {}}
    kept = [{"id": f"b{hour}", **facts, "created_at": NOW + timedelta(hours=hour)} for hour in range(3)]
    await store.write(_insert, batches, *kept)
    problems = [{"batch": "b2", "line": line, "field": field, "reason": "", "text": ""} for line, field in BAD]
    await store.write(_insert, quarantine, *problems)
    found = await store.read(list_batches, 2)
    assert [(batch.id, batch.counts, batch.quarantined) for batch in found] == [("b2", {}, 2), ("b1", {}, 0)]


BAD = ((3, "text"), (3, "id"), (5, "text"))
"""Two rows, one of them with two bad fields."""


FILTERS = [
    RunFilter(),
    RunFilter(workflow="triage"),
    RunFilter(workflow="triage", status="completed", flagged=True, asked=True),
    RunFilter(text="L-0", since=NOW, origin="originals"),
    RunFilter(batch="b", status="completed"),
]


@pytest.mark.parametrize("chosen", FILTERS)
def test_runs_are_counted_and_pages_found_in_an_index_alone(sqlite_database: Database, chosen: RunFilter) -> None:
    read = plans(sqlite_database, count_runs, chosen)
    read += plans(sqlite_database, count_by_status, chosen)
    for plan in read:
        assert "COVERING INDEX" in plan
    # the page's own rows are looked up by their ids
    for plan in plans(sqlite_database, list_runs, chosen, 50, 1000):
        assert "INDEX ix_runs_" in plan or "INDEX sqlite_autoindex_runs_1 (id=?)" in plan
