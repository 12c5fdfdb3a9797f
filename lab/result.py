"""The result: what an experiment that is kept came to, or has come to so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.bootstrap import Bootstrap
from lab.row import Row
from lab.sample import samples
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
    verdicts: Verdicts


def result(experiment: ExperimentRow, trials: Sequence[Trial]) -> Result | None:
    """What the trials of an experiment come to; None before the first of them."""
    if not trials:
        return None
    found, human_minute = samples(trials), human_minute_of(experiment)
    bootstrap = Bootstrap(experiment.content["seed"])
    rows = summary(found, human_minute=human_minute, bootstrap=bootstrap)
    return Result(experiment, rows, verdicts(found, human_minute=human_minute, bootstrap=bootstrap, rows=rows))


def human_minute_of(experiment: ExperimentRow) -> float:
    """The price of a minute of a person, by the experiment's runfile."""
    return float(experiment.content["prices"]["human_minute"])
