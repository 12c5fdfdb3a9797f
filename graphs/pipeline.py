"""The pipeline: a strict sequence in the order of needs. Each handoff is validated; only a human sends anybody back.

A disagreement has no way back either: the rungs of its ladder that ask for another look are left out, so that it is
settled as declared or put to a human at once. A specialist that asks for something upstream cannot be helped, and
escalates. What a human decides is a new beginning: what was built on it is made again, in order.
"""

from langgraph.graph import END, START, StateGraph

from graphs.conduct import ORDINARY, Conduct
from graphs.lint import check
from graphs.nodes import (
    ASK,
    SETTLE,
    Builder,
    RunInput,
    RunOutput,
    RunState,
    ask_node,
    router,
    settle_node,
    specialist_node,
)
from graphs.workflow import Workflow


def pipeline(workflow: Workflow, conduct: Conduct = ORDINARY) -> Builder:
    """The workflow as a graph to compile. Raises ``InvalidWorkflow`` where ``lint`` finds errors."""
    check(workflow)
    graph: Builder = StateGraph(RunState, input_schema=RunInput, output_schema=RunOutput)
    onward = router(workflow)
    names = [workflow.owner[name].name for name in workflow.order]
    for place, name in enumerate(workflow.order):
        graph.add_node(names[place], specialist_node(workflow, name, conduct))
        graph.add_conditional_edges(names[place], onward, [*names[place + 1 :], SETTLE, ASK, END])
    graph.add_node(SETTLE, settle_node(workflow, conduct))
    graph.add_node(ASK, ask_node(workflow, conduct))
    for node in (START, SETTLE, ASK):
        graph.add_conditional_edges(node, onward, [*names, SETTLE, ASK, END])
    return graph
