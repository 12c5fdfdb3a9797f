"""The traces of a forgotten person: in the quarantine, in every column, and in the bytes of the file."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Float, Integer, select

from runtime.channels.folder import FolderChannel
from runtime.roundhouse import Roundhouse
from state.sql import sqlite
from state.sql.columns import Moment
from state.sql.tables import metadata, quarantine
from tests.support.person import PERSON, TRACES, catalogue, everything, execute, later, lived, run_batch, start, tickets


@pytest.fixture
async def roundhouse(database_url: str, tmp_path: Path) -> AsyncIterator[Roundhouse]:
    channels = {"default": FolderChannel(tmp_path / "outbox")}
    async with Roundhouse.open(database_url, catalogue(), channels) as opened:
        yield opened


QUARANTINED = [
    # a text that a row was rejected for, and whether it is about the person
    (PERSON, True),
    (f"{PERSON};Lovelace has", True),
    (f"{PERSON}2", False),
    ("his Ada.Lovelace", False),
    ("unsure: Lovelace has an analytical engine", True),
    ("unsure", False),
]


@pytest.mark.parametrize(("said", "is_hers"), QUARANTINED, ids=str)
async def test_a_quarantined_row_is_the_persons_by_its_id_or_by_two_of_its_values(
    roundhouse: Roundhouse, tmp_path: Path, said: str, is_hers: bool
) -> None:
    await run_batch(roundhouse, tickets(tmp_path))
    await roundhouse.store.write(execute, "UPDATE quarantine SET text = :said, reason = 'why'", {"said": said})
    await roundhouse.forget(PERSON, by="ann")
    rows = await roundhouse.store.read(lambda connection: connection.execute(select(quarantine)).all())
    assert {(row.text, row.reason) for row in rows} == {("", "forgotten") if is_hers else (said, "why")}


async def test_a_person_whose_row_never_was_a_case_is_forgotten_too(roundhouse: Roundhouse, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(f'id,text\n{PERSON},"unclosed,and more,and more\nbob,x y\n')
    await run_batch(roundhouse, path)
    forgotten = await roundhouse.forget(PERSON, by="ann")
    assert (forgotten.runs, forgotten.lines) == ((), 1)
    assert PERSON not in await roundhouse.store.read(everything)


@pytest.fixture
def _traces_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite as it is made without overwriting what is deleted, whatever this one is made like."""
    enter = sqlite._enter_wal

    def without(cursor: Any) -> None:
        enter(cursor)
        cursor.execute("PRAGMA secure_delete = OFF")

    monkeypatch.setattr(sqlite, "_enter_wal", without)


def bytes_of(url: str) -> bytes:
    """All that a SQLite database has on the disk."""
    file = Path(url.removeprefix("sqlite:///"))
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))


@pytest.mark.usefixtures("_traces_stay")
async def test_no_byte_of_a_forgotten_person_is_left_in_the_file(sqlite_url: str, tmp_path: Path) -> None:
    channels = {"default": FolderChannel(tmp_path / "outbox")}
    async with Roundhouse.open(sqlite_url, catalogue(), channels) as roundhouse:
        run = await lived(roundhouse, tmp_path)
        # the checkpoints lie in free pages from now on
        await roundhouse.prune(later(1), by="ann")
        before = bytes_of(sqlite_url)
        assert [trace for trace in TRACES if trace.encode() not in before] == []
        assert (await roundhouse.forget(PERSON, by="ann")).file == "compacted"
        traces = [trace.encode() for trace in (*TRACES, run)]
        assert [trace for trace in traces if trace in bytes_of(sqlite_url)] == []
    assert [trace for trace in traces if trace in bytes_of(sqlite_url)] == []


@pytest.mark.usefixtures("_traces_stay")
async def test_a_file_that_somebody_reads_is_said_to_be_in_use_and_done_the_next_time(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    async with Roundhouse.open(sqlite_url, catalogue()) as roundhouse:
        await start(roundhouse, PERSON)
        reader = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM runs").fetchall()
        assert (await roundhouse.forget(PERSON, by="ann")).file == "in use"
        assert PERSON.encode() in bytes_of(sqlite_url)
        reader.close()
        assert (await roundhouse.forget(PERSON, by="ann")).file == "compacted"
        assert PERSON.encode() not in bytes_of(sqlite_url)


KEPT = {
    # every column that may hold words, and is kept as it is
    "runs": "workflow signature batch status driver audit_head",
    "records": "decision outcome maker_kind maker built_from",
    "notes": "decision kind author",
    "executions": "decision specialist outcome model",
    "conflicts": "conflict versions action preferred decided_by",
    "reviews": "id question kind names versions status queue terms claimed_by answered_by",
    "outbox": "id workflow effect status corrects channel review sender",
    "audit": "actor_kind actor action subject digest hash",
    "batches": "id workflow signature source source_digest selection profile_digest",
    "quarantine": "batch field",
    "signatures": "id workflow parts",
    # of cases they keep a digest of all and their places, and no word
    "experiments": "id name content",
    "trials": "experiment shape ended",
    "tombstones": "id run workflow case_digest forgotten_by",
    # of cases they keep numbers alone
    "certificates": "id workflow signature status ended_because content watch",
    "rules": "id workflow conflict prefer support accepted_by revoked_by",
    "keys": "name secret",
    "workers": "id host versions",
    "limits": "scope set_by",
    "slots": "id scope holder",
    "judgements": "workflow certificate error",
    "spot_checks": "workflow status by",
}
CHANGED = {
    # every column that is erased or gets a pseudonym
    "runs": "id case_id case_data pins decisions error origin seed",
    "records": "run value reason provenance",
    "notes": "run text",
    "executions": "run error tool",
    "conflicts": "run",
    "reviews": "run payload answer",
    "outbox": "case_id digest run payload message error receipt",
    "audit": "run payload salt",
    "quarantine": "reason text",
    "judgements": "run case_id",
    "spot_checks": "run case_id verdict",
    # the rows of these are deleted
    "outcomes": "workflow case_id label source",
    "schedules": "id workflow case_id case_data profile staff cron zone status last_run run error changed_by",
    "saved_checkpoints": "thread namespace checkpoint parent run metadata encoding body",
    "saved_writes": "thread namespace checkpoint task path channel encoding body",
}


def worded() -> Iterator[tuple[str, str]]:
    """The columns that may hold words."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if not isinstance(column.type, Integer | Float | Boolean | Moment):
                yield table.name, column.name


def test_it_is_known_of_every_column_what_forgetting_does_to_it() -> None:
    known = [(table, name) for each in (KEPT, CHANGED) for table, names in each.items() for name in names.split()]
    assert sorted(known) == sorted(worded())
