"""Economics in words, the same for the terminal and for pages: rates, amounts, and what limits and costs the work."""

from collections.abc import Iterator
from math import ceil, inf
from typing import assert_never

from lab.economics import Economics
from lab.licences.break_even import BreakEven
from lab.licences.licence import ModelName
from state.duration import lasting
from state.spent import money

UNITS = (("s", 1), ("min", 60), ("h", 3_600), ("day", 86_400))
"""The units of rates, with their seconds."""


def rate(per_second: float) -> str:
    """Cases by the shortest unit of time in which there is one of them, or by the day."""
    if per_second == inf:
        return "any number of cases"
    unit, seconds = next((each for each in UNITS if per_second * each[1] >= 1), UNITS[-1])
    count = per_second * seconds
    return f"{count:,.0f} cases/{unit}" if count >= 100 else f"{count:.3g} cases/{unit}"


def part(share: float) -> str:
    """A share in per cent, also where it is nearly none or nearly all."""
    if 0 < share < 0.0005:
        return "under 0.1%"
    return "over 99.9%" if 0.9995 < share < 1 else f"{share:.1%}"


def amount(value: float, currency: str) -> str:
    """Money in the currency of a price table, amounts under 1 with three digits that say something."""
    said = money(value if value >= 1 else float(f"{value:.3g}")) if value < 1_000_000 else f"{value:,.0f}"
    return f"{said} {currency}".rstrip()


def licence_words(name: ModelName) -> str:
    """What a licence charges by."""
    return f"by {name}"


def licence_unit(name: ModelName) -> str:
    """What is paid for under a licence."""
    match name:
        case "execution":
            return "each call of a specialist, a model or a tool"
        case "token":
            return "each token in and out"
        case "second":
            return "each second in which a specialist is busy"
        case "seat":
            return "a month of each specialist"
        case "capacity":
            return "a month of slots that all specialists share"
        case _ as impossible:
            assert_never(impossible)


def break_even_words(found: BreakEven) -> str:
    """Which of two licences is cheaper when."""
    if found.first is None or found.last is None:
        return "the same at any number of cases"
    as_far = "" if found.is_final else f" (looked at up to {found.until:,})"
    if not found.changes:
        return f"{licence_words(found.first)}, at any number of cases{as_far}"
    second = found.other if found.first == found.one else found.one
    first_change, last_change = found.changes[0], found.changes[-1]
    words = f"{licence_words(found.first)} below {first_change:,} cases a month, {licence_words(second)} from there"
    if len(found.changes) > 1:
        words += (
            f"; further servers turn it round until {last_change:,}, and from there it is {licence_words(found.last)}"
        )
    return words + as_far


def limits(found: Economics) -> Iterator[str]:
    """What limits the work, and what would help; a sentence each."""
    slowest, more = found.specialists_bottleneck, found.one_more
    if slowest is None or more is None:
        yield "The specialists took no time that could be measured, so that none of them is a bottleneck."
    else:
        servers = f"{slowest.servers} servers" if slowest.servers > 1 else "one server"
        used = part(found.throughput / found.specialists_bound)
        yield (
            f"Among the specialists, {slowest.name} is the bottleneck: a case takes {lasting(slowest.demand)} of it, "
            f"so {servers} can do at most {rate(found.specialists_bound)}. {rate(found.throughput)} went through, "
            f"{used} of that."
        )
        after = "it is still the bottleneck" if more.next == more.station else f"the next bottleneck is {more.next}"
        yield f"One more {more.station} would allow {rate(more.bound)}, {more.gain:.0%} more; then {after}."
        yield (
            f"A case is worked at for {lasting(found.path)}, so N cases under way allow at most "
            f"N / {lasting(found.path)}; it takes {max(1, ceil(found.saturation)):,} to keep the bottleneck busy."
        )
    if found.bottleneck is found.people:
        count = "one person" if found.people.servers == 1 else f"{found.people.servers} people"
        yield (
            f"Of all, people are the bottleneck: a case takes {lasting(found.people.demand)} of theirs on average, so "
            f"{count} can do at most {rate(found.bound)}."
        )


def paid_words(found: Economics) -> str:
    """What chat models have charged so far; empty where none did."""
    calls, cost = (sum(getattr(each, name) for each in found.ledger.work) for name in ("model_calls", "cost"))
    if not calls:
        return ""
    charged = f"they charged {money(cost)}, by the prices of models" if cost else "nothing is known of their prices"
    return f"Chat models were called {calls:,} times; {charged}."


def human_words(found: Economics) -> str:
    """What people did, and how it is known."""
    human, each = found.ledger.human, found.prices.human.minutes_per_answer
    if not human.answers and not human.open:
        return "People were asked nothing." + _by_policy(found)
    counted = [f"{lasting(human.seconds)} from claim to answer ({_counted(human.claimed, 'answer')})"]
    if human.unclaimed:
        counted.append(f"{_counted(human.unclaimed, 'answer')} that nobody had claimed, at {each:g} min declared")
    if human.open:
        counted.append(f"{_counted(human.open, 'open question')}, at {each:g} min declared")
    kept = [words for words in counted if not words.endswith("(0 answers)")]
    return f"People's work: {lasting(found.human_seconds)}, of {' and of '.join(kept)}." + _by_policy(found)


def _by_policy(found: Economics) -> str:
    count = found.ledger.human.by_policy
    return f" Policies answered {_counted(count, 'question')}." if count else ""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
