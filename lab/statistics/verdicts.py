"""The verdicts: what an experiment says of all its shapes, and in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab.statistics.answers import Answer, answers
from lab.statistics.bootstrap import Bootstrap
from lab.statistics.row import Row
from lab.statistics.sample import Condition, Sample, conditions, samples, shapes
from lab.statistics.summary import summary
from lab.statistics.tariff import Tariff
from lab.statistics.verdict import Verdict, verdict
from state.trial import Cell, Trial


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What an experiment says under the condition that stands for it."""

    condition: Condition
    shapes: tuple[Verdict, ...]
    """In the order in which shapes are shown."""

    def answers(self) -> tuple[Answer, ...]:
        """The questions that the lab is for, each with what the experiment says to it."""
        return answers(self.condition, self.shapes)

    def sentences(self) -> tuple[str, ...]:
        """The answers in half a page of plain words with figures, one paragraph each, without markup."""
        return tuple(f"{each.question} {each.text}" for each in self.answers())


def verdicts(
    trials: Iterable[Trial] | Mapping[Cell, Sample],
    *,
    tariff: Tariff,
    bootstrap: Bootstrap,
    condition: Condition | None = None,
    rows: Sequence[Row] | None = None,
) -> Verdicts:
    """What the trials say, whatever their order.

    The tariff is in the currency of the trials' costs. Without a condition it is the middle one. ``rows`` are those of
    :func:`lab.statistics.summary.summary`, where they are at hand. Raises ValueError without trials, or where a case of
    a cell comes twice.
    """
    found = trials if isinstance(trials, Mapping) else samples(trials)
    told = summary(found, tariff=tariff, bootstrap=bootstrap) if rows is None else rows
    chosen = condition or middle(conditions(found))
    several = (verdict(found, told, shape, chosen, tariff=tariff, bootstrap=bootstrap) for shape in shapes(found))
    return Verdicts(chosen, tuple(each for each in several if each is not None))


def middle(tried: Sequence[Condition]) -> Condition:
    """The condition that stands for an experiment: the middle overlap and the middle fault rate above 0, if any.

    Of an even number the upper one is the middle. Raises ValueError without any.
    """
    if not tried:
        raise ValueError("An experiment without trials says nothing. Run it first.")
    overlaps = sorted({each.overlap for each in tried})
    rates = sorted({each.fault_rate for each in tried if each.fault_rate > 0}) or [0.0]
    return Condition(overlaps[len(overlaps) // 2], rates[len(rates) // 2])
