"""Templates: text with ``{placeholders}``, into which values are put as plain text."""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def placeholders(template: str) -> list[str]:
    """The names that stand in a template, in order."""
    return _PLACEHOLDER.findall(template)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with the values in their places. Raises ``KeyError`` for a name without a value.

    Values are plain text: what they hold is never read as a placeholder, and their line breaks and control
    characters become spaces, so that a value cannot forge a line of the message or a header of a mail.
    """
    return _PLACEHOLDER.sub(lambda found: one_line(values[found[1]]), template)


def one_line(value: str) -> str:
    """A text without line breaks and control characters."""
    if not value.isprintable():
        value = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(value.split())
