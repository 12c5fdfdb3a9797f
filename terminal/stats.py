"""The figures of a period, for the terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from state.budget import Budget
from state.figures import Figures
from state.spent import money
from terminal.budget import budget_json, budget_view
from terminal.tables import ago, status_text, table
from terminal.text import plain


def stats_view(found: Figures, budgets: Sequence[Budget], workflow: str | None, since: str | None) -> RenderableType:
    """The counts, then how the budget of each workflow stands, then the conflicts."""
    if not found.cases:
        return Text("No case was started in this period.")
    whose = f"{workflow or 'All workflows'}: {found.cases:,} cases{f' in the last {since}' if since else ''}"
    rows = table("", "cases", "share", title=whose, right=("cases", "share"))
    for status, count in found.by_status.items():
        rows.add_row(status_text(status), f"{count:,}", f"{count / found.cases:.1%}")
    rows.add_section()
    for name, count in (
        ("finished without a human", found.alone),
        ("asked a human", found.asked),
        ("flagged", found.flagged),
    ):
        rows.add_row(name, f"{count:,}", f"{count / found.cases:.1%}")
    return Group(rows, *_spent(found), *_budgets(budgets), *_conflicts(found))


def stats_json(found: Figures, budgets: Sequence[Budget]) -> dict[str, Any]:
    """The same for a program."""
    return {**found.model_dump(mode="json"), "budgets": [budget_json(each) for each in budgets]}


def _spent(found: Figures) -> Iterator[RenderableType]:
    spent = [f"{found.model_calls:,} model calls"]
    spent += [f"{found.tokens:,} tokens"] if found.tokens else []
    spent += [f"cost {money(found.cost)}"] if found.cost else []
    yield Text(", ".join(spent), style="dim")
    if found.waiting and found.oldest:
        yield Text(f"{found.waiting:,} questions wait, the oldest for {ago(found.oldest)}: roundhouse inbox", "yellow")


def _budgets(budgets: Sequence[Budget]) -> Iterator[RenderableType]:
    for each in budgets:
        if each.budget is not None or each.certificate is not None:
            yield Text()
            yield Text(f"Human attention, {plain(each.workflow)}", style="bold")
            yield budget_view(each)


def _conflicts(found: Figures) -> Iterator[RenderableType]:
    if not found.conflicts:
        return
    rows = table("conflict", "cases", "settled", title="Conflicts", right=("cases",))
    rows.columns[2].no_wrap = False
    for each in found.conflicts:
        how = ", ".join(f"{words} {count:,}" for words, count in each.settled.items())
        rows.add_row(plain(each.name), f"{each.cases:,}", plain(how))
    yield Text()
    yield rows
