"""The grid of an experiment: all combinations of its factors, and the work that they are in pieces.

The pieces go through all cells again and again, some cases of each at a time. So an experiment that is stopped has
about as many cases in every cell, and what is done so far says how long the rest takes, large teams included.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from state.trial import Cell, ShapeName

AT_ONCE = 10
"""How many cases of one cell are a piece of work: what a crash may cost, and what one commit keeps."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some cases of one cell."""

    place: int
    """The place of the cell among those of the experiment, from 0."""
    cell: Cell
    cases: tuple[int, ...]


def combined(
    shapes: Sequence[ShapeName], agents: Sequence[int], overlap: Sequence[float], fault_rate: Sequence[float]
) -> tuple[Cell, ...]:
    """All combinations, in the order in which the factors are listed; the last one changes fastest."""
    return tuple(
        Cell(shape=shape, agents=size, overlap=shared, fault_rate=rate)
        for shape, size, shared, rate in product(shapes, agents, overlap, fault_rate)
    )


def chunks(cells: Sequence[Cell], cases: int, kept: Collection[tuple[int, int]]) -> Iterator[Chunk]:
    """What is left to do, given the trials that are kept, by the place of their cell and their case."""
    for start in range(0, cases, AT_ONCE):
        for place, cell in enumerate(cells):
            wanted = range(start, min(start + AT_ONCE, cases))
            if missing := tuple(case for case in wanted if (place, case) not in kept):
                yield Chunk(place, cell, missing)
