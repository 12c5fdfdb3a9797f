"""The crossed: what is said of a crossing over the fault rate, where one was found that could be tested."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from lab.statistics.sharpening import Event, Sharpening
from lab.statistics.verdict import Verdict
from lab.statistics.wording import SPOKEN, listed, percent, with_interval

HAPPENS: dict[Event, str] = {
    "cascade": "an override that causes another",
    "stuck": "no agreed end",
    "wrong": "a wrong decision at the end",
}
"""The events, as what a case has."""

TOLD: tuple[Event, ...] = ("cascade", "stuck")
"""The events whose crossing is told: those of coordination. That cases go wrong is told by the share that does."""


def crossed(several: Sequence[Verdict]) -> Iterator[str]:
    """A sentence for each crossing that has a name."""
    for each in several:
        for event in TOLD:
            if (found := each.crossing(event)) is not None and found.name is not None:
                yield _crossing(each, found)


def _crossing(each: Verdict, found: Sharpening) -> str:
    there = [crossing for crossing in found.crossings if crossing.midpoint is not None]
    where = listed([f"{percent(one.midpoint or 0)} with {one.agents}" for one in (there[0], there[-1])])
    text = f"Half of the cases of {SPOKEN[each.shape]} have {HAPPENS[found.event]} at a fault rate of {where} agents; "
    exponent = with_interval(found.exponent)
    match found.verdict:
        case "sharpens":
            return f"{text}the crossing sharpens with size, with the exponent {exponent}: a phase transition."
        case "crossover":
            return f"{text}the crossing is a crossover and no phase transition, its sharpening exponent {exponent}."
        case "no crossing" | "not enough":
            return ""
        case _ as impossible:
            assert_never(impossible)
