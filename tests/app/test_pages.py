"""The pages, as a person meets them after ``make demo``."""

import asyncio
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from graphs.catalogue import Catalogue, Entry
from runtime.roundhouse import Roundhouse
from tests.support.triage import triage

APP = str(Path(__file__).resolve().parents[2] / "app.py")


@pytest.fixture
def _left_by_a_run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with Roundhouse.open(sqlite_url, Catalogue({"triage": Entry(lambda profile: triage)})) as roundhouse:
            for case, trouble in (("plain", ""), ("unsure", "unsure")):
                await roundhouse.start("triage", {"id": case, "text": "<b>printer</b>", "trouble": trouble})

    asyncio.run(run())
    monkeypatch.setenv("ROUNDHOUSE_DATABASE_URL", sqlite_url)
    st.cache_resource.clear()


@pytest.mark.usefixtures("_left_by_a_run")
def test_the_inbox_shows_what_waits() -> None:
    page = AppTest.from_file(APP, default_timeout=30).run()
    assert not page.exception
    assert page.metric[0].value == "1"
    assert list(page.dataframe[0].value["case"]) == ["unsure"]


@pytest.mark.usefixtures("_left_by_a_run")
def test_the_runs_are_listed() -> None:
    page = AppTest.from_file(APP, default_timeout=30).run()
    page.switch_page("views/runs.py").run()
    assert not page.exception
    assert sorted(page.dataframe[0].value["status"]) == ["completed", "waiting"]


def test_without_a_database_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDHOUSE_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    page = AppTest.from_file(APP, default_timeout=30).run()
    assert not page.exception
    assert "make demo" in page.info[0].value
