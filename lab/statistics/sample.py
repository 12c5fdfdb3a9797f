"""The sample: the trials of one cell as columns of numbers, case by case, for the statistics."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lab.statistics.bootstrap import FloatArray, IntArray
from state.trial import Cell, Ending, ShapeName, Trial

Column = Literal[
    "turns",
    "right",
    "wrong",
    "share_right",
    "model_calls",
    "tokens",
    "cost",
    "messages",
    "redundancy",
    "repeats",
    "questions",
    "human_minutes",
    "conflicts",
    "overrides",
    "cascade",
    "stuck",
    "failures",
    "critical_path",
    "wall",
]
"""What is counted of a trial. ``right``, ``wrong``, ``cascade`` (an override caused another) and ``stuck`` (see
:data:`STUCK`) are 1 where it was so, else 0."""

STUCK: frozenset[Ending] = frozenset({"limit", "deadlock", "incomplete"})
"""The endings without all decisions made and agreed on."""

SHAPES: tuple[ShapeName, ...] = ("single", "pipeline", "hub", "supervisor", "mesh")
"""The order in which shapes are shown."""

READ: Mapping[Column, Callable[[Trial], float]] = {
    "turns": lambda trial: trial.turns,
    "right": lambda trial: trial.right,
    "wrong": lambda trial: not trial.right,
    "share_right": lambda trial: trial.share_right,
    "model_calls": lambda trial: trial.model_calls,
    "tokens": lambda trial: trial.tokens_in + trial.tokens_out,
    "cost": lambda trial: trial.cost,
    "messages": lambda trial: trial.messages,
    "redundancy": lambda trial: trial.redundancy,
    "repeats": lambda trial: trial.repeats,
    "questions": lambda trial: trial.questions,
    "human_minutes": lambda trial: trial.human_minutes,
    "conflicts": lambda trial: trial.conflicts,
    "overrides": lambda trial: trial.overrides,
    "cascade": lambda trial: trial.cascades > 0,
    "stuck": lambda trial: trial.ended in STUCK,
    "failures": lambda trial: trial.failures,
    "critical_path": lambda trial: trial.critical_path,
    "wall": lambda trial: trial.wall,
}
"""How each column is read off a trial."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The trials of one cell."""

    cell: Cell
    cases: IntArray
    """The places of the cases, ascending; shape (cases,)."""
    columns: Mapping[Column, FloatArray]
    """Each of shape (cases,), in the order of ``cases``."""

    def kept(self, cases: IntArray) -> "Sample":
        """The same with some of its cases only; these are all in it, ascending."""
        places = np.searchsorted(self.cases, cases)
        return Sample(self.cell, cases, {name: values[places] for name, values in self.columns.items()})


def order(cell: Cell) -> tuple[int, int, float, float]:
    """The key by which cells are sorted."""
    return SHAPES.index(cell.shape), cell.agents, cell.overlap, cell.fault_rate


def samples(trials: Iterable[Trial]) -> dict[Cell, Sample]:
    """The trials by cell, in the order of :func:`order`, whatever the order in which they come.

    Raises ValueError where a case of a cell comes twice.
    """
    by_cell: dict[Cell, list[Trial]] = defaultdict(list)
    for trial in trials:
        by_cell[trial.cell].append(trial)
    return {cell: _sample(cell, by_cell[cell]) for cell in sorted(by_cell, key=order)}


def _sample(cell: Cell, trials: Sequence[Trial]) -> Sample:
    ordered = sorted(trials, key=lambda trial: trial.case)
    cases = np.array([trial.case for trial in ordered], dtype=np.int64)
    if len(np.unique(cases)) < len(cases):
        raise ValueError(f"A case of {cell!r} comes more than once. Give each case of a cell once.")
    columns = {name: np.array([read(trial) for trial in ordered], np.float64) for name, read in READ.items()}
    return Sample(cell, cases, columns)


def paired(several: Sequence[Sample]) -> tuple[tuple[Sample, ...], int]:
    """The samples with the cases that all of them have, and how many cases were dropped for it."""
    every = np.unique(np.concatenate([sample.cases for sample in several]))
    common = every
    for sample in several:
        common = np.intersect1d(common, sample.cases, assume_unique=True)
    return tuple(sample.kept(common) for sample in several), len(every) - len(common)


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """What the cells of one curve over the number of agents have in common."""

    overlap: float
    fault_rate: float


def conditions(found: Mapping[Cell, Sample]) -> tuple[Condition, ...]:
    """Those of an experiment, ascending."""
    return tuple(sorted({Condition(cell.overlap, cell.fault_rate) for cell in found}))


def shapes(found: Mapping[Cell, Sample]) -> tuple[ShapeName, ...]:
    """The shapes of an experiment, in the order in which they are shown."""
    return tuple(shape for shape in SHAPES if any(cell.shape == shape for cell in found))


def curve(found: Mapping[Cell, Sample], shape: ShapeName, condition: Condition) -> tuple[Sample, ...]:
    """The samples of a shape under a condition, by number of agents, ascending."""
    return tuple(
        sample
        for cell, sample in found.items()
        if cell.shape == shape and Condition(cell.overlap, cell.fault_rate) == condition
    )
