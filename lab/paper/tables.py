"""The tables of a report, in Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from lab.statistics.bootstrap import Bootstrap
from lab.statistics.fit import PowerLaw, power_law
from lab.statistics.row import Row
from lab.statistics.sample import Condition, Sample, conditions, curve, shapes
from lab.statistics.sharpening import Sharpening
from lab.statistics.tariff import Tariff
from lab.statistics.verdict import EVENTS, Verdict
from lab.statistics.wording import NONE, number, percent, percent_interval, with_interval
from lab.statistics.worth import worth
from state.trial import Cell, ShapeName

Heads = Mapping[str, Callable[[Row], str]]
"""The columns of a table of rows: their heads, and what stands under them."""

COORDINATION: Heads = {
    "Turns T": lambda row: with_interval(row.turns),
    "Overhead O": lambda row: percent_interval(row.overhead),
    "Messages a turn c": lambda row: number(row.density.value) if row.density else NONE,
    "Redundancy R": lambda row: number(row.redundancy.value),
    "Efficiency E_c": lambda row: with_interval(row.efficiency),
    "Amplification A_e": lambda row: with_interval(row.amplification),
    "Cascades": lambda row: percent_interval(row.cascade),
    "No agreed end": lambda row: percent_interval(row.stuck),
}

OUTCOME: Heads = {
    "Right S": lambda row: percent_interval(row.success),
    "Model calls": lambda row: number(row.model_calls.value),
    "Tokens": lambda row: number(row.tokens.value),
    "Questions": lambda row: with_interval(row.questions),
    "Human minutes": lambda row: number(row.human_minutes.value),
    "Spent": lambda row: with_interval(row.spent),
    "Spent a right case": lambda row: with_interval(row.spent_per_right),
    "Critical path": lambda row: number(row.critical_path.value),
    "Idle": lambda row: percent(row.idle.value) if row.idle else NONE,
}


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table; what is in its cells is shown as it is."""
    marks = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(map(plain, line))} |" for line in (heads, marks, *lines))


def plain(text: str) -> str:
    """Text that Markdown takes for nothing else, on one line."""
    quoted = "".join(f"\\{each}" if each in "\\`*_[]<>|#" else each for each in " ".join(text.split()))
    return quoted


def rows_table(rows: Sequence[Row], condition: Condition, columns: Heads) -> str:
    """Some figures of the cells under a condition."""
    under = [row for row in rows if Condition(row.cell.overlap, row.cell.fault_rate) == condition]
    lines = [[row.cell.shape, str(row.cell.agents), *(told(row) for told in columns.values())] for row in under]
    return table(["Shape", "Agents", *columns], lines)


def gist_table(several: Sequence[Verdict]) -> str:
    """The largest team of each shape in the figures that the answers speak of, a shape a line."""
    lines = [
        [
            each.shape,
            number(each.largest.turns.value),
            number(each.largest.tokens.value),
            percent(each.asking),
            number(each.largest.questions.value),
            percent(each.largest.success.value),
            percent(each.largest.idle.value) if each.largest.idle else NONE,
            number(each.largest.spent_per_right.value) if each.largest.spent_per_right else NONE,
        ]
        for each in several
    ]
    heads = ["turns", "tokens", "cases that ask a human", "questions", "cases right", "idle", "cost of a right case"]
    return table([f"with {several[0].largest.cell.agents} agents, a case", *heads], lines)


def growth_table(found: Mapping[Cell, Sample], bootstrap: Bootstrap) -> str:
    """The fits of turns and of tokens under every condition; empty where nothing can be fitted."""
    heads = ["Shape", "Overlap", "Faults", "Turns: exponent b", "factor a", "R²", "log-log b", "Tokens: b", "linear is"]
    lines = []
    for shape, condition in _families(found):
        several = curve(found, shape, condition)
        turns, tokens = (power_law(several, column, bootstrap) for column in ("turns", "tokens"))
        if turns is not None:
            lines.append([shape, percent(condition.overlap), percent(condition.fault_rate), *_law(turns, tokens)])
    return table(heads, lines) if lines else ""


def _law(turns: PowerLaw, tokens: PowerLaw | None) -> list[str]:
    return [
        with_interval(turns.exponent),
        number(turns.factor),
        NONE if turns.r_squared is None else f"{turns.r_squared:.3f}",
        NONE if turns.log_exponent is None else number(turns.log_exponent),
        with_interval(tokens.exponent if tokens else None),
        number(turns.linear_exponent),
    ]


def worth_table(found: Mapping[Cell, Sample], tariff: Tariff, bootstrap: Bootstrap) -> str:
    """From how many agents on a right case costs more than with the single agent, and than with the hub."""
    lines = []
    for shape, condition in _families(found):
        told = [_stops(found, shape, against, condition, tariff, bootstrap) for against in ("single", "hub")]
        lines.append([shape, percent(condition.overlap), percent(condition.fault_rate), *told])
    return table(["Shape", "Overlap", "Faults", "dearer than the single agent", "dearer than the hub"], lines)


def _stops(
    found: Mapping[Cell, Sample],
    shape: ShapeName,
    against: ShapeName,
    condition: Condition,
    tariff: Tariff,
    bootstrap: Bootstrap,
) -> str:
    if shape == against:
        return NONE
    beside = worth(found, shape, against, condition, tariff=tariff, bootstrap=bootstrap)
    if beside is None:
        return NONE
    return "not shown" if beside.stops_at is None else f"from {beside.stops_at}"


def crossings_table(tested: Mapping[tuple[ShapeName, float], Sequence[Sharpening]]) -> str:
    """The tests of all crossings, by shape and overlap; empty where none could be made."""
    lines = [
        [
            shape,
            percent(overlap),
            each.event,
            each.verdict,
            with_interval(each.exponent),
            percent_interval(each.limit),
            with_interval(each.slide),
            each.name or NONE,
        ]
        for (shape, overlap), several in tested.items()
        for each in sorted(several, key=lambda each: EVENTS.index(each.event))
    ]
    heads = ["Shape", "Overlap", "Event", "Verdict", "Exponent s", "Limit", "Slide m", "May be called"]
    return table(heads, lines) if lines else ""


def _families(found: Mapping[Cell, Sample]) -> list[tuple[ShapeName, Condition]]:
    """What differs in its number of agents only, by shape and condition."""
    there = {(cell.shape, Condition(cell.overlap, cell.fault_rate)) for cell in found}
    return [
        (shape, condition) for shape in shapes(found) for condition in conditions(found) if (shape, condition) in there
    ]
