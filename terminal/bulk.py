"""Views of many runs: which a command will touch, and what came of each."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from runtime.bulk import Touched
from state.sql.choice import ChosenRun
from terminal.tables import ago, status_text, table
from terminal.text import plain

SHOWN_RUNS = 20
"""How many runs a view lists; the others are counted."""


def chosen_view(runs: Sequence[ChosenRun]) -> RenderableType:
    """The runs that will be touched."""
    rows = table("run", "case", "workflow", "status", "age", "reason", right=("age",))
    for run in runs[:SHOWN_RUNS]:
        rows.add_row(
            plain(run.id, "bold"),
            plain(run.case_id),
            plain(run.workflow),
            status_text(run.status),
            ago(run.created_at),
            plain(run.error or ""),
        )
    return _with_others(rows, len(runs))


def touched_view(touched: Sequence[Touched]) -> RenderableType:
    """How many runs came to what, and those first that somebody has to look at."""
    counts = Counter(each.result for each in touched)
    line = Text(", ").join(Text.assemble(f"{count} ", status_text(result)) for result, count in sorted(counts.items()))
    troubled = [each for each in touched if needs_a_look(each)]
    if not troubled:
        return line
    rows = table("run", "case", "status", "reason")
    for each in troubled[:SHOWN_RUNS]:
        rows.add_row(plain(each.run.id, "bold"), plain(each.run.case_id), status_text(each.result), plain(each.detail))
    return Group(line, _with_others(rows, len(troubled)))


def needs_a_look(touched: Touched) -> bool:
    """Whether a run failed, or nothing could be done to it."""
    return touched.result in ("failed", "busy", "changed", "refused")


def _with_others(rows: RenderableType, count: int) -> RenderableType:
    others = count - SHOWN_RUNS
    return rows if others <= 0 else Group(rows, Text(f"and {others} more", style="dim"))
