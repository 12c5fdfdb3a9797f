"""A person whose case leaves words everywhere, and the looks into a database that show whether they are gone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from graphs.catalogue import Catalogue, Entry
from graphs.workflow import Workflow
from runtime.batch import Batch, Selection, Silent
from runtime.intake import Source
from runtime.roundhouse import Roundhouse
from state.run import RunRow
from state.sql.prune import Ended
from state.sql.tables import metadata, saved_checkpoints, saved_writes
from state.summary import Summary
from tests.support.triage import Ticket, triage

PERSON = "ada.lovelace"
"""The case's id, which says who it is."""

TRACES = (PERSON, "Lovelace", "analytical engine", "rang twice", "her brother", "old friends", "knows her well")
"""What was said of the person: the case's id and text, guidance, an edit's value and rationale, and why."""


def catalogue(workflow: Workflow = triage) -> Catalogue:
    make = Entry(lambda profile: workflow)
    return Catalogue({"triage": make, "second": make})


async def start(roundhouse: Roundhouse, case: str = "t1", trouble: str = "", **options: Any) -> RunRow:
    given = {"id": case, "text": "Lovelace has an analytical engine", "trouble": trouble}
    return await roundhouse.start(options.pop("workflow", "triage"), given, **options)


async def run_batch(roundhouse: Roundhouse, path: Path) -> Summary:
    source = Source(path, Ticket)
    driver = await roundhouse.driver("triage")
    batch = Batch(
        roundhouse=roundhouse, driver=driver, source=source, selection=Selection(), concurrency=2, meter=Silent()
    )
    return await batch.run()


def tickets(folder: Path) -> Path:
    """A file with the person, three others, and two rows in the quarantine of which one is the person's."""
    path = folder / "tickets.csv"
    rows = [f"{PERSON},Lovelace has an analytical engine,unsure", "bob,x y,", "cid,x y,unsure", "dan,x y,raise"]
    rows += [f"{PERSON},Lovelace has an analytical engine,unsure", "eve,,"]
    path.write_text("id,text,trouble\n" + "\n".join(rows) + "\n")
    return path


async def lived(roundhouse: Roundhouse, folder: Path) -> str:
    """A run of the person that leaves words everywhere: guidance, an edit, an effect that goes out, and a fork."""
    await run_batch(roundhouse, tickets(folder))
    run = await roundhouse.run(PERSON)
    [review] = await roundhouse.questions(run.id)
    await roundhouse.answer(review.id, "send_back", by="ann", text="Ada rang twice, ask her brother")
    [again] = await roundhouse.questions(run.id)
    value = {"team": "old friends", "rationale": "the desk knows her well"}
    await roundhouse.answer(again.id, "edit", by="ann", value=value)
    await roundhouse.delivery.drain()
    await roundhouse.fork(run.id, {"Topic": {"topic": "old friends", "rationale": "knows her well"}}, by="ann")
    return run.id


def everything(connection: Connection) -> str:
    """All that the tables hold, as text."""
    return "\n".join(repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table)))


def counted(connection: Connection, run: str) -> tuple[int, int]:
    """How many checkpoints and writes there are of a run."""
    counts = []
    for table in (saved_checkpoints, saved_writes):
        rows = connection.execute(select(table.c.thread).where(table.c.thread.startswith(run, autoescape=True)))
        counts.append(len(rows.all()))
    return counts[0], counts[1]


def execute(connection: Connection, statement: str, values: Mapping[str, Any]) -> None:
    connection.execute(text(statement), values)


def later(days: float = 0, **time: float) -> Ended:
    """The runs that ended before a moment to come."""
    return Ended(datetime.now(UTC) + timedelta(days=days, **time))


async def gone(roundhouse: Roundhouse) -> list[RunRow]:
    return [run for run in await roundhouse.runs() if run.id.startswith("forgotten-")]
