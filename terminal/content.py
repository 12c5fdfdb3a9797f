"""The content of a decision on the terminal: its facts a line each, and its lists of objects as small tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from state.content import LONG, NOTHING, in_words, is_rows
from state.listing import Listing
from terminal.text import plain

ROWS = 6
"""How many rows of a list of objects are shown."""

BEGINNING = 300
"""How many characters of a long text are shown."""

MOST = 160
"""How many columns of a terminal a table takes at the most."""


def value_text(value: Any) -> Text:
    """A plain JSON value as text."""
    words = in_words(value)
    return Text(NOTHING, style="dim") if words == NOTHING else plain(words)


def beginning(text: str) -> str:
    """The beginning of a long text in one line; JSON has all of it."""
    line = " ".join(text.split())
    return line if len(line) <= BEGINNING else f"{line[:BEGINNING]}…"


def contents(value: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The fields of a decision, in the order of its contract."""
    for name, content in value.items():
        if is_rows(content):
            yield _rows(name, Listing.of(content))
        else:
            yield Text.assemble((f"{name}  ", "dim"), _fact(content))


def _fact(content: Any) -> Text:
    words = in_words(content)
    if len(words) <= LONG:
        return value_text(content)
    return Text.assemble(plain(beginning(words)), (f" ({len(words):,} characters; --json tells all)", "dim"))


def _rows(name: str, listing: Listing) -> RenderableType:
    same = ", ".join(f"{heading} {cell}" for heading, cell in listing.same.items())
    head = plain(f"{name}{f'  in each: {same}' if same else ''}", "dim")
    left = listing.rows - ROWS
    more = [Text(f"and {left} more; --json tells all", style="dim")] if left > 0 else []
    return Group(head, ListingTable(listing.first(ROWS)), *more)


class ListingTable:
    """A listing with the columns that there is room for."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table."""
        columns = self._listing.fitting(min(options.max_width, MOST))
        made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for column in columns:
            is_text = column.kind == "text"
            made.add_column(
                plain(column.name),
                justify="right" if column.kind in ("number", "whole number") else "left",
                overflow="fold" if is_text else "ellipsis",
                no_wrap=not is_text,
            )
        for cells in zip(*(column.cells for column in columns), strict=True):
            made.add_row(*map(plain, cells))
        yield made

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """As much room as there is, up to the most."""
        return Measurement(min(options.max_width, 40), min(options.max_width, MOST))
