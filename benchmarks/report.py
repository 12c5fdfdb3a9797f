"""What a benchmark reports: a row for each figure with its target, and the table of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

SHOWN = "shown"
"""The target of a figure that has none."""


@dataclass(frozen=True)
class Row:
    """One figure."""

    what: str
    """What was measured, and against whom."""
    target: str
    """What it should be."""
    measured: str
    """What it is."""
    reached: bool
    """Whether the target is reached."""


def table(title: str, rows: Sequence[Row]) -> Table:
    """The rows as a table for the terminal."""
    rendered = Table("what", "target", "measured", "", title=title, title_justify="left")
    for row in rows:
        verdict = "" if row.target == SHOWN else "reached" if row.reached else "[red]missed[/red]"
        rendered.add_row(row.what, row.target, row.measured, verdict)
    return rendered
