"""The message: the template of the update that a team gets, with ``{placeholders}``."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

DECIDED = ("id", "team", "lane", "probability", "expected_value", "currency", "confidence", "flag", "why")
"""The placeholders besides the columns: the lead's id and what was decided about it."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Message(BaseModel):
    """A subject and a text. ``{name}`` stands for a column of the lead or for one of ``DECIDED``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = Field(min_length=1, max_length=500)
    text: str = Field(min_length=1, max_length=20_000)

    def problems(self, columns: Iterable[str]) -> list[str]:
        """Placeholders that stand for nothing, given the columns that leads have."""
        known = {*columns, *DECIDED}
        return [
            f"message.{part}: {{{name}}} stands for nothing; use one of {', '.join(sorted(known))}"
            for part, template in (("subject", self.subject), ("text", self.text))
            for name in _PLACEHOLDER.findall(template)
            if name not in known
        ]

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The names that are put in."""
        return frozenset(_PLACEHOLDER.findall(self.subject + self.text))

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The subject and the text with the values in their places.

        Values are plain text: what they hold is never read as a placeholder, and their line breaks and control
        characters become spaces, so that a value cannot forge a line of the message or a header of a mail.
        """
        return _filled(self.subject, values), _filled(self.text, values)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: _plain(values[found[1]]), template)


def _plain(value: str) -> str:
    if not value.isprintable():
        value = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(value.split())
