"""The hub: a workflow as a LangGraph state machine, with the hub in the middle and a node for every specialist.

Nothing moves from one specialist to another except by the agenda. Its node, ``hub``, is needed only where parallel
specialists join: a specialist that was out alone is routed on by the same function on its own conditional edge. It
finds that out from the state that it was dispatched on, since the agenda is a pure function of it. Nodes are async:
use ``ainvoke`` and ``astream``.
"""

from collections.abc import Callable
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph

from graphs.agenda import Dispatch
from graphs.conduct import ORDINARY, Conduct
from graphs.lint import check
from graphs.nodes import (
    ASK,
    HUB,
    SETTLE,
    Builder,
    Node,
    RunInput,
    RunOutput,
    RunState,
    ask_node,
    plan_for,
    router,
    settle_node,
    turn_at,
)
from graphs.workflow import Workflow
from state.progress import dump_events


def _latest(_: bool, now: bool) -> bool:
    return now


class HubState(RunState):
    """The state of a run as plain JSON, as it stands in a checkpoint."""

    alone: Annotated[bool, _latest]
    """Whether the specialist that reported last was out alone, so that it needs no join."""


def hub(workflow: Workflow, conduct: Conduct = ORDINARY) -> Builder:
    """The workflow as a graph to compile. Raises ``InvalidWorkflow`` where ``lint`` finds errors."""
    check(workflow)
    graph: Builder = StateGraph(HubState, input_schema=RunInput, output_schema=RunOutput)
    stops = [HUB, SETTLE, ASK, END, *(specialist.name for specialist in workflow.specialists)]
    for name, owner in workflow.owner.items():
        graph.add_node(owner.name, _specialist_node(workflow, name, conduct))
    graph.add_node(HUB, _join)
    graph.add_node(SETTLE, settle_node(workflow, conduct))
    graph.add_node(ASK, ask_node(workflow, conduct))
    onward, straight_on = router(workflow), _straight_on(workflow)
    for node in (START, HUB, SETTLE, ASK):
        graph.add_conditional_edges(node, onward, stops[1:])
    for specialist in workflow.specialists:
        graph.add_conditional_edges(specialist.name, straight_on, stops)
    return graph


def _straight_on(workflow: Workflow) -> Callable[[HubState], list[str]]:
    onward = router(workflow)

    def straight_on(state: HubState) -> list[str]:
        return onward(state) if state["alone"] else [HUB]

    return straight_on


def _join(state: HubState) -> dict[str, Any]:
    return {}


def _specialist_node(workflow: Workflow, name: str, conduct: Conduct) -> Node:
    async def take_turn(state: HubState) -> dict[str, Any]:
        alone = plan_for(workflow, state) == Dispatch((name,))
        return {"progress": dump_events(await turn_at(workflow, name, state, conduct)), "alone": alone}

    return take_turn
