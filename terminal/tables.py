"""Tables and lists for the terminal. Text from cases and models is shown as it is, never as markup."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from state.run import RunRow
from state.spent import money
from state.summary import QuarantinedField, Summary
from terminal.text import plain

STATUS_STYLES = {
    "completed": "green",
    "active": "green",
    "stopped": "yellow",
    "decided": "green",
    "waiting": "yellow",
    "open": "yellow",
    "claimed": "yellow",
    "rejected": "magenta",
    "failed": "red",
    "escalated": "red",
    "running": "cyan",
}


SHOWN = 10
"""How many digits of a review's id are shown; any beginning of it that is unique will do."""


FOLDED = ("question", "answer", "what", "says", "reason", "value", "content", "outcome", "effect")
"""The columns that are broken into lines where there is no room; all others are cut."""


def status_text(status: str) -> Text:
    """A status in its colour."""
    return Text(status, style=STATUS_STYLES.get(status, ""))


def table(*columns: str, title: str | None = None, right: Sequence[str] = ()) -> Table:
    """An empty table in the house's form."""
    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        justify: Literal["right", "left"] = "right" if name in right else "left"
        overflow: Literal["fold", "ellipsis"] = "fold" if name in FOLDED else "ellipsis"
        made.add_column(name, justify=justify, overflow=overflow, no_wrap=name not in FOLDED)
    return made


def ago(moment: datetime) -> str:
    """How long ago a moment was, in its two largest units."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")) if n]
    return " ".join(parts[:2]) or "under 1 s"


def summary_view(
    summary: Summary, quarantined: Sequence[QuarantinedField], cost: float = 0.0, with_fallback: int = 0
) -> RenderableType:
    """The summary of a batch, with what its model calls cost and the first rows that were quarantined.

    ``with_fallback`` is in how many cases a fallback took over.
    """
    run = summary.cases - summary.quarantined
    rows = table("", "cases", "share", title=f"{summary.workflow}: {summary.cases} cases", right=("cases", "share"))
    for name, count in summary.states.items():
        rows.add_row(status_text(name), str(count), f"{count / summary.cases:.1%}" if summary.cases else "–")
    rows.add_section()
    rows.add_row("asked a human", str(round(summary.human_share * run)), f"{summary.human_share:.1%}")
    rows.add_row("flagged", str(round(summary.flagged_share * run)), f"{summary.flagged_share:.1%}")
    if with_fallback:
        rows.add_row(Text("fallback took over", style="yellow"), str(with_fallback), f"{with_fallback / run:.1%}")
    for name, count in summary.conflicts.items():
        rows.add_row(plain(f"conflict {name}"), str(count), f"{count / run:.1%}" if run else "–")
    driven = run - summary.resumed
    rate = f", {driven / summary.seconds:.0f} cases/s" if summary.seconds and driven else ""
    kept = f"; {summary.resumed} were run before" if summary.resumed else ""
    spent = f", {summary.tokens:,} tokens" if summary.tokens else ""
    spent += f", cost {money(cost)}" if cost else ""
    footer = Text(f"{summary.seconds:.1f} s{rate}, {summary.model_calls:,} model calls{spent}{kept}", style="dim")
    return Group(rows, footer, *_quarantine_view(summary.quarantined, quarantined))


def _quarantine_view(rows: int, problems: Sequence[QuarantinedField]) -> Iterable[RenderableType]:
    if problems:
        shown = table("line", "field", "reason", "value", title="Quarantined", right=("line",))
        for problem in problems:
            shown.add_row(str(problem.line), *map(plain, (problem.field, problem.reason, problem.text[:60])))
        yield Text()
        yield shown
        left = rows - len({problem.line for problem in problems})
        if left > 0:
            yield Text(f"and {left} more rows", style="dim")


def runs_view(runs: Sequence[RunRow]) -> RenderableType:
    """A list of runs."""
    rows = table("run", "case", "workflow", "status", "asked", "flagged", "started", right=("asked",))
    widest = {"run": min(32, max(len(run.id) for run in runs)), "status": 9, "asked": 5, "started": 12}
    for column in rows.columns:
        column.min_width = widest.get(str(column.header))
    for run in runs:
        flagged = "flagged" if run.flagged else ""
        questions = str(run.questions) if run.questions else ""
        rows.add_row(
            plain(run.id),
            plain(run.case_id),
            plain(run.workflow),
            status_text(run.status),
            questions,
            flagged,
            f"{ago(run.created_at)} ago",
        )
    return rows
