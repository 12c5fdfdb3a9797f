"""The file store: equal content has one name, and what is lost or altered is said so."""

from pathlib import Path

import pytest

from agents.files import FileLost, FileStore


def test_equal_content_is_kept_once(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    one, other = files.keep(b"same", "one.txt"), files.keep(b"same", "other.txt")
    assert (one.digest, one.size) == (other.digest, 4)
    assert files.path(one) == files.path(other)
    assert files.read(other) == b"same"


def test_nothing_is_written_before_a_file_is_kept(tmp_path: Path) -> None:
    FileStore(tmp_path / "files")
    assert list(tmp_path.iterdir()) == []


def test_a_draft_is_no_file_of_the_store_before_it_is_adopted(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    draft = files.draft()
    draft.write_bytes(b"half")
    artifact = files.adopt(draft, "whole.txt")
    assert not draft.exists()
    assert files.holds(artifact)


def test_a_file_that_is_gone_is_said_so_with_what_to_do(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    artifact = files.keep(b"soon gone", "report.pdf")
    files.path(artifact).unlink()
    assert not files.holds(artifact)
    for look in (files.path, files.read):
        with pytest.raises(FileLost, match=r"'report\.pdf'.*set ROUNDHOUSE_FILES"):
            look(artifact)


def test_a_file_that_was_altered_is_not_read(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    artifact = files.keep(b"as it was", "report.pdf")
    files.path(artifact).write_bytes(b"otherwise")
    with pytest.raises(FileLost):
        files.read(artifact)
