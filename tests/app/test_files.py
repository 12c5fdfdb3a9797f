"""The files that decisions keep, as somebody meets them on a run's page; any workflow's, going by their shape."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from runtime.desk.fake import FakeDesk
from tests.app.conftest import Visit
from tests.app.words import read, shown
from tests.support.stories import record, story
from views.parts import files
from views.parts.files import framed

PAGE = b"<!doctype html><h1>Prices &amp; more</h1><script>parent.document.title='pwned'</script>"
PAPER = b"%PDF-1.7"


def kept(content: bytes, name: str) -> dict[str, Any]:
    """A file as a decision has it."""
    return {"digest": hashlib.sha256(content).hexdigest(), "name": name, "size": len(content)}


def desk_with(*contents: bytes, **value: Any) -> FakeDesk:
    """A desk with one run, whose decision is this; the contents are there."""
    desk = FakeDesk({}, (story(record("Letter", value=value)),))
    desk.kept.update({hashlib.sha256(content).hexdigest(): content for content in contents})
    return desk


def run_of(visit: Visit, desk: FakeDesk) -> AppTest:
    at = visit(desk, "runs", run="r1")
    assert not at.exception
    assert not at.error
    return at


def frames(at: AppTest) -> list[str]:
    return [each.proto.srcdoc for each in at.get("iframe")]


def buttons(at: AppTest) -> list[str]:
    return [each.proto.label.replace("\\", "") for each in at.get("download_button")]


def test_a_page_is_shown_with_all_files_of_its_decision(visit: Visit) -> None:
    at = run_of(visit, desk_with(PAGE, PAPER, page=kept(PAGE, "letter.html"), paper=kept(PAPER, "letter.pdf")))
    [frame] = frames(at)
    assert f'src="data:text/html;charset=utf-8;base64,{b64encode(PAGE).decode()}"' in frame
    assert [each.label.replace("\\", "") for each in at.expander][:1] == ["Letter: letter.html"]
    assert buttons(at) == [f"letter.html, {len(PAGE)} bytes", "letter.pdf, 8 bytes"]


def test_a_page_has_no_rights(visit: Visit) -> None:
    [frame] = frames(run_of(visit, desk_with(PAGE, page=kept(PAGE, "letter.html"))))
    assert '<iframe sandbox="" ' in frame
    assert "default-src 'none'" in frame
    assert "<script" not in frame


def test_a_page_cannot_leave_its_frame() -> None:
    evil = '"></iframe><script>alert(1)</script>'
    document = framed(evil.encode(), evil)
    assert document.count("<iframe") == document.count("</iframe>") == 1
    assert "<script" not in document


def test_a_file_that_is_no_page_is_downloaded_from_its_card(visit: Visit) -> None:
    at = run_of(visit, desk_with(PAPER, table=kept(PAPER, "table.parquet"), rows=3))
    assert frames(at) == []
    assert buttons(at) == ["table: table.parquet, 8 bytes"]
    assert "table.parquet, 8 bytes, " in shown(at)


def test_files_of_what_a_decision_lists_are_offered_under_a_fold(visit: Visit) -> None:
    pulls = [{"source": name, "table": kept(name.encode(), f"{name}.parquet")} for name in ("north", "south")]
    at = run_of(visit, desk_with(b"north", b"south", pulls=pulls))
    assert "2 files of what it lists" in [each.label for each in at.expander]
    assert buttons(at) == ["pulls 1 table: north.parquet, 5 bytes", "pulls 2 table: south.parquet, 5 bytes"]


@pytest.mark.parametrize("lost", ["letter.html", "letter.pdf"])
def test_a_lost_file_is_one_clear_line(visit: Visit, lost: str) -> None:
    contents: Mapping[str, bytes] = {"letter.html": PAGE, "letter.pdf": PAPER}
    there = [content for name, content in contents.items() if name != lost]
    at = run_of(visit, desk_with(*there, page=kept(PAGE, "letter.html"), paper=kept(PAPER, "letter.pdf")))
    [line] = [each.value.replace("\\", "") for each in at.warning if "letter" in each.value]
    assert line.startswith(f"The file '{lost}' (")
    assert "Put it back from a backup" in line
    assert len(buttons(at)) == 1
    assert len(frames(at)) == (lost == "letter.pdf")


def test_a_page_that_is_not_what_was_kept_is_one_clear_line(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_with(PAGE, page=kept(PAGE, "letter.html"))
    monkeypatch.setattr(desk, "holds", lambda artifact: True)
    desk.kept.clear()
    at = run_of(visit, desk)
    assert frames(at) == []
    assert len([each for each in at.warning if "letter" in each.value]) == 1


def test_a_page_that_is_too_long_can_be_downloaded_only(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 10)
    at = run_of(visit, desk_with(PAGE, page=kept(PAGE, "letter.html")))
    assert frames(at) == []
    assert "too much to be shown here" in read(at)
    assert len(buttons(at)) == 1


def test_what_only_resembles_a_file_is_a_value(visit: Visit) -> None:
    at = run_of(visit, desk_with(page={**kept(PAGE, "letter.html"), "digest": "no digest"}))
    assert frames(at) == buttons(at) == []
    assert "name letter.html" in shown(at)


def test_the_name_of_a_file_is_text(visit: Visit) -> None:
    evil = kept(PAGE, "<b>[x](javascript:1).html")
    at = run_of(visit, desk_with(PAGE, page=evil))
    assert "<b>" not in shown(at)
    assert all("[x](" not in each.proto.label for each in at.get("download_button"))
    assert "<b>" not in frames(at)[0]
