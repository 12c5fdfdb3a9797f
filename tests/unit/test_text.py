"""Text from outside on a terminal."""

import pytest

from terminal.text import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("[bold red]not markup[/]", "[bold red]not markup[/]"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),  # clears the screen
        ("\x9b31mred", "\\x9b31mred"),  # the same in one byte
        ("a\rb", "a\\rb"),  # goes over what stood there
        ("\u202etxt.exe", "\\u202etxt.exe"),  # reads backwards
    ],
)
def test_nothing_from_outside_does_anything_to_the_terminal(text: str, shown: str) -> None:
    assert plain(text).plain == shown
