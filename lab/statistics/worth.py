"""The worth: from which number of agents on a shape costs more for each case that comes out right than another does.

With what is spent on a case, C, what a wrong one costs later included, and the share of right cases, S, a shape is
dearer than another where C/S > C'/S'. The two sides are compared as C S' > C' S, which is the same and stays defined
where a shape never gets a case right: what is estimated is (C S' − C' S) / (C S' + C' S), between −1 and 1. A shape is
dearer at a size only where the whole interval of that, over the same cases, lies above 0: where equality is within it,
nothing has been shown.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict

from lab.statistics.bootstrap import Bootstrap, FloatArray
from lab.statistics.sample import Column, Condition, Sample, curve, paired
from lab.statistics.tariff import Tariff
from state.trial import Cell, ShapeName

Standing = Literal["dearer", "even", "cheaper"]
"""What a right case costs, beside the other shape: more, about the same or less; ``even`` where equality is within the
interval."""

COMPARED: tuple[Column, ...] = ("cost", "human_minutes", "right")

ALIKE = 1e-9
"""Differences under this share are those of floating-point sums."""


class Worth(BaseModel):
    """A shape beside another, over the number of agents."""

    model_config = ConfigDict(frozen=True)

    shape: ShapeName
    against: ShapeName
    overlap: float
    fault_rate: float
    sizes: tuple[int, ...]
    """The numbers of agents at which both were run, ascending."""
    standings: tuple[Standing, ...]
    """One for each size."""

    @property
    def stops_at(self) -> int | None:
        """The number of agents from which on it is dearer at every size; None where it is not at the largest."""
        return self._from("dearer")

    @property
    def pays_from(self) -> int | None:
        """The number of agents from which on it is cheaper at every size; None where it is not at the largest."""
        return self._from("cheaper")

    def _from(self, lasting: Standing) -> int | None:
        first = None
        for size, standing in reversed(list(zip(self.sizes, self.standings, strict=True))):
            if standing != lasting:
                break
            first = size
        return first


def worth(
    found: Mapping[Cell, Sample],
    shape: ShapeName,
    against: ShapeName,
    condition: Condition,
    *,
    tariff: Tariff,
    bootstrap: Bootstrap,
) -> Worth | None:
    """Compare two shapes under a condition, at the sizes that both have; None where there is none.

    The tariff is in the currency of the trials' costs.
    """
    others = {sample.cell.agents: sample for sample in curve(found, against, condition)}
    pairs = [(ours, others[ours.cell.agents]) for ours in curve(found, shape, condition) if ours.cell.agents in others]
    if not pairs:
        return None
    return Worth(
        shape=shape,
        against=against,
        overlap=condition.overlap,
        fault_rate=condition.fault_rate,
        sizes=tuple(ours.cell.agents for ours, _ in pairs),
        standings=tuple(_standing(pair, tariff, bootstrap) for pair in pairs),
    )


def _standing(pair: Sequence[Sample], tariff: Tariff, bootstrap: Bootstrap) -> Standing:
    matched, dropped = paired(pair)
    columns = [each.columns[column] for column in COMPARED for each in matched]
    found = bootstrap.of_means(partial(_excess, tariff), *columns, dropped=dropped)
    if found is None:
        return "even"
    return "dearer" if found.above(ALIKE) else "cheaper" if found.below(-ALIKE) else "even"


def _excess(tariff: Tariff, means: FloatArray) -> FloatArray:
    """How much dearer the first is, from the means of :data:`COMPARED`, each of the first and of the second."""
    cost, other_cost, minutes, other_minutes, right, other_right = means.T
    ours = tariff.spent(cost, minutes, right) * other_right
    theirs = tariff.spent(other_cost, other_minutes, other_right) * right
    excess: FloatArray = (ours - theirs) / (ours + theirs)
    return excess
