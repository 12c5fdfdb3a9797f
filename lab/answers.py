"""The answers: what an experiment says to the questions that the lab is for, in plain words with figures."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from lab.fit import PowerLaw
from lab.sample import Condition
from lab.sharpening import Event, Sharpening
from lab.verdict import Verdict
from lab.wording import SPOKEN, listed, number, percent, with_interval
from lab.worth import Worth

Growth = Literal["faster", "linear", "slower"]
"""How turns grow with the number of agents, beside what is exactly linear; ``linear`` where that is in the interval."""

ALIKE = 0.005
"""Exponents nearer than that are alike."""

HAPPENS: dict[Event, str] = {
    "cascade": "an override that causes another",
    "stuck": "no agreed end",
    "wrong": "a wrong decision at the end",
}
"""The events, as what a case has."""

TOLD: tuple[Event, ...] = ("cascade", "stuck")
"""The events whose crossing is told: those of coordination. That cases go wrong is told by the share that does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, and what the experiment says to it."""

    question: str
    text: str


def answers(condition: Condition, verdicts: Sequence[Verdict]) -> tuple[Answer, ...]:
    """All answers; the question and the text are plain words without markup."""
    several = [each for each in verdicts if each.shape != "single"] or list(verdicts)
    return (
        Answer("What was tried?", _tried(condition, several)),
        Answer("Where does coordination overhead explode?", _explodes(several)),
        Answer("How much human intervention does it need?", _asks(several)),
        Answer("Does it get worse with every agent?", _worsens(several)),
        Answer("Who pays for the idle ones, and where is a shape no longer worth it?", _pays(several)),
    )


def growth(law: PowerLaw) -> Growth:
    """How a fit grows, given its interval."""
    if law.exponent.low > law.linear_exponent + ALIKE:
        return "faster"
    return "slower" if law.exponent.high < law.linear_exponent - ALIKE else "linear"


def _tried(condition: Condition, several: Sequence[Verdict]) -> str:
    cases = [row.cases for each in several for row in each.rows]
    low, high = min(each.rows[0].cell.agents for each in several), max(each.largest.cell.agents for each in several)
    size = f"{low} to {high}" if low < high else f"{low}"
    count = f"{min(cases)}" if min(cases) == max(cases) else f"{min(cases)} to {max(cases)}"
    return (
        f"The figures are for a fault in {percent(condition.fault_rate)} of the turns and an overlap of "
        f"{percent(condition.overlap)} of the handoffs, with {size} agents and {count} cases in each cell. "
        "In brackets is the 95 % interval over the cases."
    )


def _explodes(several: Sequence[Verdict]) -> str:
    fitted = [(each, each.turns) for each in several if each.turns is not None]
    if not fitted:
        return "Fewer than three sizes were tried, so no growth can be told."
    fast = [_fast(each, law) for each, law in fitted if growth(law) == "faster"]
    rest = [_exponent(each, law) for each, law in fitted if growth(law) != "faster"]
    linear = number(fitted[0][1].linear_exponent)
    scale = f"Turns are fitted by a power of n + ½; what is exactly linear shows an exponent of {linear} on that scale."
    parts = [scale, *fast] if fast else [f"In none of the shapes. {scale}"]
    parts += [f"Not shown to be faster than linear: {listed(rest)}."] if rest else []
    tokens = [f"{number(each.tokens.exponent.value)} in {SPOKEN[each.shape]}" for each in several if each.tokens]
    parts += [f"Tokens grow with exponents of {listed(tokens)}."] if tokens else []
    return " ".join([*parts, *_crossings(several)])


def _exponent(each: Verdict, law: PowerLaw) -> str:
    return f"{SPOKEN[each.shape]} with {with_interval(law.exponent)}"


def _fast(each: Verdict, law: PowerLaw) -> str:
    text = f"Faster than linear: {_exponent(each, law)}"
    if each.times_hub and each.shape != "hub":
        last = each.times_hub[-1]
        text += f"; with {last.agents} agents it takes {with_interval(last.turns)} times the turns of the hub"
    if each.largest.cascade.value:
        text += f", and {percent(each.largest.cascade.value)} of its cases have {HAPPENS['cascade']}"
    return f"{text}."


def _crossings(several: Sequence[Verdict]) -> Iterator[str]:
    for each in several:
        for event in TOLD:
            if (found := each.crossing(event)) is not None and found.name is not None:
                yield _crossing(each, found)


def _crossing(each: Verdict, found: Sharpening) -> str:
    crossed = [crossing for crossing in found.crossings if crossing.midpoint is not None]
    where = listed([f"{percent(one.midpoint or 0)} with {one.agents}" for one in (crossed[0], crossed[-1])])
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


def _asks(several: Sequence[Verdict]) -> str:
    asking = [each for each in several if any(row.questions.value for row in each.rows)]
    silent = [SPOKEN[each.shape] for each in several if each not in asking]
    parts = [f"{_with_largest(several)} {'; '.join(map(_asked, asking))}."] if asking else []
    if asking and _sizes(several) > 1:
        before = listed([number(each.smallest.questions.value) for each in asking])
        parts += [f"With {several[0].smallest.cell.agents} it is {before}."]
    parts += [f"{_capital(listed(silent))} never ask{'s' if len(silent) == 1 else ''}."] if silent else []
    return " ".join(parts)


def _asked(each: Verdict) -> str:
    last = each.largest
    minutes = number(last.human_minutes.value)
    return f"{SPOKEN[each.shape]} asks {with_interval(last.questions)} questions a case, which takes {minutes} minutes"


def _with_largest(several: Sequence[Verdict]) -> str:
    agents = several[0].largest.cell.agents
    return f"With {agents} agent{'s' if agents > 1 else ''}"


def _sizes(several: Sequence[Verdict]) -> int:
    return len({row.cell.agents for each in several for row in each.rows if row.cell.agents > 1})


def _worsens(several: Sequence[Verdict]) -> str:
    slopes = [(each, each.questions_per_agent) for each in several if each.questions_per_agent is not None]
    up = [f"{with_interval(slope)} in {SPOKEN[each.shape]}" for each, slope in slopes if slope.above(0)]
    down = [f"{with_interval(slope)} in {SPOKEN[each.shape]}" for each, slope in slopes if slope.below(0)]
    even = [SPOKEN[each.shape] for each, slope in slopes if not slope.above(0) and not slope.below(0)]
    parts = [f"Every agent more adds questions a case: {listed(up)}."] if up else []
    parts += [f"Every agent more takes questions away: {listed(down)}."] if down else []
    parts += [f"No such trend is shown in {listed(even)}."] if even else []
    return " ".join([*parts, _quality(several)])


def _quality(several: Sequence[Verdict]) -> str:
    told = [f"{percent(each.largest.success.value)} in {SPOKEN[each.shape]}" for each in several]
    text = f"{_with_largest(several)} all decisions are right in so many cases: {listed(told)}"
    if _sizes(several) > 1:
        before = listed([percent(each.smallest.success.value) for each in several])
        text += f"; with {several[0].smallest.cell.agents} it is {before}"
    return f"{text}."


def _pays(several: Sequence[Verdict]) -> str:
    idle = [
        f"{percent(each.largest.idle.value)} in {SPOKEN[each.shape]}"
        for each in several
        if each.largest.idle is not None
    ]
    parts = [f"{_with_largest(several)} nobody works in so much of their time: {listed(idle)}."]
    parts += ["By the execution, token or second nobody pays for it; by the seat, whoever holds the seats does."]
    parts += _compared(several, "single", lambda each: each.against_single)
    parts += _compared(several, "hub", lambda each: each.against_hub)
    return " ".join(parts)


def _compared(
    several: Sequence[Verdict], other: Literal["single", "hub"], of: Callable[[Verdict], Worth | None]
) -> Iterator[str]:
    """From where on a right case costs more than with another shape."""
    found = [(SPOKEN[each.shape], beside) for each in several if (beside := of(each)) is not None]
    stops = [f"{shape} {_since(beside)}" for shape, beside in found if beside.stops_at is not None]
    never = [shape for shape, beside in found if beside.stops_at is None]
    if stops:
        yield f"A right case costs more than with {SPOKEN[other]} in {listed(stops)}."
    if never:
        yield f"That it costs more than with {SPOKEN[other]} at the largest size is not shown for {listed(never)}."


def _since(beside: Worth) -> str:
    return "at every size" if beside.stops_at == beside.sizes[0] else f"from {beside.stops_at} agents on"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
