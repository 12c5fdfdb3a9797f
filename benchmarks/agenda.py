"""What one look at the agenda costs, and one turn's change of the state: eight specialists, everything current.

A run takes both at every superstep, so they are to be small beside the millisecond that LangGraph takes for one. Every
call gets a state of its own that was just parsed, as in a run: nothing is warm from the call before.
"""

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.console import Console

from agents.handoff import Handoff
from agents.specialist import FunctionSpecialist
from benchmarks.report import Row, table
from graphs.agenda import Finish, agenda
from graphs.conflict import AskHuman, Conflict, Reconsider
from graphs.escalation import Escalation
from graphs.workflow import Workflow
from state.case import Case
from state.decision import Decision
from state.execution import Execution
from state.progress import Event, Executed, Progress, Recorded, advance, dump_events, reduce_events
from state.record import Maker, Record

SPECIALISTS = 8
CALLS = 5_000
NOW = datetime.now(UTC)

AGENDA_TARGET, CHANGE_TARGET = 50.0, 250.0
"""Microseconds, median."""


class Opinion(Decision):
    """What every specialist decides."""

    probability: float = 0.5
    words: str = "some twenty characters"


OPINIONS: tuple[type[Decision], ...] = tuple(type(f"Opinion{place}", (Opinion,), {}) for place in range(SPECIALISTS))


async def measure() -> list[Row]:
    """Measure the agenda, and a change of the state."""
    workflow = _workflow()
    state = advance(Progress(), [event for name in workflow.order for event in _turn(workflow, name)]).dump()
    parsed = [Progress.parse(state) for _ in range(CALLS)]
    assert agenda(workflow, parsed[0], workflow.threshold) == Finish("completed")
    look = _median([partial(agenda, workflow, progress, workflow.threshold) for progress in parsed])
    events = dump_events(_turn(workflow, workflow.order[-1]))
    change = _median([lambda: reduce_events(state, events)] * CALLS)
    return [
        _row(f"agenda(), {SPECIALISTS} specialists, all current, a conflict declared", AGENDA_TARGET, look),
        _row(f"reduce_events(), a turn on a state of {len(str(state)) / 1000:.1f} kB", CHANGE_TARGET, change),
    ]


def _row(what: str, target: float, measured: float) -> Row:
    return Row(f"{what}, median", f"< {target:.0f} µs", f"{measured:.0f} µs", measured < target)


def _median(calls: list[Callable[[], Any]]) -> float:
    """Microseconds."""
    spent: list[float] = []
    for call in calls:
        started = time.perf_counter()
        call()
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1e6


def _workflow() -> Workflow:
    """Each specialist needs the two before it; two of them may disagree."""
    owners = tuple(
        FunctionSpecialist(_never, f"specialist{place}", decides, needs=OPINIONS[max(0, place - 2) : place])
        for place, decides in enumerate(OPINIONS)
    )
    differ = Conflict("differ", (OPINIONS[2], OPINIONS[4]), _differ, (Reconsider(OPINIONS[2]), AskHuman()))
    return Workflow(
        "eight", Case, owners, conflicts=(differ,), escalation=Escalation(judged=OPINIONS[6], threshold=0.5)
    )


def _differ(first: Opinion, second: Opinion) -> bool:
    return abs(first.probability - second.probability) > 0.3


def _never(handoff: Handoff[Any]) -> Decision:
    raise AssertionError("nobody is called here")


def _turn(workflow: Workflow, name: str) -> list[Event]:
    maker = workflow.owner[name].name
    execution = Execution(
        decision=name, specialist=maker, ready_at=NOW, started_at=NOW, ended_at=NOW, outcome="decided"
    )
    record = Record(
        decision=name,
        version=0,
        outcome="decided",
        maker=Maker(kind="agent", name=maker),
        value=workflow.contracts[name]().model_dump(mode="json"),
        built_from=dict.fromkeys(workflow.needs[name], 1),
        made_at=NOW,
    )
    return [Executed(execution=execution), Recorded(record=record)]


if __name__ == "__main__":
    Console().print(table("agenda", asyncio.run(measure())))
