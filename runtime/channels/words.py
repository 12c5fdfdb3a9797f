"""What a receiver says, made fit for a table and a terminal: one short line, without control characters or secrets."""

import unicodedata
from collections.abc import Iterable

LONGEST = 200
"""Characters of a receiver's words that are kept."""

HIDDEN = "…"
"""Stands where a secret was, and where a text was cut."""

_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def one_line(text: str | bytes, hide: Iterable[str] = (), longest: int = LONGEST) -> str:
    """A text in one line of so many characters at most, without what must be hidden."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    for secret in sorted(filter(None, hide), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    line = " ".join("".join(map(_printable, text)).split())
    return line if len(line) <= longest else line[: longest - 1] + HIDDEN


def why(error: BaseException, hide: Iterable[str] = ()) -> str:
    """An error of the system or a library in one line."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line(said, hide).rstrip(".") or type(error).__name__


def _printable(character: str) -> str:
    """The character, or a space for one that moves the cursor, colours a terminal or turns the writing round."""
    moves = unicodedata.category(character) in _CONTROLS or unicodedata.bidirectional(character) in _TURNS
    return " " if moves else character
