"""Plain JSON that can be kept: what both databases and every reader take; and text from outside, made visible."""

import math
import re
from collections.abc import Mapping, Sequence

LARGEST = 2**63
"""Whole numbers from here on, of either sign, are not kept."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with control and direction characters as their escapes; line ends and tabs stay."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def keepable(text: str) -> str:
    """The text with what no database keeps as its escapes."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def unkeepable(value: object) -> str | None:
    """Why a plain JSON value cannot be kept; None where it can.

    PostgreSQL takes no null character, UTF-8 has no lone surrogates, and JSON no numbers that are not finite.
    """
    match value:
        case str():
            return _unkeepable_text(value)
        case int() if abs(value) >= LARGEST:
            return "holds a whole number of more than 64 bits"
        case float() if not math.isfinite(value):
            return f"holds {value}, which is not a finite number"
        case Mapping():
            return _first([*value.keys(), *value.values()])
        case Sequence() if not isinstance(value, bytes):
            return _first(value)
        case _:
            return None


def _first(values: Sequence[object]) -> str | None:
    return next((reason for each in values if (reason := unkeepable(each))), None)


def _unkeepable_text(text: str) -> str | None:
    if "\0" in text:
        return "holds a null character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a character (a lone surrogate)"
    return None


def unprefixed(message: str) -> str:
    """What a validation says, as a part of a sentence: without the library's word before it and a full stop after."""
    return message.removeprefix("Value error, ").removesuffix(".")
