"""A table of the user's, in which rows are found by a key."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Matches:
    """The rows that a key led to."""

    rows: tuple[Mapping[str, object], ...]
    source: str
    """Where they stand, in words that a person can follow; the table alone where there are none."""
    are_all: bool
    """False where more rows have the key than were asked for."""


class Table(Protocol):
    """Rows with named columns."""

    def check(self, key: str, columns: tuple[str, ...]) -> None:
        """Raises ``UsageError`` where the table cannot be read or lacks one of the columns."""

    async def rows(self, key: str, value: str, columns: tuple[str, ...], most: int) -> Matches:
        """The first rows whose key column says the value, in all columns where none is named.

        Raises ``UsageError`` as ``check`` does, and ``ToolRefused`` where the table cannot be reached now.
        """


def folded(text: str) -> str:
    """A key as it is compared: trimmed, without case, and one form for letters that can be written in several."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
