"""The block: one row of a table as a heading and a line for each of its cells, for where there is no room beside."""

from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def blocks(rows: Iterable[tuple[Text, Mapping[str, Text]]]) -> RenderableType:
    """Each row with its heading and its cells by their names; empty cells have no line."""
    return Group(*(part for heading, cells in rows for part in (heading, _lines(cells), Text())))


def _lines(cells: Mapping[str, Text]) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, cell in cells.items():
        if cell.plain:
            made.add_row(f"  {name}", cell)
    return made
