"""The drawing of a workflow as people think of it: the hub in the middle, the specialists around it."""

from graphs.conflict import AskHuman, Conflict, Prefer, Reconsider, Resolver, Vote
from graphs.workflow import Workflow

_ESCAPES = str.maketrans({"&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "”", "`": "’", "#": "♯"})
"""What would end a text, or stand for something else in it. Not every renderer knows more entities than these."""


def draw(workflow: Workflow) -> str:
    """The workflow as Mermaid text: what goes over the hub, who decides what from what, and who may disagree."""
    lines = ["flowchart LR", f'    case[/"{workflow.case.__name__}"/] --> hub{{{{"{escaped(workflow.name)}"}}}}']
    for number, (name, owner) in enumerate(workflow.owner.items()):
        needs = ", ".join(workflow.needs[name]) or workflow.case.__name__
        lines.append(f'    hub <--> s{number}["<b>{escaped(owner.name)}</b><br/>{needs}<br/>→ {name}"]')
    lines += [f'    hub ==> e{number}[["{escaped(effect.name)}"]]' for number, effect in enumerate(workflow.effects)]
    names = list(workflow.owner)
    for number, conflict in enumerate(workflow.conflicts):
        lines.append(f'    c{number}("<b>conflict {escaped(conflict.name)}</b><br/>{_ladder(conflict)}")')
        lines += [f"    s{names.index(side)} -.- c{number}" for side in conflict.sides]
    return "\n".join([*lines, *_human(workflow)]) + "\n"


def escaped(text: str) -> str:
    """Text in one line, to stand inside quotes in Mermaid."""
    return " ".join(text.split()).translate(_ESCAPES)


def asks(conflict: Conflict) -> bool:
    """Whether a conflict can come before a human."""
    return any(isinstance(resolver, AskHuman) for resolver in conflict.ladder)


def _human(workflow: Workflow) -> list[str]:
    """What brings a decision before a human."""
    asked = [number for number, conflict in enumerate(workflow.conflicts) if asks(conflict)]
    lines = [f"    c{number} -.-> human" for number in asked]
    if workflow.judged:
        judge = list(workflow.owner).index(workflow.judged)
        lines.append(f'    s{judge} -.->|"confidence under {workflow.threshold:.3g}"| human')
    return ['    human(["human"])', *lines] if lines else []


def _ladder(conflict: Conflict) -> str:
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
