"""What chat models are thinking right now, as it comes."""

from collections.abc import Sequence
from typing import assert_never

from agents.chat.session import Thought
from views.parts.panel import quiet, show
from views.parts.text import marked_up

SHOWN = 4
"""How many thoughts are shown where there are many cases; the others are counted."""

LINE = 140
"""How many characters of such a thought are shown, from its end."""


def many_thoughts(thoughts: Sequence[Thought]) -> None:
    """The first thoughts about any cases, a short one each."""
    if not thoughts:
        return
    others = len(thoughts) - SHOWN
    lines = [_thought(thought, f"{thought.case} · {thought.specialist}", LINE) for thought in thoughts[:SHOWN]]
    show(f'<div class="rh-thoughts">{"".join(lines)}</div>', quiet(f"and {others} more") if others > 0 else "")


def thoughts_of_case(thoughts: Sequence[Thought]) -> None:
    """All thoughts about one case, as far as they have come."""
    if thoughts:
        lines = [_thought(thought, thought.specialist) for thought in thoughts]
        show(f'<div class="rh-thoughts">{"".join(lines)}</div>')


def _thought(thought: Thought, who: str, longest: int | None = None) -> str:
    return (
        f'<div class="rh-thought"><span class="rh-name">{marked_up(who)}</span> '
        f'<span class="rh-value">{marked_up(_said(thought, longest))}</span></div>'
    )


def _said(thought: Thought, longest: int | None) -> str:
    text = thought.text if longest is None else " ".join(thought.text.split())
    match thought.phase:
        case "thinking" if text:
            return text if longest is None or len(text) <= longest else f"…{text[-longest:]}"
        case "thinking":
            return "thinks …"
        case "looking up":
            return f"looks up {text[:longest]}"
        case "done":
            return "is done"
        case _ as impossible:
            assert_never(impossible)
