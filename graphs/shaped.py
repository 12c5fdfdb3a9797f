"""Shaped: a workflow in another shape, and the graph of whatever shape a workflow has."""

from dataclasses import replace
from typing import Any, assert_never

from langgraph.graph.state import CompiledStateGraph

from graphs.conduct import ORDINARY, Conduct
from graphs.conflict import Conflict, Reconsider
from graphs.hub import hub
from graphs.mesh import mesh
from graphs.nodes import Builder
from graphs.pipeline import pipeline
from graphs.shape import Hub, Mesh, Pipeline, Shape, Single, Supervisor
from graphs.single import single
from graphs.supervisor import supervisor
from graphs.workflow import Workflow
from state.errors import UsageError

SHAPES: dict[str, Shape] = {each.name: each for each in (Hub(), Pipeline(), Supervisor(), Mesh(), Single())}
"""Every shape as it is by default, by its name."""

STEPS = 24
"""How many steps of the graph a supervisor may take for each decision, until somebody is asked or it is done."""

Compiled = CompiledStateGraph[Any, None, Any, Any]


def shape_named(name: str) -> Shape:
    """The shape of that name, as it is by default. Raises ``UsageError``."""
    if name not in SHAPES:
        raise UsageError(f"There is no shape {name!r}. Use one of {', '.join(SHAPES)}.")
    return SHAPES[name]


def shaped(workflow: Workflow, shape: Shape) -> Workflow:
    """The same workflow, coordinated in another way. What the shape cannot do is left out of its conflicts."""
    match shape:
        case Pipeline():
            onward = tuple(_without_looking_back(conflict) for conflict in workflow.conflicts)
            return replace(workflow, shape=shape, conflicts=onward)
        case Single():
            return replace(workflow, shape=shape, conflicts=())
        case Hub() | Supervisor() | Mesh():
            return replace(workflow, shape=shape)
        case _ as impossible:
            assert_never(impossible)


def graph_of(workflow: Workflow, conduct: Conduct = ORDINARY) -> Builder:
    """The workflow as a graph to compile, in its shape. Raises ``InvalidWorkflow`` where ``lint`` finds errors."""
    match workflow.shape:
        case Hub():
            return hub(workflow, conduct)
        case Pipeline():
            return pipeline(workflow, conduct)
        case Single():
            return single(workflow, conduct)
        case Supervisor(chooser=chooser):
            return supervisor(workflow, chooser, conduct)
        case Mesh() as terms:
            return mesh(workflow, terms, conduct)
        case _ as impossible:
            assert_never(impossible)


def bounded(graph: Compiled, workflow: Workflow) -> Compiled:
    """The graph, with the most steps that a supervisor may take; every other shape comes to an end by itself."""
    if not isinstance(workflow.shape, Supervisor):
        return graph
    return graph.with_config(recursion_limit=STEPS * (len(workflow.specialists) + 2))


def _without_looking_back(conflict: Conflict) -> Conflict:
    return replace(conflict, ladder=tuple(rung for rung in conflict.ladder if not isinstance(rung, Reconsider)))
