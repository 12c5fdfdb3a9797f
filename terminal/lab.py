"""What ``roundhouse lab`` prints: the experiments that are kept, and what one of them came to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from lab.result import Result
from lab.statistics.answers import Answer
from lab.statistics.bootstrap import Estimate
from lab.statistics.row import Row
from state.experiment import ExperimentRow
from terminal.tables import SHOWN, ago, table
from terminal.text import plain
from terminal.widest import Widest


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a row as it is shown."""

    heading: str
    digits: Callable[[float], str]
    unit: str = ""

    def value(self, found: Estimate | None) -> str:
        """The figure, or a dash where it is not defined."""
        return f"{self.digits(found.value)}{self.unit}" if found else "–"

    def interval(self, found: Estimate | None) -> str:
        """Its interval, with the unit once; empty where it has no width that could be read."""
        low, high = (self.digits(found.low), self.digits(found.high)) if found else ("", "")
        return f"{low}–{high}{self.unit}" if low != high else ""


def _percent(value: float) -> str:
    return f"{100 * value:.0f}".removeprefix("-") if round(100 * value) == 0 else f"{100 * value:.0f}"


def _two(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


FIGURES = {
    "turns": Figure("turns", lambda value: f"{value:.1f}"),
    "overhead": Figure("overhead", _percent, "%"),
    "questions": Figure("questions", lambda value: f"{value:.2f}"),
    "success": Figure("right", _percent, "%"),
    "spent_per_right": Figure("cost", _two),
}
"""The figures of a row that are shown."""

LEGEND = (
    "Means a case, with 95 % intervals over the cases. turns: calls of agents. overhead: turns beyond those of a "
    "single agent. right: cases with every decision as a hub makes it without faults. cost: of tokens, human minutes "
    "and mistakes, for each right case."
)


def experiments_view(rows: Sequence[ExperimentRow]) -> RenderableType:
    """The experiments that are kept."""
    shown = table("experiment", "name", "trials", "done", "begun", right=("trials", "done", "begun"))
    for row in rows:
        done = Text(f"{row.done / row.total:.0%}", style="green" if row.done == row.total else "yellow")
        begun = f"{ago(row.created_at)} ago"
        shown.add_row(Text(row.id[:SHOWN], style="bold"), plain(row.name), f"{row.total:,}", done, begun)
    return Group(shown, Text("roundhouse lab EXPERIMENT shows one of them.", style="dim"))


def rows_view(rows: Sequence[Row]) -> RenderableType:
    """A table of the cells: factors that vary, and the figures with their intervals where there is room."""
    return Group(Widest(_table(rows, with_intervals=True), _table(rows, with_intervals=False)), Text(LEGEND, "dim"))


def _table(rows: Sequence[Row], *, with_intervals: bool) -> RenderableType:
    factors = _factors(rows)
    headings = [figure.heading for figure in FIGURES.values()]
    columns = [list(_column(rows, name, with_intervals)) for name in FIGURES]
    shown = table("shape", *factors, *headings, right=(*factors, *(() if with_intervals else headings)))
    before = None
    for row, *cells in zip(rows, *columns, strict=True):
        if before not in (None, row.cell.shape):
            shown.add_section()
        shown.add_row(row.cell.shape if row.cell.shape != before else "", *_levels(row, factors), *cells)
        before = row.cell.shape
    return shown


def _factors(rows: Sequence[Row]) -> list[str]:
    """The factors that a reader needs to tell the rows of a shape apart."""
    varied = [name for name in ("overlap", "fault_rate") if len({getattr(row.cell, name) for row in rows}) > 1]
    return ["agents", *(name.replace("_", " ") for name in varied)]


def _levels(row: Row, factors: Sequence[str]) -> Iterator[str]:
    for factor in factors:
        level = getattr(row.cell, factor.replace(" ", "_"))
        yield str(level) if factor == "agents" else f"{level:g}"


def _column(rows: Sequence[Row], name: str, with_intervals: bool) -> Iterator[Text]:
    """A figure in all rows, its interval beside it, where there is one, with values under values."""
    figure = FIGURES[name]
    found: list[Estimate | None] = [getattr(row, name) for row in rows]
    values = [figure.value(each) for each in found]
    widest = max(map(len, values)) if with_intervals else 0
    for value, each in zip(values, found, strict=True):
        interval = f" {figure.interval(each)}" if with_intervals else ""
        yield Text(value.rjust(widest)) + Text(interval, style="dim")


def result_view(found: Result) -> RenderableType:
    """What an experiment came to: the table first, so that what it says stands last, before the prompt."""
    row = found.experiment
    begun = f"{row.name} ({row.id[:SHOWN]}): {row.done:,} of {row.total:,} trials"
    missing = "; give its runfile again to go on" if row.done < row.total else ""
    return Group(
        plain(begun + missing, "bold"),
        rows_view(found.rows),
        *(part for answer in found.verdicts.answers() for part in (Text(), *_answer(answer))),
    )


def _answer(answer: Answer) -> Iterator[RenderableType]:
    yield plain(answer.question, "bold")
    yield plain(answer.text)


def nothing_yet(row: ExperimentRow) -> RenderableType:
    """What is said of an experiment of which nothing is done."""
    return plain(
        f"{row.name} ({row.id[:SHOWN]}): none of {row.total:,} trials is done; give its runfile again to go on"
    )


def result_json(row: ExperimentRow, found: Result | None) -> dict[str, Any]:
    """An experiment and what it came to, for a program."""
    made = row.model_dump(mode="json") | {"rows": [], "answers": [], "shapes": []}
    if found is not None:
        made["rows"] = [each.model_dump(mode="json") for each in found.rows]
        made["answers"] = [{"question": each.question, "text": each.text} for each in found.verdicts.answers()]
        made["shapes"] = [each.model_dump(mode="json", exclude={"rows"}) for each in found.verdicts.shapes]
    return made
