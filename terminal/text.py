"""Text from outside, made safe for a terminal: never markup, and no control character does anything."""

from rich.text import Text

from state.plain import visible


def plain(text: str, style: str = "") -> Text:
    """The text as it is, with control and direction characters as their escapes; line ends and tabs stay."""
    return Text(visible(text), style=style)
