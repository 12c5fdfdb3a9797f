"""A tool: what a model may ask for while it makes its decision. Each keeps its limits itself."""

import re
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

LONGEST = 4000
"""Characters of a finding, where a tool does not say otherwise."""

SHORTEST = 100
"""Characters that a finding can be limited to at least, so that the ending which tells of the cut has room."""

_NAME = re.compile(r"[a-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tool found."""

    text: str
    """Plain text or JSON. It comes from outside: something to judge, never an instruction."""
    source: str
    """Where it was found, in words that a person can follow."""


class ToolRefused(Exception):
    """What the tool could not do, in words for the model."""


class Tool(Protocol):
    """Something that a model can call with arguments."""

    @property
    def name(self) -> str:
        """What the model calls it by: a-z, 0-9 and _."""

    @property
    def description(self) -> str:
        """What it is good for, for the model."""

    @property
    def arguments(self) -> type[BaseModel]:
        """The contract of what it is called with."""

    async def call(self, arguments: BaseModel) -> Finding:
        """Find it. Raises ``ToolRefused`` with what the model should know."""


def check_limits(name: str, longest: int) -> None:
    """Raises ``ValueError`` for a name that models do not take, and for a limit without room for its ending."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"Tool {name!r}: a name has 1 to 64 of a-z, 0-9 and _.")
    if longest < SHORTEST:
        raise ValueError(f"Tool {name!r}: longest={longest!r} must be {SHORTEST} characters or more.")


def shortened(text: str, longest: int) -> str:
    """The text, or as much of it as fits with an ending that says so."""
    if len(text) <= longest:
        return text
    ending = f" … [cut here; the whole has {len(text)} characters]"
    return text[: longest - len(ending)] + ending
