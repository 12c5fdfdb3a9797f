"""Confidence that means something: from the probabilities of tokens, or from how many answers agree.

The probability of a value is the product of those of its tokens, given all that stands before it:

    P(value) = exp(sum of log p(token))         over the tokens in which the value stands

(the chain rule; used as a measure of confidence by Kadavath et al. 2022, "Language Models (Mostly) Know What They
Know", arXiv:2207.05221). It says something of closed choices; of a number that is written in digits it says little,
so only a field that is declared, or is a choice, is weighed. The agreement of k answers is the share of them on the
side of the decision that most of them took (Wang et al. 2022, "Self-Consistency", arXiv:2203.11171).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import exp
from typing import Any, TypeVar

from pydantic import BaseModel

from agents.brief import Brief
from agents.chat.reply import Token
from state.decision import Decision

T = TypeVar("T")


def weighed_field(filled: type[BaseModel], brief: Brief) -> str | None:
    """The field whose tokens are weighed: the declared one, or the first that is a closed choice."""
    if brief.weighed is not None:
        return brief.weighed
    whole = filled.model_json_schema()
    own = [name for name in filled.model_fields if name not in Decision.model_fields]
    return next((name for name in own if _is_choice(whole, whole["properties"][name])), None)


def value_probability(field: str, tokens: Sequence[Token]) -> float | None:
    """The probability of a field's value in an answer that is JSON text, 0 to 1; None where it is not there."""
    text = "".join(token.text for token in tokens)
    span = _span(field, text)
    if span is None:
        return None
    start, end, place, total = *span, 0, 0.0
    for token in tokens:
        if place < end and place + len(token.text) > start:
            total += min(token.logprob, 0.0)
        place += len(token.text)
    return exp(total)


def agreed(answers: Sequence[T], position: Callable[[T], Any]) -> tuple[T, float]:
    """The first answer of the side that most of them took, and that side's share, 0 to 1."""
    sides = [position(answer) for answer in answers]
    winner, count = Counter(sides).most_common(1)[0]
    return answers[sides.index(winner)], count / len(sides)


def _span(field: str, text: str) -> tuple[int, int] | None:
    """Where the value of a field of the answer itself stands, without the quotes of a text."""
    members = dict(_members(text, text.find("{")))
    if "answer" in members and field not in members:
        members = dict(_members(text, members["answer"][0]))
    if field not in members:
        return None
    start, end = members[field]
    return (start + 1, end - 1) if text[start] == '"' else (start, end)


def _members(text: str, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The keys of the object that begins there, each with where its value stands, as far as it can be read."""
    place = _OPENING.match(text, start) if start >= 0 else None
    while place is not None:
        try:
            key, end = _DECODER.raw_decode(text, place.end())
            colon = _COLON.match(text, end)
            if colon is None or not isinstance(key, str):
                return
            _, end = _DECODER.raw_decode(text, colon.end())
        except (ValueError, RecursionError):
            return
        yield key, (colon.end(), end)
        place = _COMMA.match(text, end)


_DECODER = json.JSONDecoder()
_OPENING, _COLON, _COMMA = (re.compile(rf"\s*{sign}\s*") for sign in ("[{]", ":", ","))


def _is_choice(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    if "$ref" in schema:
        schema = whole["$defs"][str(schema["$ref"]).rpartition("/")[2]]
    return "enum" in schema or "const" in schema or schema.get("type") == "boolean"
