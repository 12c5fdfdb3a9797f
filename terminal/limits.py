"""What ``roundhouse limit`` and ``roundhouse batch`` print."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from state.batch import BatchRow
from state.limit import LimitRow
from terminal.block import blocks
from terminal.tables import ago, table
from terminal.text import plain
from terminal.widest import Widest

NO_LIMITS = "Nothing is limited. Set a limit such as: roundhouse limit model:gpt-5-mini --per-minute 600."

NO_BATCHES = "There are no batches yet. 'roundhouse run' makes one."

STYLES = {"going": "", "paused": "yellow", "cancelled": "magenta"}


def limits_view(limits: Sequence[LimitRow]) -> RenderableType:
    """The limits, with the places that are held."""
    right = ("at once", "held", "a minute")
    rows = table("limit", *right, "set by", "set", right=right)
    for limit in limits:
        at_once = "–" if limit.at_once is None else f"{limit.at_once:,}"
        is_full = limit.at_once is not None and limit.held >= limit.at_once
        held = Text("–" if limit.at_once is None else f"{limit.held:,}", style="yellow" if is_full else "")
        per_minute = "–" if limit.per_minute is None else f"{limit.per_minute:,}"
        since = f"{ago(limit.set_at)} ago"
        rows.add_row(plain(limit.scope), at_once, held, per_minute, plain(limit.set_by), Text(since, style="dim"))
    for column in rows.columns:
        column.min_width = len(str(column.header))
    return rows


def batches_view(batches: Sequence[BatchRow]) -> RenderableType:
    """Batches, with what waits of each and what came of the others."""
    right = ("waiting", "ended", "asked", "failed")
    rows = table("batch", "workflow", "file", *right, "standing", "started", right=right)
    cells = [_cells(batch) for batch in batches]
    for each in cells:
        rows.add_row(*each)
    narrow = blocks(
        (
            Text("  ").join((name, standing)),
            {"of": Text(": ").join((workflow, file)), "waiting": waiting, "ended": ended, "failed": failed},
        )
        for name, workflow, file, waiting, ended, _, failed, standing, _ in cells
    )
    return Widest(rows, narrow)


def _cells(batch: BatchRow) -> tuple[Text, ...]:
    ended = batch.counts.get("completed", 0) + batch.counts.get("rejected", 0)
    return (
        plain(batch.id),
        plain(batch.workflow),
        plain(batch.source),
        _count(batch.queued, "cyan"),
        _count(ended, ""),
        _count(batch.counts.get("waiting", 0), "yellow"),
        _count(batch.counts.get("failed", 0), "red"),
        Text(batch.standing, style=STYLES[batch.standing]),
        Text(f"{ago(batch.created_at)} ago", style="dim"),
    )


def _count(count: int, style: str) -> Text:
    return Text(f"{count:,}", style=style) if count else Text("–", style="dim")
