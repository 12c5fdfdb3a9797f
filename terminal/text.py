"""Text from outside, made safe for a terminal: never markup, and no control character does anything."""

import re

from rich.text import Text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str, style: str = "") -> Text:
    """The text as it is, with control and direction characters as their escapes; line ends and tabs stay."""
    return Text(_CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text), style=style)
