"""The hub: a workflow as a LangGraph state machine, with the hub in the middle and a node for every specialist.

Nothing moves from one specialist to another except by the agenda. Its node, ``hub``, is needed only where parallel
specialists join: a specialist that was out alone is routed on by the same function on its own conditional edge. It
finds that out from the state that it was dispatched on, since the agenda is a pure function of it. Nodes are async:
use ``ainvoke`` and ``astream``.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from pydantic import AfterValidator, ValidationError

from agents.making import Failed, Making
from graphs.agenda import Consult, Dispatch, Finish, Plan, Settle, agenda
from graphs.answers import answer_events
from graphs.lint import check
from graphs.turns import handoff_for, ready_since, rung_events, turn_events
from graphs.workflow import Workflow
from state.case import Case
from state.errors import AnswerRefused, ModelTrouble, in_words
from state.progress import Progress, dump_events, reduce_events
from state.review import Answer
from state.run import Pins

HUB, SETTLE, ASK = "hub", "settle", "ask"


def _latest(_: bool, now: bool) -> bool:
    return now


class HubInput(TypedDict):
    """What a run starts from."""

    case: dict[str, Any]
    """The case as plain JSON. A thread is for one case: `Roundhouse` sees to that, the bare graph does not."""
    pins: NotRequired[Pins]
    progress: NotRequired[Annotated[dict[str, Any], reduce_events]]
    """See :class:`state.progress.Progress`; what goes in are events, from the start or from nodes."""


class HubState(HubInput):
    """The state of a run as plain JSON, as it stands in a checkpoint."""

    alone: Annotated[bool, _latest]
    """Whether the specialist that reported last was out alone, so that it needs no join."""


class HubOutput(TypedDict):
    """What a run ends with."""

    case: dict[str, Any]
    progress: dict[str, Any]


class Node(Protocol):
    """A node of the graph: given the state, it returns updates."""

    def __call__(self, state: HubState) -> Awaitable[dict[str, Any]]:
        """Do the node's work."""


class Gate(Protocol):
    """The node that asks; synchronous, since all it does is interrupt."""

    def __call__(self, state: HubState) -> dict[str, Any]:
        """Put the questions."""


Builder = StateGraph[HubState, None, HubInput, HubOutput]


def hub(workflow: Workflow) -> Builder:
    """The workflow as a graph to compile. Raises ``InvalidWorkflow`` where ``lint`` finds errors."""
    check(workflow)
    graph: Builder = StateGraph(HubState, input_schema=HubInput, output_schema=HubOutput)
    stops = [HUB, SETTLE, ASK, END, *(specialist.name for specialist in workflow.specialists)]
    for name, owner in workflow.owner.items():
        graph.add_node(owner.name, _specialist_node(workflow, name))
    graph.add_node(HUB, _join)
    graph.add_node(SETTLE, _settle_node(workflow))
    graph.add_node(ASK, _ask_node(workflow))
    onward, straight_on = _router(workflow), _straight_on(workflow)
    for node in (START, HUB, SETTLE, ASK):
        graph.add_conditional_edges(node, onward, stops[1:])
    for specialist in workflow.specialists:
        graph.add_conditional_edges(specialist.name, straight_on, stops)
    return graph


def plan_for(workflow: Workflow, state: HubState) -> Plan:
    """What the agenda says on a state of the graph."""
    return agenda(workflow, Progress.parse(state.get("progress") or {}), threshold_of(workflow, state))


def threshold_of(workflow: Workflow, state: HubState) -> float:
    """The threshold that the run is pinned to; the workflow's own where it was started without one."""
    return state.get("pins", {}).get("threshold", workflow.threshold)


def _router(workflow: Workflow) -> Callable[[HubState], list[str]]:
    def route(state: HubState) -> list[str]:
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


def _straight_on(workflow: Workflow) -> Callable[[HubState], list[str]]:
    onward = _router(workflow)

    def straight_on(state: HubState) -> list[str]:
        return onward(state) if state["alone"] else [HUB]

    return straight_on


def _join(state: HubState) -> dict[str, Any]:
    return {}


def _specialist_node(workflow: Workflow, name: str) -> Node:
    owner = workflow.owner[name]

    async def take_turn(state: HubState) -> dict[str, Any]:
        progress = Progress.parse(state.get("progress") or {})
        alone = agenda(workflow, progress, threshold_of(workflow, state)) == Dispatch((name,))
        started = state.get("pins", {}).get("started_at")
        since = datetime.fromisoformat(started) if started else datetime.now(UTC)
        case = _case(workflow, state)
        try:
            handoff = handoff_for(workflow, name, case, progress)
        except ValidationError as broken:
            making = Making(Failed(f"what it is handed breaks its contract: {in_words(broken)}"), ())
        else:
            making = await owner.turn(handoff, ready_since(workflow, progress, name, since))
        if isinstance(making.result, Failed) and making.result.is_outage:
            # no word about the case, so no question: the run stops here, and goes on when it is driven again
            raise ModelTrouble("held_back", f"{owner.name} cannot decide {name} now. {making.result.reason}")
        events = turn_events(workflow, progress, name, making, datetime.now(UTC))
        return {"progress": dump_events(events), "alone": alone}

    return take_turn


def _settle_node(workflow: Workflow) -> Node:
    async def settle(state: HubState) -> dict[str, Any]:
        plan = plan_for(workflow, state)
        assert isinstance(plan, Settle)
        progress = Progress.parse(state["progress"])
        return {"progress": dump_events(await rung_events(plan.conflict, progress, _case(workflow, state), workflow))}

    return settle


def _ask_node(workflow: Workflow) -> Gate:
    """The gate: it puts the open questions in one interrupt and applies one answer, and does nothing else."""

    def ask(state: HubState) -> dict[str, Any]:
        plan = plan_for(workflow, state)
        assert isinstance(plan, Consult)
        progress, threshold = Progress.parse(state["progress"]), threshold_of(workflow, state)

        def fits(answer: Answer) -> Answer:
            try:
                answer_events(workflow, progress, threshold, answer, datetime.now(UTC))
            except AnswerRefused as refused:
                raise ValueError(str(refused)) from refused
            return answer

        questions = [question.model_dump(mode="json") for question in plan.questions]
        schema: Any = Annotated[Answer, AfterValidator(fits)]
        answer: Answer = interrupt({"questions": questions}, response_schema=schema)
        return {"progress": dump_events(answer_events(workflow, progress, threshold, answer, datetime.now(UTC)))}

    return ask


def _case(workflow: Workflow, state: HubState) -> Case:
    return workflow.case.model_validate(state["case"])
