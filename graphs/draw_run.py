"""The drawing of one run: that of its workflow, with the path that the run took lit, and counts on it.

What the run did not touch is dim; what waits for a person or went wrong has a colour of its own. Colours go into
strokes, and into fills that let the page shine through, so that text is readable on a light page and on a dark one.
The layout is narrow, so that it can be read on a small screen: who speaks on the left, who decides on the right.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphs.draw import asks, escaped
from graphs.path import Look, Path, counted
from graphs.workflow import Workflow
from state.run import ReviewRow, RunStory

_INIT = (
    '%%{init: {"layout": "dagre", "flowchart": '
    '{"nodeSpacing": 26, "rankSpacing": 50, "padding": 9, "wrappingWidth": 170}}}%%'
)

_NODES: dict[Look, str] = {
    "lit": "stroke:#2e9e5b,stroke-width:2px,fill:#2e9e5b1f",
    "dim": "opacity:0.5,stroke-dasharray:4 4",
    "waits": "stroke:#c98a00,stroke-width:3px,fill:#c98a0033",
    "bad": "stroke:#d1495b,stroke-width:3px,fill:#d1495b26",
}

_LINKS: dict[Look, str] = {
    "lit": "stroke:#2e9e5b,stroke-width:2.5px",
    "dim": "opacity:0.5,stroke-dasharray:4 4",
    "waits": "stroke:#c98a00,stroke-width:2.5px",
    "bad": "stroke:#d1495b,stroke-width:2.5px",
}

_PLAIN = re.compile(r"(?!-)[\w ,:→×()-]*")
"""Text in which Markdown finds nothing to do; any other is drawn without emphasis."""

LONGEST = 40
"""How many characters of a line are drawn."""

PEOPLE = 3
"""How many people are named."""


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    shape: tuple[str, str]
    lines: tuple[str, ...]
    look: Look


@dataclass(frozen=True, slots=True)
class _Edge:
    start: str
    arrow: str
    end: str
    label: str
    look: Look


def draw_run(workflow: Workflow, story: RunStory) -> str:
    """A run as Mermaid text: how often each decision was made, who wrote to whom, and what a human was asked.

    ``workflow`` is that of the run as it is now; what the run has and the workflow has not is left out.
    """
    path = Path(workflow, story)
    specialists = {name: f"s{number}" for number, name in enumerate(workflow.owner)}
    conflicts = {conflict.name: f"c{number}" for number, conflict in enumerate(workflow.conflicts)}
    # in this order fewest edges cross
    nodes = [*_left(path, conflicts), *_right(path, specialists)]
    edges = [
        *_by_human(path, specialists),
        *_by_conflicts(path, conflicts, specialists),
        *_over_hub(path, specialists),
        *_requests(path, specialists),
    ]
    return "\n".join([_INIT, "flowchart LR", *_lines(nodes, edges)]) + "\n"


def _lines(nodes: Sequence[_Node], edges: Sequence[_Edge]) -> Iterator[str]:
    for node in nodes:
        yield f"    {node.id}{node.shape[0]}{_label(node.lines)}{node.shape[1]}"
    for edge in edges:
        label = f'|"{escaped(_short(edge.label))}"|' if edge.label else ""
        yield f"    {edge.start} {edge.arrow}{label} {edge.end}"
    for look, style in _NODES.items():
        ids = [node.id for node in nodes if node.look == look]
        if ids:
            yield f"    classDef {look} {style}"
            yield f"    class {','.join(ids)} {look}"
    for look, style in _LINKS.items():
        places = [str(place) for place, edge in enumerate(edges) if edge.look == look]
        if places:
            yield f"    linkStyle {','.join(places)} {style}"


def _label(lines: Sequence[str]) -> str:
    title, *rest = (escaped(_short(line)) for line in lines)
    if all(map(_PLAIN.fullmatch, (title, *rest))):
        return '"`' + "<br/>".join([f"**{title}**", *rest]) + '`"'
    return '"' + "<br/>".join([title, *rest]) + '"'


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _left(path: Path, conflicts: dict[str, str]) -> Iterator[_Node]:
    """Who speaks to the specialists: a human, conflicts and the hub."""
    workflow, run = path.workflow, path.story.run
    if workflow.judged or path.human() != "dim" or any(map(asks, workflow.conflicts)):
        yield _Node("human", ("([", "])"), ("human", *path.answers(), *_people(path)), path.human())
    for name, node in conflicts.items():
        asked = _asked(path.asked(conflict=name))
        yield _Node(node, ("(", ")"), (f"conflict {name}", *path.rungs(name), *asked), path.conflict(name))
    lines = (workflow.name, f"{workflow.case.__name__} {run.case_id}", run.status)
    yield _Node("hub", ("{{", "}}"), lines, "bad" if run.status == "failed" else "lit")


def _people(path: Path) -> Iterator[str]:
    people = path.people()
    yield from people[:PEOPLE]
    if len(people) > PEOPLE:
        yield f"and {len(people) - PEOPLE} more"


def _asked(reviews: Sequence[ReviewRow]) -> list[str]:
    return [f"asked {len(reviews)}×"] if reviews else []


def _right(path: Path, specialists: dict[str, str]) -> Iterator[_Node]:
    """The specialists, and what goes out."""
    workflow = path.workflow
    for name, node in specialists.items():
        needs = ", ".join(workflow.needs[name]) or workflow.case.__name__
        lines = (workflow.owner[name].name, needs, f"→ {name}{path.standing(name)}")
        yield _Node(node, ("[", "]"), lines, path.decision(name))
    for number, effect in enumerate(workflow.effects):
        goes = (effect.decision.__name__, f"to {effect.channel}")
        yield _Node(f"e{number}", ("[[", "]]"), goes, path.effect(effect.name)[1])


def _by_human(path: Path, specialists: dict[str, str]) -> Iterator[_Edge]:
    """What a human was asked about or spoke on, conflicts aside, or could have been asked about."""
    for name, node in specialists.items():
        asked, said = path.asked(decision=name), path.said(name)
        if asked or said:
            look: Look = "waits" if any(review in path.open for review in asked) else "lit"
            yield _Edge("human", "<-.->" if asked else "-.->", node, ", ".join([*_asked(asked), *said]), look)
        elif name == path.workflow.judged:
            threshold = path.story.pins.get("threshold", path.workflow.threshold)
            yield _Edge("human", "-.-", node, f"under {threshold:.3g}", "dim")


def _by_conflicts(path: Path, conflicts: dict[str, str], specialists: dict[str, str]) -> Iterator[_Edge]:
    """Who may disagree, and what a conflict wrote to them."""
    objections = path.notes("objection")
    for conflict in path.workflow.conflicts:
        for side in conflict.sides:
            sent, node = objections[conflict.name, side], conflicts[conflict.name]
            label = counted(sent, "objection", "objections") if sent else ""
            yield _Edge(node, "-.->" if sent else "-.-", specialists[side], label, path.conflict(conflict.name))


def _over_hub(path: Path, specialists: dict[str, str]) -> Iterator[_Edge]:
    """The makings and the effects."""
    for name, node in specialists.items():
        if path.calls(name):
            yield _Edge("hub", "<-->", node, path.makings(name), "lit")
        elif path.decision(name) == "plain":
            yield _Edge("hub", "<-->", node, "kept", "plain")
        else:
            yield _Edge("hub", "<-->", node, "", "dim")
    for number, effect in enumerate(path.workflow.effects):
        yield _Edge("hub", "-->", f"e{number}", *path.effect(effect.name))


def _requests(path: Path, specialists: dict[str, str]) -> Iterator[_Edge]:
    """Which specialist asked which; a request of one who is there no more comes from the hub."""
    authors = {owner.name: specialists[name] for name, owner in path.workflow.owner.items()}
    for (author, to), count in path.notes("request").items():
        label = counted(count, "request", "requests")
        yield _Edge(authors.get(author, "hub"), "-.->", specialists[to], label, "lit")
