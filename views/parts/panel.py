"""Panels: facts, cards and badges, as HTML in which everything that comes from outside is escaped."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from state.content import in_words
from views.parts.text import marked_up

STYLE = """<style>
.rh-facts {display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem 1rem; font-size: .9rem}
.rh-facts.rh-wide {grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .4rem 1.2rem}
.rh-facts.rh-wide > div {border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent)}
.rh-name {opacity: .65}
.rh-wide .rh-name {display: block; font-size: .78rem}
.rh-value {white-space: pre-wrap; overflow-wrap: anywhere}
.rh-said {white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0 .4rem 0; font-size: .92rem}
.rh-quiet {opacity: .65; font-size: .85rem; overflow-wrap: anywhere}
.rh-bar {height: .4rem; border-radius: .2rem; margin: .2rem 0;
  background: color-mix(in srgb, currentColor 14%, transparent)}
.rh-bar > i {display: block; height: 100%; border-radius: .2rem}
.rh-badge {display: inline-block; padding: 0 .55rem; border-radius: 1rem; font-size: .8rem; line-height: 1.5;
  margin-right: .35rem; border: 1px solid; white-space: nowrap}
.rh-table {border-collapse: collapse; width: 100%; font-size: .85rem}
.rh-table td, .rh-table th {text-align: left; padding: .2rem .6rem .2rem 0; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); overflow-wrap: break-word;
  white-space: pre-line}
.rh-table th {font-weight: 600; opacity: .65; overflow-wrap: normal}
.rh-broad td.rh-text {min-width: 15rem; overflow-wrap: anywhere}
.rh-broad td.rh-short {white-space: nowrap}
.rh-table td.rh-number {white-space: nowrap; font-variant-numeric: tabular-nums}
.rh-list {margin: .5rem 0}
.rh-scroll {overflow-x: auto}
.rh-thoughts {border-left: .2rem solid #2f7fd1; padding: .1rem 0 .1rem .7rem; font-size: .9rem}
.rh-thought {padding: .1rem 0}
.rh-found {font-size: .85rem; margin: .2rem 0}
.rh-found summary {cursor: pointer; overflow-wrap: anywhere}
.rh-title {font-size: 1.05rem; font-weight: 600; overflow-wrap: anywhere}
.stMainBlockContainer {padding: 4.2rem 2.2rem 4rem 2.2rem; max-width: 1500px}
.stMainBlockContainer h3 {padding: .2rem 0}
.stMainBlockContainer h1 {font-size: 2rem; padding: .2rem 0}
@media (max-width: 640px) {
  .rh-listing th {display: none}
  .rh-listing tr {display: flex; flex-wrap: wrap; padding: .25rem 0;
    border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent)}
  .rh-listing tr:first-child, .rh-listing td:empty {display: none}
  .rh-listing td {border: 0; padding: 0 .7rem 0 0}
  .rh-listing td.rh-text, .rh-broad td.rh-text {flex-basis: 100%; min-width: 0}
  .rh-number:not(:empty)::before {content: attr(data-name) " "; opacity: .65}
  .stMainBlockContainer {padding: 4rem .8rem 3rem .8rem}
  .st-key-inbox-columns > div > .stHorizontalBlock, .st-key-inbox-columns > .stHorizontalBlock {
    flex-direction: column-reverse}
}
</style>"""
"""How the panels look; colours follow the theme of the page."""

COLOURS = {
    "completed": "#2e9e5b",
    "decided": "#2e9e5b",
    "delivered": "#2e9e5b",
    "answered": "#2e9e5b",
    "waiting": "#c98a00",
    "open": "#c98a00",
    "claimed": "#c98a00",
    "pending": "#c98a00",
    "flagged": "#c98a00",
    "unknown": "#c98a00",
    "rejected": "#a855c7",
    "withdrawn": "#8a8f98",
    "expired": "#8a8f98",
    "failed": "#d9483b",
    "dead": "#d9483b",
    "escalated": "#d9483b",
    "running": "#2f7fd1",
    "sending": "#2f7fd1",
    "fork": "#2f7fd1",
}
"""The colour of each status, readable on light and on dark."""

QUIET = "#8a8f98"
"""The colour of what has none of its own."""


def badge(word: str, said: str | None = None) -> str:
    """A word in its colour."""
    return f'<span class="rh-badge" style="color:{COLOURS.get(word, QUIET)}">{marked_up(said or word)}</span>'


def quiet(text: str) -> str:
    """A line that is less important."""
    return f'<div class="rh-quiet">{marked_up(text)}</div>'


def said(text: str) -> str:
    """A paragraph of text from outside."""
    return f'<div class="rh-said">{marked_up(text)}</div>'


def folded(title: str, text: str) -> str:
    """A paragraph of text from outside that opens under its title."""
    return folded_html(title, said(text))


def folded_html(title: str, inside: str) -> str:
    """Panels that open under a title."""
    return f'<details class="rh-found"><summary>{marked_up(title)}</summary>{inside}</details>'


def facts(values: Mapping[str, Any]) -> str:
    """Names and values, one a line."""
    cells = "".join(
        f'<div class="rh-name">{_breakable(marked_up(name))}</div>'
        f'<div class="rh-value">{marked_up(in_words(value))}</div>'
        for name, value in values.items()
    )
    return f'<div class="rh-facts">{cells}</div>'


def wide_facts(values: Mapping[str, Any]) -> str:
    """Names and values in as many columns as fit."""
    cells = "".join(
        f'<div><span class="rh-name">{marked_up(name)}</span>'
        f'<span class="rh-value">{marked_up(in_words(value))}</span></div>'
        for name, value in values.items()
    )
    return f'<div class="rh-facts rh-wide">{cells}</div>'


def table(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A small table; an empty text is an empty cell."""
    head = "".join(f"<th>{marked_up(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="rh-scroll"><table class="rh-table"><tr>{head}</tr>{body}</table></div>'


def _cell(content: Any) -> str:
    return "" if content == "" else _breakable(marked_up(in_words(content)))


def _breakable(marked: str) -> str:
    """Names that may be broken where their words end."""
    return marked.replace("_", "_<wbr>")


def bar(part: float, colour: str) -> str:
    """A share, 0 to 1, as a bar."""
    return f'<div class="rh-bar"><i style="width:{100 * min(max(part, 0.0), 1.0):.1f}%;background:{colour}"></i></div>'


def show(*parts: str) -> None:
    """Put panels on the page."""
    st.html("".join(parts))
