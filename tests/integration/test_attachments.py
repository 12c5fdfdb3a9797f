"""Files that go with effects: read when they are sent, the same at every attempt, and missed in one line."""

import errno
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agents.files import FileStore
from graphs.catalogue import Catalogue
from runtime import delivery
from runtime.channels.channel import Failed
from runtime.channels.folder import FolderChannel
from runtime.delivery import Delivery
from runtime.roundhouse import Roundhouse
from state.artifact import Artifact
from state.effect import EffectRow
from tests.integration.test_delivery import Scripted
from tests.support.papers import catalogue


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
async def roundhouse(database_url: str, files: FileStore) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue(files)) as opened:
        yield opened


async def finish(roundhouse: Roundhouse, text: str = "a page", case: str = "w1") -> None:
    run = await roundhouse.start("papers", {"id": case, "text": text})
    assert run.status == "completed"


async def deliver(roundhouse: Roundhouse, files: FileStore, channel: Any) -> Mapping[str, int]:
    sending = Delivery(store=roundhouse.store, channels={"default": channel}, files=files)
    await sending.drain()
    return sending.counts


async def effect(roundhouse: Roundhouse) -> EffectRow:
    [row], _ = await roundhouse.outbox()
    return row


async def test_the_files_that_a_decision_names_go_with_it(roundhouse: Roundhouse, files: FileStore) -> None:
    await finish(roundhouse)
    channel = Scripted(Failed("later"))
    await deliver(roundhouse, files, channel)
    [parcel] = channel.parcels
    assert [each.name for each in parcel.attachments] == ["paper.pdf", "page.html"]
    assert parcel.contents == (b"%PDF a page", b"<p>a page")
    row = await effect(roundhouse)
    assert row.message is not None
    assert row.message.attachments == parcel.attachments
    assert row.payload["paper"] == parcel.attachments[0].model_dump()


async def test_a_file_that_a_decision_leaves_out_is_not_missed(roundhouse: Roundhouse, files: FileStore) -> None:
    await finish(roundhouse, "a letter")
    channel = Scripted()
    assert await deliver(roundhouse, files, channel) == {"delivered": 1}
    assert [each.name for each in channel.parcels[0].attachments] == ["paper.pdf"]


async def test_what_is_attached_stays_so_when_the_workflow_is_gone(
    database_url: str, roundhouse: Roundhouse, files: FileStore, tmp_path: Path
) -> None:
    await finish(roundhouse)
    async with Roundhouse.open(database_url, Catalogue({})) as later:
        assert await deliver(later, files, FolderChannel(tmp_path / "out")) == {"delivered": 1}
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".html", ".json", ".pdf"]


async def test_another_file_is_other_content_and_corrects(roundhouse: Roundhouse, files: FileStore) -> None:
    channel = Scripted()
    for text in ("a letter", "a letter", "another letter"):
        await finish(roundhouse, text)
        await deliver(roundhouse, files, channel)
    assert [parcel.corrects for parcel in channel.parcels] == [None, channel.parcels[0].id]


def altered(path: Path) -> None:
    path.write_bytes(b"%PDF another")


@pytest.mark.parametrize("trouble", [Path.unlink, altered])
async def test_a_file_that_is_lost_or_altered_is_said_and_nothing_is_sent(
    roundhouse: Roundhouse, files: FileStore, trouble: Any
) -> None:
    await finish(roundhouse)
    [paper, _] = (await effect(roundhouse)).message.attachments  # type: ignore[union-attr]  # it has one
    content = files.read(paper)
    trouble(files.path(paper))
    channel = Scripted(repeats=False)
    assert await deliver(roundhouse, files, channel) == {"dead": 1}
    row = await effect(roundhouse)
    assert channel.parcels == []
    assert row.error is not None
    how = "in {} is not what was kept." if trouble is altered else "is not in {} any more."
    said = how.format(repr(str(files.folder)))
    assert row.error.startswith(f"The file 'paper.pdf' ({paper.digest[:12]}) {said}")
    files.keep(content, "paper.pdf")
    await roundhouse.resolve(row.id, "again", by="ann")
    assert await deliver(roundhouse, files, channel) == {"delivered": 1}


async def test_a_file_that_cannot_be_read_now_is_tried_again(
    roundhouse: Roundhouse, files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    await finish(roundhouse)
    monkeypatch.setattr(Path, "read_bytes", fail)
    channel = Scripted(repeats=False)
    assert await deliver(roundhouse, files, channel) == {"pending": 1}
    assert (channel.parcels, (await effect(roundhouse)).error) == (
        [],
        "The attachments cannot be read: Input/output error.",
    )


async def test_a_folder_in_the_place_of_a_file_is_a_file_that_is_lost(roundhouse: Roundhouse, files: FileStore) -> None:
    await finish(roundhouse)
    paper = (await effect(roundhouse)).message.attachments[0]  # type: ignore[union-attr]  # it has one
    files.path(paper).unlink()
    (files.folder / paper.digest[:2] / paper.digest).mkdir()
    assert await deliver(roundhouse, files, Scripted()) == {"dead": 1}


async def test_more_than_memory_should_hold_is_refused(
    roundhouse: Roundhouse, files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finish(roundhouse)
    monkeypatch.setattr(delivery, "MOST_ATTACHED", 10)
    assert await deliver(roundhouse, files, Scripted()) == {"dead": 1}
    assert (await effect(roundhouse)).error == "The attachments have 20 bytes, which is more than 10."


async def test_an_artifact_is_known_to_the_open_roundhouse(database_url: str, files: FileStore) -> None:
    async with Roundhouse.open(database_url, catalogue(files), files=files) as opened:
        kept = opened.files.keep(b"x", "x.txt")
        assert kept == Artifact(digest=kept.digest, name="x.txt", size=1)
        assert files.read(kept) == b"x"


async def test_an_open_roundhouse_sends_files_along_by_itself(
    database_url: str, files: FileStore, tmp_path: Path
) -> None:
    channels = {"default": FolderChannel(tmp_path / "out")}
    async with Roundhouse.open(database_url, catalogue(files), channels, files=files) as opened:
        await finish(opened, "a letter")
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".json", ".pdf"]
