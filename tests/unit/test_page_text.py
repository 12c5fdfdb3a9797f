"""Text on pages is text."""

import re
from collections.abc import Callable

import pytest

from state.duration import lasting
from views.parts.panel import badge, facts, table
from views.parts.text import escaped, marked_up, share

HARMFUL = [
    "<script>alert(1)</script>",
    "[link](javascript:alert(1))",
    "![image](https://example.com/x.png)",
    "**bold** _it_ ~~gone~~ `code`",
    ":red[colour] :material/delete: :smile:",
    "$x^2$",
    "# title\n- list\n1. one",
    "https://example.com",
    "a|b",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_no_character_of_markdown_is_left_unescaped(text: str) -> None:
    left = re.sub(r"\\.", "", escaped(text))
    assert not set(left) & set("`*_{}[]()<>#+-.!|~$:@&^=/\"'")


@pytest.mark.parametrize("text", HARMFUL)
def test_escaping_changes_nothing_else(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", escaped(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    "show", [marked_up, badge, lambda text: facts({text: text}), lambda text: table([text], [[text]])]
)
def test_no_tag_from_outside_is_left_in_html(show: Callable[[str], str]) -> None:
    shown = show("<script>x</script><img onerror='y'>\"")
    assert "<script" not in shown
    assert "<img" not in shown
    assert "'y'" not in shown


def test_control_and_direction_characters_are_shown_as_what_they_are() -> None:
    assert marked_up("a\x1b[31m\u202eb") == "a\\x1b[31m\\u202eb"
    assert escaped("\u202e") == "\\\\u202e"


def test_lengths_of_time_fit_what_they_measure() -> None:
    assert [lasting(seconds) for seconds in (0.00005, 0.012, 3.21, 7260)] == ["50 µs", "12 ms", "3.2 s", "2 h 1 min"]


def test_a_share_of_nothing_is_none() -> None:
    assert share(1, 0) == "–"
