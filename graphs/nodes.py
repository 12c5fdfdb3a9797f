"""The nodes that the shapes share: a specialist's turn, a rung of a conflict, and the gate that asks.

Nodes are async: use ``ainvoke`` and ``astream``. What they return are events; see :mod:`state.progress`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, NotRequired, Protocol, TypedDict

from langgraph.graph import END, StateGraph
from langgraph.types import interrupt
from pydantic import AfterValidator, ValidationError

from agents.chat.session import current_session
from agents.handoff import Ask, Escalate
from agents.making import Failed, Making
from agents.usher import Step
from graphs.agenda import Consult, Dispatch, Finish, Plan, Settle, agenda
from graphs.answers import answer_events
from graphs.conduct import Conduct
from graphs.questions import under
from graphs.shape import Pipeline
from graphs.turns import handoff_for, ready_since, rung_events, turn_events
from graphs.workflow import Workflow
from state.case import Case
from state.errors import AnswerRefused, ModelTrouble, in_words
from state.progress import Event, Progress, dump_events, reduce_events
from state.review import Answer
from state.run import Pins

HUB, SETTLE, ASK = "hub", "settle", "ask"


class RunInput(TypedDict):
    """What a run starts from."""

    case: dict[str, Any]
    """The case as plain JSON. A thread is for one case: `Roundhouse` sees to that, the bare graph does not."""
    pins: NotRequired[Pins]
    progress: NotRequired[Annotated[dict[str, Any], reduce_events]]
    """See :class:`state.progress.Progress`; what goes in are events, from the start or from nodes."""


class RunState(RunInput):
    """The state of a run as plain JSON, as it stands in a checkpoint."""


class RunOutput(TypedDict):
    """What a run ends with."""

    case: dict[str, Any]
    progress: dict[str, Any]


class Node(Protocol):
    """A node of the graph: given the state, it returns updates."""

    def __call__(self, state: Any) -> Awaitable[dict[str, Any]]:
        """Do the node's work."""


class Gate(Protocol):
    """The node that asks; synchronous, since all it does is interrupt."""

    def __call__(self, state: Any) -> dict[str, Any]:
        """Put the questions."""


Builder = StateGraph[Any, None, Any, Any]


def progress_of(state: RunInput) -> Progress:
    """What a run has come to."""
    found: Any = state.get("progress") or {}
    return Progress.parse(found)


def plan_for(workflow: Workflow, state: RunInput) -> Plan:
    """What the agenda says on a state of the graph."""
    return agenda(workflow, progress_of(state), threshold_of(workflow, state))


def threshold_of(workflow: Workflow, state: RunInput) -> float:
    """The threshold that the run is pinned to; the workflow's own where it was started without one."""
    return state.get("pins", {}).get("threshold", workflow.threshold)


def router(workflow: Workflow) -> Callable[[Any], list[str]]:
    """Where the agenda goes next: to specialists by their names, or to settle, to ask, or to the end."""

    def route(state: RunInput) -> list[str]:
        match plan_for(workflow, state):
            case Dispatch(decisions=decisions):
                return [workflow.owner[name].name for name in decisions]
            case Settle():
                return [SETTLE]
            case Consult():
                return [ASK]
            case Finish():
                return [END]

    return route


async def turn_at(workflow: Workflow, name: str, state: RunInput, conduct: Conduct) -> list[Event]:
    """The events of one turn at a decision by its owner. Raises ``ModelTrouble`` where its model is down."""
    started = state.get("pins", {}).get("started_at")
    since = datetime.fromisoformat(started) if started else None
    return await turn_on(workflow, name, case_of(workflow, state), progress_of(state), conduct, since)


async def turn_on(
    workflow: Workflow, name: str, case: Case, progress: Progress, conduct: Conduct, since: datetime | None = None
) -> list[Event]:
    """The same, on a case and what its run has come to; ``since`` is when that began, by default now."""
    owner, now = workflow.owner[name], conduct.clock.now(progress)
    try:
        handoff = handoff_for(workflow, name, case, progress)
    except ValidationError as broken:
        making = Making(Failed(f"what it is handed breaks its contract: {in_words(broken)}"), ())
    else:
        ready = ready_since(workflow, progress, name, since or now)
        session = current_session()
        async with session.usher.step(Step("turn", owner.name, session.run, decision=name)) as step:
            making = await owner.turn(handoff, conduct.clock.dispatch(ready, now))
            step.outcome = "failed" if isinstance(making.result, Failed) else "made"
    if isinstance(making.result, Failed) and making.result.is_outage:
        # no word about the case, so no question: the run stops here, and goes on when it is driven again
        raise ModelTrouble("held_back", f"{owner.name} cannot decide {name} now. {making.result.reason}")
    at = max((each.ended_at for each in making.executions), default=conduct.clock.now(progress))
    return turn_events(workflow, progress, name, _in_shape(workflow, making), at)


def specialist_node(workflow: Workflow, name: str, conduct: Conduct) -> Node:
    """The node of the owner of a decision, where nobody goes at the same time."""

    async def take_turn(state: RunInput) -> dict[str, Any]:
        return {"progress": dump_events(await turn_at(workflow, name, state, conduct))}

    return take_turn


def _in_shape(workflow: Workflow, making: Making) -> Making:
    """What a specialist came to, as its shape can take it: in a pipeline nobody can be asked to look again."""
    match making.result:
        case Ask(requests=requests) if isinstance(workflow.shape, Pipeline):
            asked = "; ".join(f"{each.to.__name__}: {each.text}" for each in requests)
            return replace(
                making, result=Escalate(f"it asks for something upstream, and a pipeline has no way back: {asked}")
            )
        case _:
            return making


def settle_node(workflow: Workflow, conduct: Conduct) -> Node:
    """The node that takes the next rung of a conflict."""

    async def settle(state: RunInput) -> dict[str, Any]:
        plan, progress = plan_for(workflow, state), progress_of(state)
        assert isinstance(plan, Settle)
        now = conduct.clock.now(progress)
        events = await rung_events(plan.conflict, progress, case_of(workflow, state), workflow, now)
        return {"progress": dump_events(events)}

    return settle


def ask_node(workflow: Workflow, conduct: Conduct) -> Gate:
    """The gate: it puts the open questions in one interrupt and applies one answer, and does nothing else."""

    def ask(state: RunInput) -> dict[str, Any]:
        plan, progress = plan_for(workflow, state), progress_of(state)
        assert isinstance(plan, Consult)
        threshold, now = threshold_of(workflow, state), conduct.clock.now

        def fits(answer: Answer) -> Answer:
            try:
                answer_events(workflow, progress, threshold, answer, now(progress))
            except AnswerRefused as refused:
                raise ValueError(str(refused)) from refused
            return answer

        if conduct.person is None:
            pins = state.get("pins", {})
            questions = [under(pins, question).model_dump(mode="json") for question in plan.questions]
            schema: Any = Annotated[Answer, AfterValidator(fits)]
            answer: Answer = interrupt({"questions": questions}, response_schema=schema)
        else:
            answer = conduct.person.answer(workflow, progress, plan.questions)
        return {"progress": dump_events(answer_events(workflow, progress, threshold, answer, now(progress)))}

    return ask


def case_of(workflow: Workflow, state: RunInput) -> Case:
    """The case of a run, held to its contract."""
    return workflow.case.model_validate(state["case"])
