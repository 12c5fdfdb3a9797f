"""The drawing of a workflow as people think of it: the hub in the middle, the specialists around it."""

from graphs.conflict import AskHuman, Conflict, Prefer, Reconsider, Resolver, Vote
from graphs.workflow import Workflow


def draw(workflow: Workflow) -> str:
    """The workflow as Mermaid text: what goes over the hub, what is needed for what, and who may disagree."""
    lines = ["flowchart LR", f'    case[/"{workflow.case.__name__}"/] --> hub{{{{"{_text(workflow.name)}"}}}}']
    for number, (name, owner) in enumerate(workflow.owner.items()):
        needs = ", ".join(workflow.needs[name]) or workflow.case.__name__
        lines.append(f'    hub <-->|"{needs} → {name}"| s{number}["{_text(owner.name)}"]')
    names = list(workflow.owner)
    for number, conflict in enumerate(workflow.conflicts):
        lines += [f'    c{number}{{"{_text(conflict.name)}<br/>{_ladder(conflict)}"}}']
        lines += [f"    c{number} -.- s{names.index(side)}" for side in conflict.sides]
    if workflow.escalation:
        judged = f"{workflow.judged} under {workflow.threshold:.3g}"
        lines.append(f'    hub -.->|"{judged}"| human(["human"])')
    elif any(isinstance(rung, AskHuman) for conflict in workflow.conflicts for rung in conflict.ladder):
        lines.append('    hub -.-> human(["human"])')
    lines += [f'    hub ==> e{number}[["{_text(effect.name)}"]]' for number, effect in enumerate(workflow.effects)]
    return "\n".join(lines) + "\n"


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


def _text(text: str) -> str:
    """Text inside quotes in Mermaid."""
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
