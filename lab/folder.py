"""The folder of an experiment: its report, its plots as PNG and SVG, and all of its trials as CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.export import export_trials
from lab.plots import saved
from lab.result import Result
from lab.row import Row, definition
from lab.slides import TITLES, slides
from lab.wording import percent_interval, with_interval
from state.errors import UsageError
from state.trial import Trial

REPORT, TRIALS = "report.md", "trials.csv"

SHARES = frozenset({"overhead", "success", "cascade", "stuck", "idle"})
"""The figures that are written in percent."""

COLUMNS: Mapping[str, str] = {
    "turns": "turns",
    "overhead": "overhead",
    "questions": "questions",
    "success": "right",
    "spent_per_right": "cost of a right case",
    "stuck": "stuck",
    "cascade": "cascades",
    "idle": "idle",
}
"""The figures of the report's table, and what it calls them."""


def write_folder(found: Result, trials: Iterable[Trial], folder: Path) -> None:
    """Write everything into a folder, which is there; files of the same names are replaced. Raises ``UsageError``."""
    try:
        for name, slide in slides(found).items():
            saved(slide(found), folder, name)
        (folder / REPORT).write_text(report(found), encoding="utf-8")
    except OSError as refused:
        raise UsageError(f"{folder}: nothing can be written there: {refused.strerror or refused}.") from refused
    export_trials(trials, folder / TRIALS)


def report(found: Result) -> str:
    """The report as Markdown: the answers, the plots, the figures with their definitions, and what was tried."""
    row = found.experiment
    parts = [
        f"# Experiment {row.name}",
        _missing(found),
        *(f"**{answer.question}** {answer.text}" for answer in found.verdicts.answers()),
        *(f"## {TITLES[name]}\n\n![{TITLES[name]}]({name}.svg)" for name in slides(found)),
        "## Figures",
        "Means over the cases of a cell; in brackets the 95 % interval, by paired bootstrap over the cases.",
        "\n".join(_table(found.rows)),
        "\n".join(f"- *{heading}*: {definition(figure)}" for figure, heading in COLUMNS.items()),
        "## What was tried",
        f"Experiment `{row.id}`; all trials are in [{TRIALS}]({TRIALS}).",
        "\n".join(f"- `{name}`: {_level(value)}" for name, value in row.content.items() if value is not None),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _missing(found: Result) -> str:
    row = found.experiment
    return "" if row.done == row.total else f"Only {row.done:,} of {row.total:,} trials are done."


def _table(rows: Sequence[Row]) -> Iterator[str]:
    headings = ("shape", "agents", "overlap", "fault rate", *COLUMNS.values())
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join('---' if name == 'shape' else '---:' for name in headings)}|"
    for row in rows:
        cell = row.cell
        factors = (cell.shape, str(cell.agents), f"{cell.overlap:g}", f"{cell.fault_rate:g}")
        yield f"| {' | '.join((*factors, *(_figure(row, name) for name in COLUMNS)))} |"


def _figure(row: Row, name: str) -> str:
    found = getattr(row, name)
    return percent_interval(found) if name in SHARES else with_interval(found)


def _level(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_level(each)}" for name, each in value.items() if each is not None)
    return ", ".join(map(_level, value)) if isinstance(value, list) else str(value)
