"""The ledger: what the specialists of some runs did, summed up.

A specialist can be at several cases at once, and at one case it can make several calls: each retry, each call of a chat
model and of a tool is an execution of its own, some of them at the same time. So these words are used:

- It is *busy* at a case while at least one of its calls for that case goes on: the union of their times. Over cases,
  the times are added up. A specialist that is at three cases for a second is busy for three seconds. The pauses between
  the tries of a call, and between the calls of a model, are not busy.
- A making *waits* from the moment when all its inputs were there to the start of its first call. That includes what the
  hub itself takes, such as a commit. It is the case that waits, not the specialist.
- The *span* is from the first moment when a making was ready to the last end of a call.
- The *peak* is the greatest number of cases that it was busy at, at the same time: the least that its capacity can be.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, groupby
from operator import attrgetter
from typing import NamedTuple

from state.execution import ExecutionOutcome
from state.human_time import HumanTime
from state.intervals import Interval, in_stretches, length, most_at_once, united

STRETCHES = 60
"""Into how many stretches of equal length the span is divided."""

FAULTS: tuple[ExecutionOutcome, ...] = ("breach", "timeout", "error")
"""The outcomes of executions that came to nothing."""


class Call(NamedTuple):
    """One execution of a run, as far as it is summed up."""

    run: str
    specialist: str
    decision: str
    attempt: int
    ready_at: datetime
    started_at: datetime
    ended_at: datetime
    outcome: ExecutionOutcome
    model: str | None
    tool: str | None
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    cost: float


@dataclass(frozen=True, slots=True)
class Work:
    """What one specialist, panel member or voter did."""

    specialist: str
    outcomes: Mapping[ExecutionOutcome, int]
    """How many executions ended how."""
    makings: int
    """How often it was given a handoff."""
    busy: float
    """Seconds."""
    waiting: float
    """Seconds that its makings waited, added up."""
    peak: int
    over_time: tuple[float, ...]
    """Busy seconds in each stretch of the span; their sum is ``busy``."""
    model_calls: int = 0
    tool_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    """Of those in."""
    cost: float = 0.0
    """Of its model calls, as the ledger has it."""

    @property
    def executions(self) -> int:
        """Its executions, whatever came of them."""
        return sum(self.outcomes.values())

    @property
    def faults(self) -> int:
        """Those that broke their contract, timed out or raised."""
        return sum(self.outcomes.get(each, 0) for each in FAULTS)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the specialists and people of some runs did."""

    cases: int
    """The runs that have executions."""
    begins: datetime
    """The start of the span, UTC."""
    ends: datetime
    worked: float
    """Seconds in which at least one specialist was busy at a case, added up over the cases."""
    work: tuple[Work, ...]
    """By specialist, in the order in which they first appear."""
    human: HumanTime = field(default_factory=HumanTime)

    @property
    def span(self) -> float:
        """Seconds."""
        return (self.ends - self.begins).total_seconds()

    @property
    def width(self) -> float:
        """Seconds of each stretch; 0 where nothing took any time."""
        return self.span / STRETCHES


@dataclass(slots=True)
class _Tally:
    """What is known of one specialist so far."""

    outcomes: Counter[ExecutionOutcome] = field(default_factory=Counter)
    makings: int = 0
    waiting: float = 0.0
    busy: list[Interval] = field(default_factory=list)
    """Those of each case, united."""
    model_calls: int = 0
    tool_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost: float = 0.0

    def add(self, call: Call, before: Call | None) -> None:
        """Count a call; ``before`` is the one before it for the same decision of the same run."""
        self.outcomes[call.outcome] += 1
        if call.attempt == 1:
            self.makings += 1
            self.waiting += _waited(call, before)
        self.model_calls += call.model is not None
        self.tool_calls += call.tool is not None
        self.tokens_in += call.tokens_in
        self.tokens_out += call.tokens_out
        self.tokens_cached += call.tokens_cached
        self.cost += call.cost


def ledger_of(calls: Iterable[Call], human: HumanTime) -> Ledger:
    """Sum up calls: those of a run after one another, in the order of its ledger. Pure."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    ready: list[datetime] = []
    cases, worked = 0, 0.0
    for _, of_run in groupby(calls, key=attrgetter("run")):
        cases += 1
        began, spans = _taken_down(of_run, tallies)
        ready.append(began)
        worked += length(united(chain.from_iterable(spans)))
    begins = min(ready, default=datetime.fromtimestamp(0, UTC))
    ends = max((end for tally in tallies.values() for _, end in tally.busy), default=begins)
    width = (ends - begins).total_seconds() / STRETCHES
    work = tuple(_work(name, tally, begins, width) for name, tally in tallies.items())
    return Ledger(cases, begins, max(begins, ends), worked, work, human)


def _taken_down(calls: Iterable[Call], tallies: dict[str, _Tally]) -> tuple[datetime, list[list[Interval]]]:
    """Count the calls of one run; when the first was ready, and when each specialist was busy."""
    spans: dict[str, list[Interval]] = defaultdict(list)
    before: dict[tuple[str, str], Call] = {}
    began: list[datetime] = []
    for call in calls:
        who = call.specialist, call.decision
        tallies[call.specialist].add(call, before.get(who))
        before[who] = call
        spans[call.specialist].append((call.started_at, max(call.started_at, call.ended_at)))
        began.append(min(call.ready_at, call.started_at))
    busy = {name: united(of_one) for name, of_one in spans.items()}
    for name, stretches in busy.items():
        tallies[name].busy += stretches
    return min(began), list(busy.values())


def _waited(made: Call, before: Call | None) -> float:
    """Seconds that a making waited. After its own request, it was ready only when that was answered: now."""
    ready = made.ready_at
    if before is not None:
        free = max(before.started_at, before.ended_at)
        if before.outcome == "asked" and ready <= free:
            return 0.0
        ready = max(ready, free)
    return max(0.0, (made.started_at - ready).total_seconds())


def _work(name: str, tally: _Tally, begins: datetime, width: float) -> Work:
    return Work(
        specialist=name,
        outcomes=dict(tally.outcomes),
        makings=tally.makings,
        busy=length(tally.busy),
        waiting=tally.waiting,
        peak=most_at_once(tally.busy),
        over_time=in_stretches(tally.busy, begins, width, STRETCHES),
        model_calls=tally.model_calls,
        tool_calls=tally.tool_calls,
        tokens_in=tally.tokens_in,
        tokens_out=tally.tokens_out,
        tokens_cached=tally.tokens_cached,
        cost=tally.cost,
    )
