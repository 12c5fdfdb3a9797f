"""The rehearsal: a case run in memory, without asking anyone, to see how sure its workflow is of it.

The threshold of a rehearsal is 0, which no confidence is under. So whatever would be asked then is asked for another
reason, and the rehearsal ends there. For most shapes the agenda is followed as the graph would, without one, which
takes a fraction of the time; a supervisor and a mesh go by their own graph, up to its first question.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never

from graphs.agenda import Consult, Dispatch, Finish, Plan, Settle, agenda
from graphs.attention.grading import graded, lane_of
from graphs.attention.judged import judged_confidence
from graphs.attention.rehearsed import Rehearsed
from graphs.conduct import ORDINARY, Conduct
from graphs.escalation import Grading
from graphs.lint import check
from graphs.nodes import turn_on
from graphs.shape import Hub, Mesh, Pipeline, Single, Supervisor
from graphs.shaped import Compiled, bounded, graph_of
from graphs.turns import everything, rung_events
from graphs.workflow import Workflow
from state.case import Case
from state.errors import ModelTrouble
from state.progress import Event, Progress, advance
from state.review import Answer, Question

LEAST = 0.0
"""A threshold that no confidence is under."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a case came to without a human."""

    progress: Progress
    plan: Consult | Finish | None
    """What it ended with; None where it failed."""
    trouble: str = ""
    """Why it failed; else empty."""

    @property
    def asks(self) -> bool:
        """Whether it needs a human for another reason than its confidence."""
        return not isinstance(self.plan, Finish)


Rehearse = Callable[[Case], Awaitable[Rehearsal]]
"""Runs one case in memory. Raises ``ModelTrouble`` where a chat model is down."""


class _Asked(Exception):
    """The first question of a run has come; carries what it has come to."""

    def __init__(self, progress: Progress, questions: tuple[Question, ...]) -> None:
        self.progress, self.questions = progress, questions
        super().__init__("a person would be asked now")


class _Absent:
    """A person who answers nothing, so that a run ends with its first question."""

    def answer(self, workflow: Workflow, progress: Progress, questions: tuple[Question, ...]) -> Answer:
        """End the run."""
        raise _Asked(progress, questions)


async def rehearsed(workflow: Workflow, case: Case) -> Rehearsal:
    """Run one case in memory. Raises ``InvalidWorkflow`` and ``ModelTrouble``."""
    return await rehearsing(workflow)(case)


def rehearsing(workflow: Workflow) -> Rehearse:
    """What runs cases of a workflow in memory. Raises ``InvalidWorkflow`` where ``lint`` finds errors."""
    match workflow.shape:
        case Hub() | Pipeline() | Single():
            check(workflow)
            return _settled(lambda case: _by_agenda(workflow, case))
        case Supervisor() | Mesh():
            graph = bounded(graph_of(workflow, Conduct(person=_Absent())).compile(), workflow)
            return _settled(lambda case: _by_graph(workflow, graph, case))
        case _ as impossible:
            assert_never(impossible)


def rehearsed_case(workflow: Workflow, rehearsal: Rehearsal, grading: Grading, label: str) -> Rehearsed:
    """What a rehearsal says of a labelled case. Raises ``UsageError`` where the label cannot be compared."""
    progress = rehearsal.progress
    value = progress.latest_value(workflow.judged or "")
    decision = None if value is None else workflow.contracts[workflow.judged or ""].model_validate(value)
    return Rehearsed(
        confidence=judged_confidence(workflow, progress),
        asks=rehearsal.asks,
        error=None if decision is None else graded(grading, decision, label),
        lane="" if decision is None else lane_of(grading, decision),
        disagreement=_disagreement(workflow, progress),
    )


def _settled(run: Rehearse) -> Rehearse:
    """The same, where a case that breaks its workflow is one that needs a human, as a run of it would have failed."""

    async def rehearse(case: Case) -> Rehearsal:
        try:
            return await run(case)
        except ModelTrouble:
            raise
        except Exception as raised:
            return Rehearsal(Progress(), None, f"{type(raised).__name__}: {raised}")

    return rehearse


async def _by_agenda(workflow: Workflow, given: Case) -> Rehearsal:
    # as it would be read back from a run
    case, progress = workflow.case.model_validate(given.model_dump(mode="json")), Progress()
    while True:
        plan = agenda(workflow, progress, LEAST)
        if isinstance(plan, Consult | Finish):
            return Rehearsal(progress, plan)
        progress = advance(progress, await _taken(workflow, case, progress, plan))


async def _taken(workflow: Workflow, case: Case, progress: Progress, plan: Dispatch | Settle) -> list[Event]:
    match plan:
        case Dispatch(decisions=names):
            turns = await asyncio.gather(*(turn_on(workflow, name, case, progress, ORDINARY) for name in names))
            return [event for turn in turns for event in turn]
        case Settle(conflict=conflict):
            return await rung_events(conflict, progress, case, workflow, ORDINARY.clock.now(progress))
        case _ as impossible:
            assert_never(impossible)


async def _by_graph(workflow: Workflow, graph: Compiled, case: Case) -> Rehearsal:
    try:
        ended = await graph.ainvoke({"case": case.model_dump(mode="json"), "pins": {"threshold": LEAST}})
    except _Asked as asked:
        return Rehearsal(asked.progress, Consult(asked.questions))
    progress = Progress.parse(ended["progress"])
    plan: Plan = agenda(workflow, progress, LEAST)
    if isinstance(plan, Consult | Finish):
        return Rehearsal(progress, plan)
    return Rehearsal(progress, None, "it ended before its time")


def _disagreement(workflow: Workflow, progress: Progress) -> float | None:
    """How far specialists are apart; None where that is not declared, or not known of this case."""
    declared = workflow.escalation.disagreement if workflow.escalation else None
    if declared is None:
        return None
    try:
        return float(declared(everything(workflow, progress)))
    except Exception:
        # a case that asks has not all decisions, and the comparison is only shown
        return None
