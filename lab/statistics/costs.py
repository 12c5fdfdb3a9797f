"""The costs: what each shape took in the hub's place, as the table that lint reads; see :mod:`graphs.measured`."""

from collections.abc import Iterator, Mapping

from graphs.measured import Cost, Measured, Span
from lab.statistics.bootstrap import Bootstrap, Estimate, Statistic
from lab.statistics.sample import Column, Sample, paired
from state.trial import Cell

COMPARED: tuple[Column, ...] = ("turns", "tokens", "right", "questions", "cascade")
"""The columns of a shape and of the hub, in turns."""

STATISTICS: Mapping[str, Statistic] = {
    "turns": lambda table: table[:, 0] / table[:, 1],
    "tokens": lambda table: table[:, 2] / table[:, 3],
    "right": lambda table: table[:, 4] - table[:, 5],
    "questions": lambda table: table[:, 6] - table[:, 7],
    "cascades": lambda table: table[:, 8],
}
"""How each cost is made of the means of both."""


def costs(found: Mapping[Cell, Sample], fault_rate: float, report: str, bootstrap: Bootstrap) -> Measured:
    """The table of all cells with a rate of faults, each against the hub of its size and overlap, on the same cases.

    Raises ValueError where there is none.
    """
    rows = tuple(_rows(found, fault_rate, bootstrap))
    if not rows:
        raise ValueError(f"No shape was tried beside a hub at a fault rate of {fault_rate!r}.")
    cases = min(len(sample.cases) for cell, sample in found.items() if cell.fault_rate == fault_rate)
    return Measured(report=report, fault_rate=fault_rate, cases=cases, rows=rows)


def _rows(found: Mapping[Cell, Sample], fault_rate: float, bootstrap: Bootstrap) -> Iterator[Cost]:
    for cell, sample in found.items():
        hub = found.get(cell.model_copy(update={"shape": "hub"}))
        if cell.shape != "hub" and cell.agents > 1 and cell.fault_rate == fault_rate and hub is not None:
            here, there = paired((sample, hub))[0]
            columns = [each.columns[name] for name in COMPARED for each in (here, there)]
            spans = {name: _span(each) for name, each in bootstrap.several(STATISTICS, *columns).items()}
            yield Cost.model_validate({**cell.model_dump(), **spans})


def _span(estimate: Estimate | None) -> Span:
    assert estimate is not None
    return Span(value=round(estimate.value, 4), low=round(estimate.low, 4), high=round(estimate.high, 4))
