"""The result: what an experiment that is kept came to, or has come to so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.bootstrap import Bootstrap
from lab.row import Row
from lab.sample import Condition, conditions, samples
from lab.summary import summary
from lab.verdicts import Verdicts, verdicts
from state.experiment import ExperimentRow
from state.trial import Trial


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of an experiment, and what they say."""

    experiment: ExperimentRow
    rows: tuple[Row, ...]
    """One for each cell that has a trial."""
    conditions: tuple[Condition, ...]
    """Those under which it was run, ascending."""
    verdicts: Verdicts
    """Under one of them."""


def result(experiment: ExperimentRow, trials: Sequence[Trial], condition: Condition | None = None) -> Result | None:
    """What the trials of an experiment come to, by default under its middle condition; None where there are none."""
    if not trials:
        return None
    found, human_minute = samples(trials), human_minute_of(experiment)
    bootstrap = Bootstrap(experiment.content["seed"])
    rows = summary(found, human_minute=human_minute, bootstrap=bootstrap)
    told = verdicts(found, human_minute=human_minute, bootstrap=bootstrap, condition=condition, rows=rows)
    return Result(experiment, rows, conditions(found), told)


def human_minute_of(experiment: ExperimentRow) -> float:
    """The price of a minute of a person, by the experiment's runfile."""
    return float(experiment.content["prices"]["human_minute"])
