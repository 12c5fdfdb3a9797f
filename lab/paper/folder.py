"""The folder of an experiment: its report with the plots beside it as PNG and SVG, and all of its trials as CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.paper.export import export_trials
from lab.paper.report import About, report
from lab.result import tariff_of
from lab.statistics.bootstrap import Bootstrap
from state.errors import UsageError
from state.experiment import ExperimentRow
from state.trial import Trial

REPORT, TRIALS = "report.md", "trials.csv"

SIMULATED = (
    "Specialists are simulated: a decision is a number worked out from the case and from what is handed over. A level "
    "of as many as the team's width says do not need each other. The work of a case grows with the number of agents.",
    "Tokens are counted by the declared lengths, and the time of a turn is drawn; a wave lasts as long as its slowest.",
    "A person knows what is right and corrects the decision in question, not what that was built on. Where nobody saw "
    "an error upstream, each correction brings the next question, and so a few cases ask dozens.",
)
"""What the figures of simulated teams rest on."""

OWN = ("What is right in a case is what the workflow decides as a hub, on the same case and without any fault.",)
"""What those of a real workflow do."""

UNSAID = frozenset({"name", "edition"})
"""What the report does not repeat of a runfile."""

OF_TEAMS = frozenset({"agents", "overlap", "cases", "team"})
"""What a runfile on a real workflow says nothing of: they are the workflow's own."""


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
    unsaid = UNSAID | OF_TEAMS if row.content.get("workflow") else UNSAID
    said = {name: _said(value) for name, value in row.content.items() if name not in unsaid and value is not None}
    missing = f" Only {row.done:,} of them are done." if row.done < row.total else ""
    return About(
        name=row.name,
        factors={"experiment": row.id, "trials": f"{row.total:,}.{missing}", **said},
        tariff=tariff_of(row),
        assumptions=OWN if row.content.get("workflow") else SIMULATED,
        bootstrap=Bootstrap(row.content["seed"]),
    )


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(each)}" for name, each in value.items() if each not in (None, [], {}))
    return ", ".join(map(_said, value)) if isinstance(value, list) else _number(value)


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
