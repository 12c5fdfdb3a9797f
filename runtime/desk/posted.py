"""What pages post, as the fake desk keeps it for tests to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Posted:
    """Something that a page posted."""

    what: str
    """The desk's method."""
    to: str
    """The question, run, workflow or file."""
    by: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
