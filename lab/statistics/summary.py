"""The summary: one row for each cell of an experiment, from its trials."""

from collections.abc import Iterable, Mapping

from lab.statistics.bootstrap import Bootstrap, Estimate, FloatArray, Statistic
from lab.statistics.row import Row, seats
from lab.statistics.sample import READ, Column, Sample, paired, samples
from lab.statistics.tariff import Tariff
from state.trial import Cell, Trial

OWN: tuple[Column, ...] = tuple(READ)
"""The columns that the figures of a cell alone are made of."""

PLAIN: Mapping[str, Column] = {
    "turns": "turns",
    "redundancy": "redundancy",
    "success": "right",
    "decisions_right": "share_right",
    "model_calls": "model_calls",
    "tokens": "tokens",
    "cost": "cost",
    "questions": "questions",
    "human_minutes": "human_minutes",
    "conflicts": "conflicts",
    "overrides": "overrides",
    "cascade": "cascade",
    "stuck": "stuck",
    "failures": "failures",
    "repeats": "repeats",
    "critical_path": "critical_path",
    "wall": "wall",
}
"""The figures that are the mean of a column."""


SPENT: tuple[Column, ...] = ("cost", "human_minutes", "right")
"""The columns that what is spent on a case is made of."""

COMPARED: tuple[Column, ...] = ("turns", "right", "wrong")
"""The columns that the figures against the single agent are made of."""


def summary(
    trials: Iterable[Trial] | Mapping[Cell, Sample], *, tariff: Tariff, bootstrap: Bootstrap
) -> tuple[Row, ...]:
    """One row for each cell, in the order of :func:`lab.statistics.sample.order`, whatever the order of the trials.

    The tariff is in the currency of the trials' costs. Raises ValueError where a case of a cell comes twice.
    """
    found = trials if isinstance(trials, Mapping) else samples(trials)
    return tuple(_row(sample, found.get(_single(cell)), tariff, bootstrap) for cell, sample in found.items())


def _single(cell: Cell) -> Cell:
    """The cell of the single agent that a cell is compared with."""
    return cell.model_copy(update={"shape": "single"})


def _row(sample: Sample, single: Sample | None, tariff: Tariff, bootstrap: Bootstrap) -> Row:
    own = bootstrap.several(_statistics(sample.cell, tariff), *(sample.columns[name] for name in OWN))
    against = _against(sample, single, bootstrap)
    return Row.model_validate({"cell": sample.cell, "cases": len(sample.cases), **own, **against})


def _statistics(cell: Cell, tariff: Tariff) -> dict[str, Statistic]:
    """How every figure of a cell alone is made of its means."""
    there = seats(cell)

    def paid(table: FloatArray) -> FloatArray:
        return tariff.paid(*(_mean(table, column) for column in SPENT[:2]))

    def per_right(table: FloatArray) -> FloatArray:
        return tariff.spent(*(_mean(table, column) for column in SPENT)) / _mean(table, "right")

    return {
        **{figure: _plain(column) for figure, column in PLAIN.items()},
        "density": lambda table: _mean(table, "messages") / _mean(table, "turns"),
        "spent": paid,
        "spent_per_right": per_right,
        "idle": lambda table: 1 - _mean(table, "turns") / (there * _mean(table, "critical_path")),
    }


def _plain(column: Column) -> Statistic:
    return lambda table: _mean(table, column)


def _mean(table: FloatArray, column: Column) -> FloatArray:
    """The means of a column of :data:`OWN` in every draw."""
    means: FloatArray = table[:, OWN.index(column)]
    return means


def _against(sample: Sample, single: Sample | None, bootstrap: Bootstrap) -> dict[str, Estimate | None]:
    """The figures that compare with the single agent, on the cases that both have; none where it was not run."""
    if single is None:
        return dict.fromkeys(AGAINST)
    matched, dropped = paired((sample, single))
    columns = [each.columns[name] for name in COMPARED for each in matched]
    return bootstrap.several(AGAINST, *columns, dropped=dropped)


def _overhead(table: FloatArray) -> FloatArray:
    turns, single_turns, *_ = table.T
    overhead: FloatArray = (turns - single_turns) / single_turns
    return overhead


def _efficiency(table: FloatArray) -> FloatArray:
    turns, single_turns, right, *_ = table.T
    efficiency: FloatArray = right / (turns / single_turns)
    return efficiency


def _amplification(table: FloatArray) -> FloatArray:
    *_, wrong, single_wrong = table.T
    amplification: FloatArray = wrong / single_wrong
    return amplification


AGAINST: Mapping[str, Statistic] = {
    "overhead": _overhead,
    "efficiency": _efficiency,
    "amplification": _amplification,
}
"""The figures that compare with the single agent, from the means of :data:`COMPARED`, each of the cell and then of the
single agent."""
