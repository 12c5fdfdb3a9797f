"""The drawing of a workflow as people think of it: the hub in the middle, the specialists around it.

In another shape there is something else in the middle, or nothing: see :mod:`graphs.shape`.
"""

from itertools import pairwise
from typing import assert_never

from graphs.conflict import AskHuman, Conflict, Prefer, Reconsider, Resolver, Vote
from graphs.shape import Hub, Mesh, Pipeline, Single, Supervisor
from graphs.workflow import Workflow

_ESCAPES = str.maketrans({"&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "”", "`": "’", "#": "♯"})
"""What would end a text, or stand for something else in it. Not every renderer knows more entities than these."""


def draw(workflow: Workflow) -> str:
    """The workflow as Mermaid text: who is coordinated how, who decides what from what, and who may disagree."""
    names = list(workflow.owner)
    lines = ["flowchart LR", *_coordinated(workflow)]
    last = f"s{names.index(workflow.order[-1])}" if isinstance(workflow.shape, Pipeline) else "hub"
    lines += [f'    {last} ==> e{number}[["{escaped(effect.name)}"]]' for number, effect in enumerate(workflow.effects)]
    for number, conflict in enumerate(workflow.conflicts):
        lines.append(f'    c{number}("<b>conflict {escaped(conflict.name)}</b><br/>{_settled(workflow, conflict)}")')
        lines += [f"    s{names.index(side)} -.- c{number}" for side in conflict.sides]
    return "\n".join([*lines, *_human(workflow)]) + "\n"


def _coordinated(workflow: Workflow) -> list[str]:
    """The specialists, and what is between them."""
    case = f'    case[/"{workflow.case.__name__}"/]'
    match workflow.shape:
        case Pipeline():
            places = [list(workflow.owner).index(name) for name in workflow.order]
            chain = [f"    s{before} --> s{after}" for before, after in pairwise(places)]
            return [*(f"    {_stall(workflow, each)}" for each in places), f"{case} --> s{places[0]}", *chain]
        case Mesh(quorum=quorum):
            middle, arrow = f'(("{escaped(workflow.name)}<br/>everybody, until {quorum:.0%} agree"))', "<==>"
        case Supervisor(chooser=chooser):
            name = escaped(chooser.name) if chooser else "supervisor"
            middle, arrow = f'["<b>{name}</b><br/>{escaped(workflow.name)}<br/>→ NextStep"]', "<-->"
        case Single():
            middle, arrow = f'["<b>one agent</b><br/>{escaped(workflow.name)}"]', "---"
        case Hub():
            middle, arrow = f'{{{{"{escaped(workflow.name)}"}}}}', "<-->"
        case _ as impossible:
            assert_never(impossible)
    stalls = [f"    hub {arrow} {_stall(workflow, place)}" for place in range(len(workflow.owner))]
    return [f"{case} --> hub{middle}", *stalls]


def _stall(workflow: Workflow, place: int) -> str:
    """A specialist, with what it needs and what it decides."""
    name, owner = list(workflow.owner.items())[place]
    needs = ", ".join(workflow.needs[name]) or workflow.case.__name__
    return f's{place}["<b>{escaped(owner.name)}</b><br/>{needs}<br/>→ {name}"]'


def escaped(text: str) -> str:
    """Text in one line, to stand inside quotes in Mermaid."""
    return " ".join(text.split()).translate(_ESCAPES)


def asks(conflict: Conflict) -> bool:
    """Whether a conflict can come before a human."""
    return any(isinstance(resolver, AskHuman) for resolver in conflict.ladder)


def _human(workflow: Workflow) -> list[str]:
    """What brings a decision before a human."""
    mesh = isinstance(workflow.shape, Mesh)
    asked = [number for number, conflict in enumerate(workflow.conflicts) if mesh or asks(conflict)]
    lines = [f"    c{number} -.-> human" for number in asked]
    if workflow.judged:
        judge = list(workflow.owner).index(workflow.judged)
        lines.append(f'    s{judge} -.->|"confidence under {workflow.threshold:.3g}"| human')
    return ['    human(["human"])', *lines] if lines else []


def _settled(workflow: Workflow, conflict: Conflict) -> str:
    """How a disagreement is settled; a mesh climbs no ladder."""
    if isinstance(workflow.shape, Mesh):
        return "the surer overrides, or both look again, then ask a human"
    return ", then ".join(map(_words, conflict.ladder))


def _words(resolver: Resolver) -> str:
    match resolver:
        case Prefer():
            return f"prefer {resolver.decision.__name__}"
        case Reconsider():
            return f"reconsider {resolver.decision.__name__}"
        case Vote():
            return f"vote of {len(resolver.voters)}"
        case AskHuman():
            return "ask a human"
