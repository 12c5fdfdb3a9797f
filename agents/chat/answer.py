"""The answer: what a reply amounts to, held to the decision's contract, or what is wrong with it in words."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from agents.brief import Brief
from agents.chat.prompt import fault
from agents.chat.reply import Reply
from agents.chat.schema import AnswerSchema
from agents.handoff import Ask, Escalate, Handoff, Request
from agents.making import Answer, checked
from state.decision import Decision
from state.errors import ContractBroken, in_words

_FENCED = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?```\s*$", re.DOTALL)
"""An answer that a model has wrapped as code."""


LONGEST_ANSWER = 200_000
"""Characters of an answer."""


class OffSchema(Exception):
    """The reply is no answer; says why, in words for the model, that can be kept and sent."""

    def __init__(self, words: str) -> None:
        super().__init__(fault(words))


@dataclass(frozen=True, slots=True)
class Seat:
    """What an answer is held to."""

    name: str
    decides: type[Decision]
    brief: Brief
    filled: type[BaseModel]
    """The contract of what the model fills."""
    handoff: Handoff[Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What a reply amounts to."""

    answer: Answer
    confidence_follows: bool = False
    """Whether the confidence was worked out by rule from what the model filled."""


def answer_of(seat: Seat, schema: AnswerSchema, reply: Reply) -> Read:
    """Read a reply. Pure. Raises ``OffSchema``."""
    if reply.refusal:
        raise OffSchema(f"it refused: {reply.refusal[:500]}")
    if len(reply.text) > LONGEST_ANSWER:
        raise OffSchema(f"it has {len(reply.text):,} characters, and may have {LONGEST_ANSWER:,}")
    if reply.is_cut_off:
        raise OffSchema("it was cut off, since it ran into the limit of what it may write: be brief")
    value = _value(schema, reply)
    if not schema.others:
        return _decided(seat, value)
    match value["answer"] if set(value) == {"answer"} else value:
        case {"ask": list() as requests, **rest} if "ask" in schema.others and not rest:
            return Read(_checked(seat, _asked(seat, requests)))
        case {"escalate": str() as reason, **rest} if "escalate" in schema.others and not rest:
            return Read(_checked(seat, Escalate(reason)))
        case dict() as decision:
            return _decided(seat, decision)
        case _:
            raise OffSchema("it is no JSON object")


def _value(schema: AnswerSchema, reply: Reply) -> dict[str, Any]:
    for call in reply.wanted:
        if call.name == schema.name:
            if call.arguments is None:
                raise OffSchema("it is no JSON object")
            return dict(call.arguments)
    text = reply.text.strip()
    fenced = _FENCED.match(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError) as wrong:
        raise OffSchema(f"it is not JSON: {wrong}") from wrong
    if not isinstance(value, dict):
        raise OffSchema(f"it is a JSON {type(value).__name__}, not an object")
    return value


def _asked(seat: Seat, requests: list[Any]) -> Ask:
    upstream = {decision.__name__: decision for decision in seat.handoff.may_ask}
    try:
        made = [Request(upstream[each["to"]], each["text"]) for each in requests]
        if not all(isinstance(request.text, str) for request in made):
            raise TypeError("text is no text")
        return Ask(*made)
    except (KeyError, TypeError) as wrong:
        raise OffSchema(f"ask takes to and text; to is one of {', '.join(sorted(upstream)) or 'none'}") from wrong


def _decided(seat: Seat, value: Mapping[str, Any]) -> Read:
    """The decision: what the model filled, and what follows from it."""
    try:
        filled = dict(seat.filled.model_validate(value))
        follows = seat.brief.derived(seat.handoff, filled)
        whole = seat.decides.model_validate(filled | dict(follows))
    except ValidationError as invalid:
        raise OffSchema(in_words(invalid)) from invalid
    except ValueError as wrong:
        raise OffSchema(str(wrong)) from wrong
    return Read(_checked(seat, whole), "confidence" in follows)


def _checked(seat: Seat, answer: Answer) -> Answer:
    try:
        return checked(seat.name, seat.decides, seat.handoff, answer)
    except ContractBroken as broken:
        raise OffSchema(broken.reason) from broken
