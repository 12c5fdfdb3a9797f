"""The message: the template of the update that a team gets, with ``{placeholders}``."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from state.template import filled, placeholders

DECIDED = ("id", "team", "lane", "probability", "expected_value", "currency", "confidence", "flag", "why")
"""The placeholders besides the columns: the lead's id and what was decided about it."""


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
            for name in placeholders(template)
            if name not in known
        ]

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The names that are put in."""
        return frozenset(placeholders(self.subject + self.text))

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The subject and the text with the values in their places."""
        return filled(self.subject, values), filled(self.text, values)
