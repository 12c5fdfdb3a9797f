"""The single agent: one node that makes all decisions, one after the other, with all that it decided before it.

It is what the others are measured against. It has nobody to disagree with, so conflicts are not looked for; what its
contracts refuse, what it is unsure of and what it cannot decide are questions as everywhere.
"""

from typing import Any

from langgraph.graph import END, START, StateGraph

from graphs.agenda import Consult, Dispatch
from graphs.conduct import ORDINARY, Conduct
from graphs.lint import check
from graphs.nodes import ASK, Builder, RunInput, RunOutput, RunState, ask_node, plan_for, turn_at
from graphs.workflow import Workflow
from state.progress import dump_events

AGENT = "agent"


def single(workflow: Workflow, conduct: Conduct = ORDINARY) -> Builder:
    """The workflow as a graph to compile. Raises ``InvalidWorkflow`` where ``lint`` finds errors."""
    check(workflow)
    graph: Builder = StateGraph(RunState, input_schema=RunInput, output_schema=RunOutput)

    async def decide(state: RunState) -> dict[str, Any]:
        plan = plan_for(workflow, state)
        assert isinstance(plan, Dispatch)
        return {"progress": dump_events(await turn_at(workflow, plan.decisions[0], state, conduct))}

    def onward(state: RunState) -> str:
        match plan_for(workflow, state):
            case Dispatch():
                return AGENT
            case Consult():
                return ASK
            case _:
                return END

    graph.add_node(AGENT, decide)
    graph.add_node(ASK, ask_node(workflow, conduct))
    for node in (START, AGENT, ASK):
        graph.add_conditional_edges(node, onward, [AGENT, ASK, END])
    return graph
