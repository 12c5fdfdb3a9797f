"""Thoughts on the terminal: who is thinking about which case, and the end of what was thought so far, in a line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from agents.chat.session import Thought
from runtime.desk.board import Board
from state.plain import visible

SHOWN = 3
"""How many thoughts are shown; the others are counted in one more line."""

LONGEST = 20
"""How many characters of a case's id and of a specialist's name are shown."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """The thoughts that stand on a board whenever it is drawn."""

    board: Board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Its lines, as wide as there is room."""
        yield from thought_lines(self.board.thoughts(), options.max_width)


def thought_lines(thoughts: Sequence[Thought], width: int) -> Iterator[Text]:
    """A line for each of the first thoughts, none wider than that, and how many others there are."""
    shown = thoughts[:SHOWN]
    names = [(_cut(thought.case), _cut(thought.specialist)) for thought in shown]
    columns = [max(map(cell_len, column)) for column in zip(*names, strict=True)]
    for thought, name in zip(shown, names, strict=True):
        case, specialist = (text + " " * (size - cell_len(text)) for text, size in zip(name, columns, strict=True))
        line = Text.assemble("  ", (case, "bold"), "  ", (specialist, "cyan"), "  ")
        room = max(width - cell_len(line.plain) - 1, 0)
        line.append(_said(thought, room), "dim")
        line.no_wrap, line.overflow = True, "crop"
        yield line
    if len(thoughts) > SHOWN:
        yield Text(f"  and {len(thoughts) - SHOWN} more", style="dim")


def _said(thought: Thought, room: int) -> str:
    text = _one_line(thought.text)
    match thought.phase:
        case "thinking" if text:
            return _end(text, room)
        case "thinking":
            return "thinks …"
        case "looking up":
            return f"looks up {text}"
        case "done":
            return "is done"
        case _ as impossible:
            assert_never(impossible)


def _end(text: str, room: int) -> str:
    """As much of its end as there is room for."""
    if cell_len(text) <= room:
        return text
    kept = text[-room:] if room else ""
    while kept and cell_len(kept) >= room:
        kept = kept[1:]
    return f"…{kept}"


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _cut(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
