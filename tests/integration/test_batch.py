"""Batches on a real database: nothing is run twice, nothing is lost, bad rows are kept aside."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from graphs.catalogue import Catalogue, Entry
from runtime.batch import Batch, Selection, Silent
from runtime.export import check_export, export
from runtime.intake import Source
from runtime.roundhouse import Roundhouse
from state.errors import UnreadableSource, UsageError
from state.sql.batches import quarantined
from state.sql.database import Database
from state.summary import Summary
from tests.support.triage import Ticket, triage


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, Catalogue({"triage": Entry(lambda profile: triage)})) as opened:
        yield opened


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """Twelve rows: seven plain, one flagged, one unsure, one disagreeing, one without text, one repeated."""
    path = tmp_path / "tickets.csv"
    lines = [f"t{n},printer {n} burns," for n in range(7)]
    lines += ["t7,printer hums,flag", "t8,=cmd() hums,unsure", "t9,printer hums,disagree", "t10,,", "t1,again,"]
    path.write_text("id,text,trouble\n" + "\n".join(lines) + "\n")
    return path


async def batch_of(roundhouse: Roundhouse, path: Path, selection: Selection | None = None) -> Batch:
    return Batch(
        roundhouse=roundhouse,
        driver=await roundhouse.driver("triage"),
        source=Source(path, Ticket),
        selection=selection or Selection(),
        concurrency=4,
        meter=Silent(),
    )


async def run(roundhouse: Roundhouse, path: Path, *, fresh: bool = False) -> Summary:
    return await (await batch_of(roundhouse, path)).run(fresh=fresh)


async def executions(roundhouse: Roundhouse, database_url: str) -> int:
    with Database.open(database_url) as database, database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM executions")).scalar_one())


async def test_the_summary_adds_up(roundhouse: Roundhouse, tickets: Path) -> None:
    summary = await run(roundhouse, tickets)
    assert (summary.cases, summary.completed, summary.awaiting_review, summary.quarantined) == (12, 8, 2, 2)
    assert (summary.rejected, summary.failed, summary.resumed) == (0, 0, 0)
    assert summary.human_share == 0.2
    assert summary.flagged_share == 0.1
    assert summary.conflicts == {"night shift": 1}
    assert len(summary.run_ids) == len(set(summary.run_ids)) == 10


async def test_a_misspelled_column_is_told_before_the_first_row(roundhouse: Roundhouse, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("id,text,truoble\na,printer hums,\n")
    batch = await batch_of(roundhouse, path)
    await batch.run()
    assert batch.notices == ["tickets.csv: 'truoble' is not read; did you mean 'trouble'?"]


async def test_bad_rows_are_kept_with_line_field_and_reason(roundhouse: Roundhouse, tickets: Path) -> None:
    batch = await batch_of(roundhouse, tickets)
    await batch.run()
    assert not batch.replaces
    kept = await roundhouse.store.read(quarantined, batch.id, 10)
    assert [(each.line, each.field, each.text) for each in kept] == [(12, "text", ""), (13, "id", "t1")]


async def test_the_same_command_again_runs_nothing_again(
    roundhouse: Roundhouse, database_url: str, tickets: Path
) -> None:
    first = await run(roundhouse, tickets)
    before = await executions(roundhouse, database_url)
    again = await run(roundhouse, tickets)
    assert again.resumed == 10
    assert (again.completed, again.run_ids) == (first.completed, first.run_ids)
    assert await executions(roundhouse, database_url) == before


async def test_fresh_starts_anew_and_repeats_no_effect(
    roundhouse: Roundhouse, database_url: str, tickets: Path
) -> None:
    first, anew = await run(roundhouse, tickets), await run(roundhouse, tickets, fresh=True)
    assert anew.resumed == 0
    assert not set(anew.run_ids) & set(first.run_ids)
    assert (await run(roundhouse, tickets)).run_ids == anew.run_ids
    with Database.open(database_url) as database, database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar_one() == first.completed


async def test_another_file_or_selection_is_another_batch(roundhouse: Roundhouse, tickets: Path) -> None:
    whole = await run(roundhouse, tickets)
    part = await (await batch_of(roundhouse, tickets, Selection(limit=3))).run()
    tickets.write_text(tickets.read_text() + "t99,one more,\n")
    later = await batch_of(roundhouse, tickets)
    longer = await later.run()
    assert later.replaces
    assert (part.cases, longer.cases, longer.resumed) == (3, 13, 0)
    assert not set(whole.run_ids) & set(longer.run_ids)


@pytest.mark.parametrize("moment", [0.0, 0.005, 0.01, 0.02, 0.05])
async def test_a_batch_that_is_cancelled_goes_on_where_it_stood(
    roundhouse: Roundhouse, database_url: str, tmp_path: Path, moment: float
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(json.dumps({"id": f"t{n}", "text": "printer hums"}) for n in range(60)))
    task = asyncio.create_task(run(roundhouse, path))
    while not await roundhouse.runs(limit=1):
        await asyncio.sleep(0.003)
    await asyncio.sleep(moment)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    summary = await run(roundhouse, path)
    assert (summary.cases, summary.completed) == (60, 60)
    assert summary.resumed < 60
    assert await executions(roundhouse, database_url) == 240


async def test_the_export_keeps_the_order_and_is_brought_up_to_date(
    roundhouse: Roundhouse, tickets: Path, tmp_path: Path
) -> None:
    batch = await batch_of(roundhouse, tickets)
    await batch.run()
    out = tmp_path / "routed.csv"
    export(roundhouse.store, triage, batch.id, out)
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["id"] for row in rows] == [f"t{n}" for n in range(10)]
    assert (rows[0]["Team.team"], rows[8]["status"]) == ("printer desk", "waiting")
    assert rows[8]["text"] == "'=cmd() hums"
    for review in await roundhouse.inbox():
        await roundhouse.answer(review.id, "approve", by="ann")
    export(roundhouse.store, triage, batch.id, out)
    assert {row["status"] for row in csv.DictReader(out.read_text().splitlines())} == {"completed"}
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


async def test_the_export_as_json_lines_holds_whole_decisions(
    roundhouse: Roundhouse, tickets: Path, tmp_path: Path
) -> None:
    batch = await batch_of(roundhouse, tickets)
    await batch.run()
    export(roundhouse.store, triage, batch.id, tmp_path / "routed.jsonl")
    first = json.loads((tmp_path / "routed.jsonl").read_text().splitlines()[0])
    assert first["case"]["id"] == "t0"
    assert first["decisions"]["Team"]["team"] == "printer desk"


async def test_a_file_that_changes_while_it_is_read_is_said_so(
    roundhouse: Roundhouse, tickets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await batch_of(roundhouse, tickets)
    digests = iter(["before", "after"])
    monkeypatch.setattr(Source, "digest", lambda self: next(digests))
    with pytest.raises(UnreadableSource, match="changed while it was read"):
        await batch.run()


def test_an_export_over_the_input_or_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "leads.csv")
    for name in ("leads.csv", "link.csv"):
        with pytest.raises(UsageError, match="is the input or the database"):
            check_export(tmp_path / name, keep=[tmp_path / "leads.csv"])


def test_an_export_that_cannot_be_written_is_refused_beforehand(tmp_path: Path) -> None:
    for path in (tmp_path / "routed.xlsx", tmp_path / "none" / "routed.csv"):
        with pytest.raises(UsageError):
            check_export(path)
