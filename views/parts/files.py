"""The files that decisions keep: a page is shown itself, and every file can be downloaded.

A page may come from anywhere, from a chat model even. It is shown in a frame without rights: no script of it runs, it
reads nothing of the app, sends nothing and loads nothing. Streamlit's own frame is one of the app's origin in which
scripts run, so it holds nothing but that other frame. The page is in that frame's address, since links within a page
that is an attribute would lead to the app.
"""

import html
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import streamlit as st

from agents.files import FileLost
from runtime.desk.desk import Desk
from state.artifact import Artifact
from state.content import artifacts_of, file_words, size_words
from state.record import Record
from views.parts.text import escaped

PAGES = (".html", ".htm")
"""The endings of the names of pages."""

HEIGHT = 820
"""How high a page is shown, in pixels; it is longer, and scrolls."""

LARGEST = 4_000_000
"""Bytes of the largest page that is shown, which a browser has to be sent each time."""

MOST = 20
"""How many files of what a decision lists can be downloaded from its card."""

Files = list[tuple[str, Artifact]]
"""Files, each with what it is to its decision."""

_NOTHING_LOADED = (
    "default-src 'none'; frame-src data:; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'"
)

_FRAME = """<!doctype html><meta http-equiv="Content-Security-Policy" content="{policy}">
<style>html, body {{ margin: 0; height: 100% }}
iframe {{ display: block; width: 100%; height: 100%; border: 0 }}</style>
<iframe sandbox="" referrerpolicy="no-referrer" title="{title}" src="{page}"></iframe>"""


def pages(here: Desk, records: Mapping[str, Record]) -> list[str]:
    """Show the page of each decision that keeps one, with its files; returns the names of those decisions."""
    found = [(name, files) for name, record in records.items() if any(map(_is_page, files := _own(record.value)))]
    for place, (name, files) in enumerate(found, 1):
        page = next(filter(_is_page, files))
        with st.expander(escaped(f"{name}: {page.name}"), expanded=place == len(found), icon=":material/description:"):
            downloads(here, f"page-{name}", [("", file) for file in files])
            _page(here, page)
    return [name for name, _ in found]


def downloads(here: Desk, key: str, files: Files) -> None:
    """A button for each of some files with what it is to its decision, or a line where one is lost."""
    lost = [file for _, file in files if not here.holds(file)]
    with st.container(horizontal=True, key=f"files-{key}"):
        for place, (what, file) in enumerate(files):
            if file not in lost:
                _download(here, f"file-{key}-{place}", what, file)
    for file in dict.fromkeys(lost):
        _say_lost(here, file)


def files_of(value: Mapping[str, Any] | None) -> tuple[Files, Files]:
    """The files of a decision, each once with the field that names it: its own ones, and those of what it lists."""
    found = {file: where for where, file in reversed(list(artifacts_of(value)))}
    files = [(where, file) for file, where in reversed(found.items())]
    return [each for each in files if " " not in each[0]], [each for each in files if " " in each[0]]


def _own(value: Mapping[str, Any] | None) -> list[Artifact]:
    own, _ = files_of(value)
    return [file for _, file in own]


def _is_page(file: Artifact) -> bool:
    return file.name.lower().endswith(PAGES)


def _download(here: Desk, key: str, what: str, file: Artifact) -> None:
    st.download_button(
        escaped(f"{what}: {file_words(file)}" if what else file_words(file)),
        data=lambda: here.artifact(file),
        file_name=file.name,
        # never a type that a browser would open at the app's own address
        mime="application/octet-stream",
        help=f"SHA-256 {file.digest}",
        icon=":material/download:",
        on_click="ignore",
        key=key,
    )


def _page(here: Desk, file: Artifact) -> None:
    """The page in its frame."""
    if not here.holds(file):
        return
    if file.size > LARGEST:
        st.info(f"The page has {size_words(file.size)}, too much to be shown here. Download it.")
        return
    try:
        page = here.artifact(file)
    except FileLost as lost:
        _say(lost)
    else:
        st.iframe(framed(page, file.name), height=HEIGHT, alt=escaped(file.name))


def framed(page: bytes, title: str) -> str:
    """A page, in UTF-8, as a document that holds it in a frame without any right."""
    address = f"data:text/html;charset=utf-8;base64,{b64encode(page).decode()}"
    return _FRAME.format(policy=_NOTHING_LOADED, title=html.escape(title), page=address)


def _say_lost(here: Desk, file: Artifact) -> None:
    try:
        here.artifact(file)
    except FileLost as lost:
        _say(lost)


def _say(lost: FileLost) -> None:
    st.warning(escaped(str(lost)), icon=":material/scan_delete:")
