"""Thoughts on the terminal: a few lines, none wider than the terminal, and nothing that does anything."""

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from agents.chat.session import Phase, Thought
from terminal.meter import ProgressMeter
from terminal.thoughts import SHOWN, thought_lines


def lines(*thoughts: Thought, width: int = 60) -> list[str]:
    return [line.plain for line in thought_lines(thoughts, width)]


def thought(text: str, phase: Phase = "thinking", case: str = "L-1", specialist: str = "analyst") -> Thought:
    return Thought(case, specialist, phase, text)


def test_a_thought_is_a_line_with_its_case_and_specialist() -> None:
    assert lines(thought("The lead"), thought("", case="L-10", specialist="router")) == [
        "  L-1   analyst  The lead",
        "  L-10  router   thinks …",
    ]


def test_a_look_up_is_said() -> None:
    assert lines(thought('lookup {"id": 1}', "looking up")) == ['  L-1  analyst  looks up lookup {"id": 1}']


def test_of_a_long_thought_the_end_is_shown() -> None:
    [line] = lines(thought("word " * 100 + "end"), width=40)
    assert line.endswith("word end")
    assert "  …" in line
    assert cell_len(line) <= 40


@pytest.mark.parametrize("width", [1, 10, 24, 40, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    console = Console(file=StringIO(), width=width, color_system=None)
    for text in ("漢字" * 200, "a" * 500):
        for line in thought_lines([thought(text, case=text, specialist=text)], width):
            console.print(line)
    printed = console.file.getvalue() if isinstance(console.file, StringIO) else ""
    assert max(map(cell_len, printed.splitlines())) <= width


def test_the_others_are_counted() -> None:
    many = lines(*(thought("so", case=str(number)) for number in range(SHOWN + 5)))
    assert len(many) == SHOWN + 1
    assert many[-1] == "  and 5 more"
    assert lines() == []


def test_text_of_a_model_is_neither_markup_nor_a_control_code() -> None:
    [line] = thought_lines([thought("[red]x[/red] \x1b[31m\u202e\n\r end", specialist="\x07bell")], 100)
    assert line.plain == "  L-1  \\x07bell  [red]x[/red] \\x1b[31m\\u202e \\r end"


def test_where_nobody_looks_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ProgressMeter("triage").listener is None
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert ProgressMeter("triage").listener is None
    monkeypatch.setenv("TERM", "xterm")
    assert ProgressMeter("triage").listener is not None
