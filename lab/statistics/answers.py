"""The answers: what an experiment says to the questions that the lab is for, in plain words with figures.

Each begins with what a reader wants to know, and the figures follow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.statistics.crossed import crossed
from lab.statistics.fit import PowerLaw
from lab.statistics.sample import Condition
from lab.statistics.verdict import Verdict
from lab.statistics.wording import SPOKEN, grouped, listed, number, percent, sentence, with_interval
from lab.statistics.worth import Worth

Growth = Literal["faster", "linear", "slower"]
"""How turns grow with the number of agents, beside what is exactly linear; ``linear`` where that is in the interval."""

ALIKE = 0.005
"""Exponents nearer than that are alike."""

EXPLODES = 1.5
"""Growth that is faster than linear is called an explosion where the largest team takes so many times the turns that
the smallest would take in proportion."""

TRUSTED = 20
"""A bootstrap over fewer cases draws too few different ones for its intervals to hold what they say."""


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
        Answer("Where does coordination explode?", _explodes(several)),
        Answer("How often must a human step in?", _asks(several)),
        Answer("Does it get worse with every agent?", " ".join(_worsens(several, verdicts))),
        Answer("Who pays for the idle ones?", _idle(several)),
        Answer("Where is a shape no longer worth it?", " ".join(_worth(several, verdicts))),
    )


def growth(law: PowerLaw) -> Growth:
    """How a fit grows, given its interval."""
    if law.exponent.low > law.linear_exponent + ALIKE:
        return "faster"
    return "slower" if law.exponent.high < law.linear_exponent - ALIKE else "linear"


def _tried(condition: Condition, several: Sequence[Verdict]) -> str:
    cases = [row.cases for each in several for row in each.rows]
    low, high = min(each.rows[0].cell.agents for each in several), max(each.largest.cell.agents for each in several)
    size = f"{low} to {_agents(high)}, with work in proportion," if low < high else _agents(low)
    count = f"{min(cases)}" if min(cases) == max(cases) else f"{min(cases)} to {max(cases)}"
    fault = f"faults in {percent(condition.fault_rate)} of the turns" if condition.fault_rate else "no faults in turns"
    views = f", and receivers with a view of their own in {percent(condition.overlap)} of the handoffs"
    return (
        f"Teams of {size} on the same {count} cases in every shape, with {fault} (calls of agents)"
        f"{views if condition.overlap else ''}. In brackets is the 95 % interval over the cases"
        f"{', which are too few to trust it' if min(cases) < TRUSTED else ''}."
    )


def _explodes(several: Sequence[Verdict]) -> str:
    fitted = [(each, each.turns) for each in several if each.turns is not None]
    if not fitted:
        return "Fewer than three sizes were tried, so no growth can be told."
    faster = [(each, law) for each, law in fitted if growth(law) == "faster"]
    fast = [(each, law) for each, law in faster if each.beyond_line >= EXPLODES]
    little = [_little(each, law) for each, law in faster if each.beyond_line < EXPLODES]
    rest = [_exponent(each, law) for each, law in fitted if growth(law) != "faster"]
    parts = [f"In {listed([SPOKEN[each.shape] for each, _ in fast])}." if fast else "In none of the shapes."]
    linear = number(fitted[0][1].linear_exponent)
    parts += [
        f"With n agents, turns grow as a power of n + ½; a straight line has the exponent {linear} on that scale."
    ]
    parts += [_fast(each, law) for each, law in fast]
    parts += [f"A little faster than a straight line: {listed(little)}."] if little else []
    parts += [f"Not shown to be faster than a straight line: {listed(rest)}."] if rest else []
    tokens = [(number(each.tokens.exponent.value), each.shape) for each in several if each.tokens]
    parts += [f"Tokens have the exponents {grouped(tokens)}."] if tokens else []
    return " ".join([*parts, *crossed(several)])


def _exponent(each: Verdict, law: PowerLaw) -> str:
    return f"{SPOKEN[each.shape]} with {with_interval(law.exponent)}"


def _little(each: Verdict, law: PowerLaw) -> str:
    more = f" ({percent(each.beyond_line - 1)} above it at {each.largest.cell.agents})" if each.beyond_line > 1 else ""
    return f"{SPOKEN[each.shape]} with {number(law.exponent.value)}{more}"


def _fast(each: Verdict, law: PowerLaw) -> str:
    last = each.largest
    text = f"{SPOKEN[each.shape]} has {with_interval(law.exponent)}: "
    text += f"with {_agents(last.cell.agents)} a case takes {number(last.turns.value)} turns"
    beside = each.times_hub[-1] if each.times_hub and each.shape != "hub" else None
    if beside is not None and beside.agents == last.cell.agents:
        text += f", {with_interval(beside.turns)} times those of the hub"
    if last.cascade.value:
        text += f", and in {percent(last.cascade.value)} of the cases one override causes another"
    return sentence(text)


def _asks(several: Sequence[Verdict]) -> str:
    asking = [each for each in several if each.asking]
    silent = [SPOKEN[each.shape] for each in several if not each.asking]
    if not asking:
        return f"{_with_largest(several)} nobody is asked anything."
    shares = grouped((percent(each.asking), each.shape) for each in asking)
    questions = grouped((with_interval(each.largest.questions), each.shape) for each in asking)
    parts = [f"{_with_largest(several)} a human is asked in so many of the cases: {shares}."]
    parts += [f"Nobody is asked in {listed(silent)}."] if silent else []
    # a few cases may ask dozens of questions, so that neither figure tells the other
    parts += [f"Questions a case: {questions}."]
    last = asking[0].largest
    parts += [f"A question takes {last.human_minutes.value / last.questions.value:.3g} minutes."]
    if _sizes(several) > 1:
        most = max(each.smallest.questions.value for each in several)
        before = f"there are at most {number(most)} questions a case" if most else "nobody is asked"
        parts += [f"With {_agents(several[0].smallest.cell.agents)} {before}."]
    return " ".join(parts)


def _worsens(several: Sequence[Verdict], every: Sequence[Verdict]) -> Iterator[str]:
    slopes = [(each, each.questions_per_agent) for each in several if each.questions_per_agent is not None]
    up = [(with_interval(slope), each.shape) for each, slope in slopes if slope.above(0)]
    down = [(with_interval(slope), each.shape) for each, slope in slopes if slope.below(0)]
    even = [SPOKEN[each.shape] for each, slope in slopes if not slope.above(0) and not slope.below(0)]
    if up:
        yield f"{'Yes' if len(up) == len(slopes) else 'Not everywhere'}."
        yield f"On average each further agent brings so many questions more to a case: {grouped(up)}."
    if down:
        yield f"On average each further agent takes so many questions from a case: {grouped(down)}."
    if even:
        yield f"No trend of questions is shown in {listed(even)}."
    if not slopes:
        yield "Fewer than three sizes were tried, so no trend can be told."
    yield from _quality(sorted(every, key=lambda each: each.shape == "single"))


def _quality(several: Sequence[Verdict]) -> Iterator[str]:
    """The shares of right cases, those of the single agent last, since the others are compared with it."""
    small, large = several[0].smallest.cell.agents, several[0].largest.cell.agents
    if small == large:
        told = grouped((percent(each.largest.success.value), each.shape) for each in several)
        yield f"Every decision is right in so many of the cases: {told}."
        return
    told = grouped((_course(each), each.shape) for each in several)
    yield f"Cases with every decision right, with {small} and with {large} agents: {told}."
    if best := [(_best(each), each.shape) for each in several if _best(each)]:
        yield f"In between there are more: {grouped(best)}."


def _course(each: Verdict) -> str:
    return f"{percent(each.smallest.success.value)} and {percent(each.largest.success.value)}"


def _best(each: Verdict) -> str:
    """The highest share of right cases, where it lies between the ends and its interval above both; else empty."""
    best = max(each.rows, key=lambda row: row.success.value)
    ends = max(each.smallest.success.value, each.largest.success.value)
    between = each.smallest.cell.agents < best.cell.agents < each.largest.cell.agents
    return f"{percent(best.success.value)} with {best.cell.agents}" if between and best.success.above(ends) else ""


def _idle(several: Sequence[Verdict]) -> str:
    idle = grouped((percent(each.largest.idle.value), each.shape) for each in several if each.largest.idle is not None)
    return (
        "By the seat or by capacity, whoever rents them; by the execution, token or second, whoever offers them. "
        f"{_with_largest(several)} and one case at a time they are idle for so much of it: {idle}. Several cases at "
        "once fill some of that."
    )


def _worth(several: Sequence[Verdict], every: Sequence[Verdict]) -> Iterator[str]:
    """What a right case costs, and from where on more than with another shape."""
    costs = [
        (number(each.largest.spent_per_right.value), each.shape)
        for each in sorted(every, key=lambda each: each.shape == "single")
        if each.largest.spent_per_right is not None
    ]
    if costs:
        yield (
            f"{_with_largest(several)} a right case costs, calls, human minutes and mistakes priced: {grouped(costs)}."
        )
    yield from _compared(several, "single", lambda each: each.against_single)
    yield from _compared(several, "hub", lambda each: each.against_hub)


def _compared(
    several: Sequence[Verdict], other: Literal["single", "hub"], of: Callable[[Verdict], Worth | None]
) -> Iterator[str]:
    """From where on a right case costs more than with another shape, and from where on less."""
    found = [(SPOKEN[each.shape], beside) for each in several if (beside := of(each)) is not None]
    dearer = [f"{shape} {_since(beside, beside.stops_at)}" for shape, beside in found if beside.stops_at]
    cheaper = [f"{shape} {_since(beside, beside.pays_from)}" for shape, beside in found if beside.pays_from]
    if dearer:
        yield f"Dearer than {SPOKEN[other]}, by the number of agents: {listed(dearer)}."
    if cheaper:
        yield f"Cheaper than {SPOKEN[other]}, by the number of agents: {listed(cheaper)}."
    if found and not dearer and not cheaper:
        yield f"None is shown to be dearer or cheaper than {SPOKEN[other]}."


def _since(beside: Worth, size: int) -> str:
    return "at every size" if size == beside.sizes[0] else f"from {size} on"


def _with_largest(several: Sequence[Verdict]) -> str:
    return f"With {_agents(several[0].largest.cell.agents)}"


def _agents(count: int) -> str:
    return f"{count} agent{'s' if count > 1 else ''}"


def _sizes(several: Sequence[Verdict]) -> int:
    return len({row.cell.agents for each in several for row in each.rows if row.cell.agents > 1})
