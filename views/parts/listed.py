"""A list of objects in a decision, as a small table: the first rows of it, and the others under a fold."""

from collections.abc import Mapping, Sequence
from typing import Any

from state.content import is_rows
from state.listing import Column, Listing
from views.parts.panel import folded_html, quiet
from views.parts.text import marked_up

ROWS = 6
"""How many rows stand open."""


def listed(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows of a field, under its name."""
    listing = Listing.of(rows)
    same = ", ".join(f"{heading} {cell}" for heading, cell in listing.same.items())
    title = quiet(f"{name} · {listing.rows}{f' · each: {same}' if same else ''}")
    left = listing.rows - ROWS
    rest = folded_html(f"and {left} more", _table(listing.rest(ROWS))) if left > 0 else ""
    return f'<div class="rh-list">{title}{_table(listing.first(ROWS))}{rest}</div>'


def is_wide(value: Mapping[str, Any]) -> bool:
    """Whether a decision lists something that needs more room than a card beside others has."""
    return any(is_rows(content) and Listing.of(content).is_wide for content in value.values())


def _table(listing: Listing) -> str:
    head = "".join(f"<th>{_name(column.name)}</th>" for column in listing.columns)
    rows = zip(*(_cells(column) for column in listing.columns), strict=True)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    wide = " rh-broad" if listing.is_wide else ""
    return f'<div class="rh-scroll"><table class="rh-table rh-listing{wide}"><tr>{head}</tr>{body}</table></div>'


def _cells(column: Column) -> list[str]:
    """The cells; what is not clear without its heading carries it along for where there is no room for headings."""
    match column.kind:
        case "text":
            about = 'class="rh-text"'
        case "number" | "whole number" | "flag":
            about = f'class="rh-number" data-name="{marked_up(column.name)}"'
        case _:
            about = 'class="rh-short"'
    return [f"<td {about}>{marked_up(cell)}</td>" for cell in column.cells]


def _name(name: str) -> str:
    return marked_up(name).replace("_", "_<wbr>")
