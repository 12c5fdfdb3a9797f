"""Tokens as the model server counts them, and its prefix cache.

A token is a piece of at most four letters, of at most three digits, or a single other sign; whitespace is free.
"""

import re
from collections import OrderedDict

_SIGNS = r"(?:[^\W\d_]{1,4}|\d{1,3}|[^\w\s]|_)"
_PIECE = re.compile(_SIGNS)
_GLUED = re.compile(rf"\s*{_SIGNS}(?:\s+\Z)?|\s+")

BLOCK = 128
"""Tokens: the prefix cache keeps whole blocks of them."""


def tokens(text: str) -> int:
    """How many tokens a text has: ``tokens("Score: 1234!")`` is 6, of ``Scor e : 123 4 !``."""
    return len(_PIECE.findall(text))


def pieces(text: str) -> list[str]:
    """The tokens of a text, each with the whitespace before it; together they are the text."""
    return _GLUED.findall(text)


class Prefixes:
    """What a server remembers of the beginnings of prompts: a hash for each block and all before it."""

    def __init__(self, kept: int = 200_000) -> None:
        self._kept = kept
        """Blocks; the one that was unused for longest goes first."""
        self._seen: OrderedDict[int, None] = OrderedDict()

    def take(self, model: str, prompt: str) -> tuple[int, int]:
        """The tokens of a prompt, and how many of them begin an earlier prompt too. Remembers it for later ones."""
        found = _PIECE.findall(prompt)
        known, cached, prefix = True, 0, hash(model)
        for end in range(BLOCK, len(found) + 1, BLOCK):
            prefix = hash((prefix, *found[end - BLOCK : end]))
            known = known and prefix in self._seen
            cached = end if known else cached
            self._seen[prefix] = None
            self._seen.move_to_end(prefix)
        while len(self._seen) > self._kept:
            self._seen.popitem(last=False)
        return len(found), cached
