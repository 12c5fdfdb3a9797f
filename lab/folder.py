"""The folder of an experiment: its report with the plots beside it as PNG and SVG, and all of its trials as CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.bootstrap import Bootstrap
from lab.export import export_trials
from lab.report import About, report
from lab.result import tariff_of
from state.errors import UsageError
from state.experiment import ExperimentRow
from state.trial import Trial

REPORT, TRIALS = "report.md", "trials.csv"

UNSAID = frozenset({"name", "edition"})
"""What the report does not repeat of a runfile."""


def write_folder(row: ExperimentRow, trials: Sequence[Trial], folder: Path) -> None:
    """Write everything into a folder, which is there; files of the same names are replaced. Raises ``UsageError``.

    There is at least one trial.
    """
    try:
        report(about(row), trials).written(folder / REPORT)
    except OSError as refused:
        raise UsageError(f"{folder}: nothing can be written there: {refused.strerror or refused}.") from refused
    export_trials(trials, folder / TRIALS)


def about(row: ExperimentRow) -> About:
    """What a report says of an experiment beside what its trials come to."""
    said = {name: _said(value) for name, value in row.content.items() if name not in UNSAID and value is not None}
    missing = f" Only {row.done:,} of them are done." if row.done < row.total else ""
    return About(
        name=row.name,
        factors={"experiment": row.id, "trials": f"{row.total:,}.{missing}", **said},
        tariff=tariff_of(row),
        bootstrap=Bootstrap(row.content["seed"]),
    )


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(each)}" for name, each in value.items() if each is not None)
    return ", ".join(map(_said, value)) if isinstance(value, list) else _number(value)


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
