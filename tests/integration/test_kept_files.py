"""Kept files are removed once nothing names them: old ones when it is pruned, a person's when they are forgotten."""

import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.files import FileStore
from runtime.channels.folder import FolderChannel
from runtime.kept_files import YOUNG, Files, unnamed
from runtime.roundhouse import Roundhouse
from state.sql import named_files
from state.sql.named_files import named_among, named_by
from state.sql.runs import take_lease
from tests.integration.test_cli import Shell
from tests.support.papers import catalogue
from tests.support.person import execute, later


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
async def roundhouse(database_url: str, files: FileStore, tmp_path: Path) -> AsyncIterator[Roundhouse]:
    channels = {"default": FolderChannel(tmp_path / "out")}
    async with Roundhouse.open(database_url, catalogue(files), channels, files=files) as opened:
        yield opened


async def finish(roundhouse: Roundhouse, text: str = "a page", case: str = "w1") -> str:
    run = await roundhouse.start("papers", {"id": case, "text": text})
    assert run.status == "completed"
    return run.id


def kept(files: FileStore) -> set[bytes]:
    return {path.read_bytes() for path in files.folder.glob("??/*")}


def age(files: FileStore, seconds: float = YOUNG + 60) -> None:
    """Have everything in the store been there for a while."""
    for path in files.folder.rglob("*"):
        os.utime(path, (time.time() - seconds,) * 2)


async def test_old_files_that_nothing_names_are_removed_and_counted(roundhouse: Roundhouse, files: FileStore) -> None:
    await finish(roundhouse)
    named = kept(files)
    files.keep(b"x" * 1000, "lost.parquet")
    files.draft().write_bytes(b"y" * 500)
    age(files)
    files.keep(b"too young", "new.pdf")
    (files.folder / "README").write_text("somebody else's")
    (files.folder / "ab").mkdir(exist_ok=True)
    (files.folder / "ab" / "notes.txt").write_text("somebody else's")
    os.utime(files.folder / "ab" / "notes.txt", (0, 0))
    assert await unnamed(roundhouse.store, files) == Files(2, 1500)
    pruned = await roundhouse.prune(later(-30), by="ann")
    assert (pruned.files, pruned.size) == (2, 1500)
    assert kept(files) == {*named, b"too young", b"somebody else's"}
    assert (files.folder / "README").exists()
    assert list(files.folder.glob(".*")) == []
    assert (await roundhouse.prune(later(-30), by="ann")).files == 0


async def test_a_file_that_only_a_record_an_effect_or_a_checkpoint_names_is_kept(
    roundhouse: Roundhouse, files: FileStore
) -> None:
    run = await finish(roundhouse)
    named = kept(files)
    age(files)
    for erase in (
        "UPDATE runs SET decisions = '{}'",
        "DELETE FROM records",
        "UPDATE outbox SET payload = '{}'",
        "UPDATE outbox SET message = NULL",
    ):
        await roundhouse.store.write(execute, erase, {})
        assert (await roundhouse.prune(later(-30), by="ann")).files == 0
    assert kept(files) == named
    pruned = await roundhouse.prune(later(1), by="ann")
    assert (pruned.runs, pruned.files) == (1, 3), "nothing but the checkpoints named them"
    assert (kept(files), (await roundhouse.audit(run)).verdict.is_whole) == (set(), True)


@pytest.mark.parametrize("column", ["decisions", "seed", "case_data"])
async def test_a_run_that_names_a_file_anywhere_keeps_it(roundhouse: Roundhouse, files: FileStore, column: str) -> None:
    await finish(roundhouse)
    file = files.keep(b"elsewhere", "x.bin")
    age(files)
    statement = f"UPDATE runs SET {column} = :value"
    await roundhouse.store.write(execute, statement, {"value": f'{{"x": {{"digest": "{file.digest}"}}}}'})
    await roundhouse.prune(later(-30), by="ann")
    assert files.holds(file)


async def test_the_digests_are_found_however_many_rows_there_are(
    roundhouse: Roundhouse, files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_files, "PIECE", 2)
    runs = [await finish(roundhouse, f"page {number}", f"w{number}") for number in range(7)]
    there = frozenset(path.name for path in files.folder.glob("??/*"))
    assert len(there) == 21
    stranger = "0" * 64
    assert await roundhouse.store.read(named_among, there | {stranger}) == there
    own = [await roundhouse.store.read(named_by, run) & there for run in runs]
    assert [len(each) for each in own] == [3] * 7
    assert frozenset[str]().union(*own) == there


async def test_a_file_that_is_kept_again_meanwhile_is_not_removed(roundhouse: Roundhouse, files: FileStore) -> None:
    lost = files.keep(b"x", "x.bin")
    age(files)
    assert (await unnamed(roundhouse.store, files)).count == 1
    files.keep(b"x", "x.bin")
    assert (await roundhouse.prune(later(-30), by="ann")).files == 0
    assert files.holds(lost)


async def test_a_forgotten_case_takes_the_files_along_that_only_it_names(
    roundhouse: Roundhouse, files: FileStore
) -> None:
    await finish(roundhouse, "a page of ada", "ada")
    await finish(roundhouse, "a page for all", "ada")
    await finish(roundhouse, "a page for all", "bob")
    assert len(kept(files)) == 6
    forgotten = await roundhouse.forget("ada", by="ann")
    assert forgotten.files == Files(3, len("table of a page of ada" + "%PDF a page of ada" + "<p>a page of ada"))
    assert kept(files) == {b"table of a page for all", b"%PDF a page for all", b"<p>a page for all"}
    assert (await roundhouse.forget("bob", by="ann")).files.count == 3
    assert kept(files) == set()


async def test_the_files_of_a_fork_go_too(roundhouse: Roundhouse, files: FileStore) -> None:
    run = await finish(roundhouse, "a letter", "ada")
    other = files.keep(b"another table", "table.parquet")
    await roundhouse.fork(run, {"Draft": {"table": other.model_dump()}}, by="ann")
    assert (await roundhouse.forget("ada", by="ann")).files.count == 3
    assert kept(files) == set()


async def test_the_files_of_a_run_that_is_busy_stay(roundhouse: Roundhouse, files: FileStore) -> None:
    run = await finish(roundhouse, "a letter", "ada")
    await roundhouse.delivery.drain()
    await roundhouse.store.write(take_lease, run, "elsewhere:1:2:3", datetime.now(UTC))
    forgotten = await roundhouse.forget("ada", by="ann")
    assert (len(forgotten.busy), forgotten.files) == (1, Files())
    assert len(kept(files)) == 2


async def test_a_case_without_files_is_forgotten_where_there_is_no_folder(database_url: str, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "none")
    async with Roundhouse.open(database_url, catalogue(FileStore(tmp_path / "lost")), files=files) as opened:
        await finish(opened, case="ada")
        assert (await opened.prune(later(1), by="ann")).files == 0
        assert (await opened.forget("ada", by="ann")).files == Files()
    assert not files.folder.exists()


def test_the_command_says_how_many_files_it_removes_and_how_large_they_are(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "t.csv").write_text("id,text\nbob,printer hums\n")
    shell("run", "tests.support.triage:triage", "t.csv")
    files = FileStore(tmp_path / "mine")
    files.keep(bytes(2_345_678), "table.parquet")
    age(files)
    shell.environment["ROUNDHOUSE_FILES"] = "mine"
    preview = shell("prune", "--older-than", "1d")
    assert "Older than a day, and named by nothing in this database: 1 file (2.3 MB)." in preview
    assert "1 file that nothing names any more will be removed." in preview
    assert "Give --yes to do it." in preview
    looked = shell.json("prune", "--older-than", "1d")
    assert looked == {"done": False, "runs": 0, "checkpoints": 0, "files": 1, "bytes": 2_345_678, "file": None}
    assert "Removed 1 file (2.3 MB)." in shell("prune", "--older-than", "1d", "--yes")
    assert kept(files) == set()
    assert "No runs will lose all checkpoints." in shell("prune", "--older-than", "1d")
