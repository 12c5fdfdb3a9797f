"""What is known of cases after the fact: how many were wrong in which way, and how often a reviewer agreed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from state.judgement import RIGHT


@dataclass(frozen=True, slots=True)
class Graded:
    """The cases of which it is known what really happened. A case that was run twice counts twice."""

    asked: Mapping[str, int]
    """Of those that asked a human, how many were wrong in which way; ``RIGHT`` for those that were right."""
    automated: Mapping[str, int]
    """The same of those that no human saw."""

    @property
    def cases(self) -> int:
        """How many automated cases have a known outcome."""
        return sum(self.automated.values())

    @property
    def wrong(self) -> int:
        """How many of them were wrong in any way."""
        return self.cases - self.automated.get(RIGHT, 0)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The spot checks of a period, and how often the reviewer decided as the hub had."""

    drawn: int = 0
    open: int = 0
    """Those that nobody has answered yet, whether or not their effects are delivered."""
    answered: int = 0
    agreed: int = 0

    @classmethod
    def of(cls, verdicts: Mapping[bool | None, int]) -> Self:
        """By how many were answered like the hub, were answered otherwise, and were not answered (None)."""
        agreed, otherwise, still_open = (verdicts.get(key, 0) for key in (True, False, None))
        return cls(agreed + otherwise + still_open, still_open, agreed + otherwise, agreed)
