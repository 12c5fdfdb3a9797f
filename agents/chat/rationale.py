"""The rationale in an answer that is still coming."""

import json
import re

_BEGUN = re.compile(r'"rationale"\s*:\s*"((?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)')
"""The value as far as it has come, without an escape that is not whole yet."""


def rationale_in(text: str) -> str:
    """The rationale as far as it has come, given the JSON text so far; empty before it has begun."""
    begun = _BEGUN.search(text)
    if begun is None:
        return ""
    try:
        return str(json.loads(f'"{begun[1]}"', strict=False))
    except ValueError:
        return begun[1]
