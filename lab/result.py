"""The result: what an experiment that is kept came to, or has come to so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.statistics.bootstrap import Bootstrap
from lab.statistics.row import Row
from lab.statistics.sample import Condition, conditions, samples
from lab.statistics.summary import summary
from lab.statistics.tariff import Tariff
from lab.statistics.verdicts import Verdicts, verdicts
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
    found, tariff = samples(trials), tariff_of(experiment)
    bootstrap = Bootstrap(experiment.content["seed"])
    rows = summary(found, tariff=tariff, bootstrap=bootstrap)
    told = verdicts(found, tariff=tariff, bootstrap=bootstrap, condition=condition, rows=rows)
    return Result(experiment, rows, conditions(found), told)


def tariff_of(experiment: ExperimentRow) -> Tariff:
    """What is charged for besides calls, by the experiment's runfile."""
    prices = experiment.content["prices"]
    return Tariff(human_minute=prices["human_minute"], wrong_case=prices["wrong_case"])
