"""What chat models cost behind the hub, against a hand-written LangGraph chain of the same models.

The model server is a process of its own on loopback; it counts calls and tokens, and waits as long as it is told. The
hub asks for the probabilities of tokens, as it does by default, and the chain does not. Contestants take turns; a
figure is the median over the rounds, or over the cases.

What a contestant *adds* to a call is its time for a case, over the number of calls, less that of a plain HTTP request
for the same answer, made as often and as many at once. Throughput is that of a full crowd: from when as many cases
have ended as there are at once, until no more begin.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from functools import partial
from itertools import pairwise, product

from rich.console import Console

from benchmarks.model_contest import Contest, Drive, contest
from benchmarks.model_process import Served, served
from benchmarks.report import SHOWN, Row, table
from benchmarks.teamwork import Enquiry, enquiries, layers, teamwork

SIZES = range(2, 11)
"""Of the workflows whose tokens are counted."""
DEPTHS = (1, 3, 5)
WIDTHS = (1, 3)
"""Specialists at each level of the workflows whose time is measured."""
CALLS = 5
"""Of a case, where it is measured what is added to each."""
CROWD = 64
"""Cases at once where the throughput is measured."""
ROUNDS = 4

GRAPH, PRODUCT, CHAIN, PLAIN = NAMES = ("the hub's graph", "the whole product", "the chain", "plain requests")
OURS = (GRAPH, PRODUCT)
CHAIN_AT, PLAIN_AT = NAMES.index(CHAIN), NAMES.index(PLAIN)


async def measure() -> list[Row]:
    """All figures, with their targets."""
    return [*await _counted(), *await _waited(), *await _added(), *await _crowded()]


async def _counted() -> list[Row]:
    """The calls and tokens of a case, by the number of specialists."""
    ours, theirs = [], []
    async with served() as server:
        for size in SIZES:
            async with contest(server, partial(teamwork, size)) as each:
                ours.append(await _count(server, each.product))
                theirs.append(await _count(server, each.chain))
    calls = [count for count, _ in ours]
    mine, chains = ([tokens for _, tokens in counts] for counts in (ours, theirs))
    at = SIZES.index(8)
    share = mine[at] / chains[at]
    grown, spread = _grown(mine)
    at_eight = f"input tokens a case, 8 specialists: of the chain's ({mine[at]:,.0f} against {chains[at]:,.0f})"
    return [
        Row(
            "model calls a case, for 2 to 10 specialists",
            "one each",
            f"{min(calls):g} to {max(calls):g}",
            calls == list(SIZES),
        ),
        Row(at_eight, "≤ 0.90x", f"{share:.2f}x", share <= 0.9),
        Row("input tokens that one more specialist adds", "constant, ± 5 %", grown, spread <= 1.1),
        Row("the same of the chain", SHOWN, _grown(chains)[0], True),
    ]


def _grown(tokens: Sequence[float]) -> tuple[str, float]:
    """By how many tokens each specialist from the third on, the first with two needs, makes a case longer."""
    added = [after - before for before, after in pairwise(tokens)]
    return f"{min(added):,.0f} to {max(added):,.0f}", max(added) / min(added)


async def _count(server: Served, drive: Drive) -> tuple[float, float]:
    """The calls and the tokens in of a case, as means over some."""
    cases = enquiries(3)
    await server.reset()
    for case in cases:
        await drive(case)
    counts = await server.counts()
    return counts["calls"] / len(cases), counts["tokens_in"] / len(cases)


async def _waited() -> list[Row]:
    """The time of a case, one at a time, by the depth of its workflow."""
    rows = []
    async with served(0.02) as server:
        for width, depth in product(WIDTHS, DEPTHS):
            async with contest(server, partial(layers, depth, width)) as each:
                for name, drive in zip((*OURS, CHAIN), each, strict=False):
                    taken = await _time(drive) * 1000
                    what = f"ms a case at 20 ms a call, depth {depth}, width {width}: {name}"
                    target = f"≤ {depth * 30}" if name in OURS else SHOWN
                    rows.append(Row(what, target, f"{taken:.0f}", taken <= depth * 30))
    return rows


async def _time(drive: Drive) -> float:
    """Seconds."""
    first, *cases = enquiries(8)
    await drive(first)
    return statistics.median([await _seconds(drive, [case], 1) for case in cases])


async def _added() -> list[Row]:
    """What each adds to a model call that takes no time itself."""
    async with served() as server, contest(server, partial(teamwork, CALLS)) as each:
        alone = await _taking_turns(each, enquiries(8), 1)
        together = await _taking_turns(each, enquiries(32), 32)
    return [*_compared("one case at a time", alone), *_compared("32 cases at once", together)]


def _compared(how: str, rounds: list[list[float]]) -> list[Row]:
    """Rows of rounds with the milliseconds a call of each contestant."""
    rows, plain = [], statistics.median(taken[PLAIN_AT] for taken in rounds)
    added = [[each - taken[PLAIN_AT] for each in taken] for taken in rounds]
    theirs = statistics.median(each[CHAIN_AT] for each in added)
    for at, name in enumerate(OURS):
        ratio = statistics.median(each[at] / each[CHAIN_AT] for each in added)
        ours = statistics.median(each[at] for each in added)
        what = f"what {name} adds to a call, {how}: of what the chain adds ({ours:.1f} against {theirs:.1f} ms)"
        rows.append(Row(what, "≤ 1.00x", f"{ratio:.2f}x", ratio <= 1))
    return [*rows, Row(f"ms of a plain request, {how}", SHOWN, f"{plain:.1f}", True)]


async def _taking_turns(contestants: Contest, cases: list[Enquiry], at_once: int) -> list[list[float]]:
    """For each round the milliseconds a call of each contestant, after a round that does not count."""
    rounds = []
    for _ in range(1 + ROUNDS):
        taken = [await _seconds(drive, cases, at_once) for drive in contestants]
        rounds.append([seconds * 1000 / len(cases) / CALLS for seconds in taken])
    return rounds[1:]


async def _crowded() -> list[Row]:
    """The cases a second, as a share of what so many calls at once allow, at 200 ms a call."""
    rows = []
    async with served(0.2) as server:
        for calls, waves in ((1, 6), (5, 3)):
            async with contest(server, partial(teamwork, calls)) as each:
                ideal = CROWD / server.latency / calls
                for name, drive in zip(NAMES, each, strict=True):
                    speed = await _cases_a_second(drive, enquiries(waves * CROWD))
                    what = f"cases a second at 200 ms a call, {CROWD} at once, calls a case {calls}: {name}"
                    target = f"≥ {ideal * 0.9:.0f}" if name in OURS else SHOWN
                    rows.append(Row(what, target, f"{speed:.1f} ({speed / ideal:.0%})", speed >= ideal * 0.9))
    return rows


async def _cases_a_second(drive: Drive, cases: Sequence[Enquiry]) -> float:
    """While the crowd is full."""
    ends: list[float] = []

    async def noted(case: Enquiry) -> None:
        await drive(case)
        ends.append(time.perf_counter())

    await _seconds(noted, cases, CROWD)
    return (len(cases) - 2 * CROWD) / (ends[-CROWD - 1] - ends[CROWD - 1])


async def _seconds(drive: Drive, cases: Sequence[Enquiry], at_once: int) -> float:
    """How long it takes to drive the cases, so many at once."""
    waiting = iter(cases)

    async def work() -> None:
        for case in waiting:
            await drive(case)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return time.perf_counter() - start


if __name__ == "__main__":
    Console().print(table("Models", asyncio.run(measure())))
