"""The reply: what came back from one call of a chat model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any

from langchain_core.messages import AIMessage


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one call."""

    tokens_in: int = 0
    """All that was read, what came from the provider's cache included."""
    tokens_out: int = 0
    tokens_cached: int = 0
    """Those of ``tokens_in`` that came from the cache."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer."""

    text: str
    logprob: float
    """The natural logarithm of its probability."""

    @property
    def probability(self) -> float:
        """0 to 1."""
        return exp(min(self.logprob, 0.0))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tool that the model wants called."""

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    """None where what it gave is no JSON object."""

    @property
    def asked(self) -> str:
        """The arguments as JSON, for a person; cut after 500 characters."""
        return json.dumps(self.arguments, ensure_ascii=False)[:500]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    text: str
    message: AIMessage
    """To be sent again where the conversation goes on."""
    usage: Usage = Usage()
    wanted: tuple[Wanted, ...] = ()
    """The tools that the model wants called."""
    refusal: str = ""
    """Why it will not answer; empty where it does."""
    is_cut_off: bool = False
    """Whether it ran into the limit of what it may write."""
    tokens: tuple[Token, ...] | None = None
    """None where the server gives no probabilities."""


def reply_of(message: AIMessage) -> Reply:
    """Read a message of LangChain's. Pure."""
    about = message.response_metadata
    return Reply(
        text=message.text if isinstance(message.text, str) else str(message.content),
        message=message,
        usage=usage_of(message.usage_metadata),
        wanted=_wanted(message),
        refusal=str(message.additional_kwargs.get("refusal") or ""),
        is_cut_off=about.get("finish_reason") == "length",
        tokens=_tokens(about.get("logprobs")),
    )


def _wanted(message: AIMessage) -> tuple[Wanted, ...]:
    good = [Wanted(str(each["id"] or ""), each["name"], _object(each["args"])) for each in message.tool_calls]
    bad = [Wanted(str(each["id"] or ""), str(each["name"] or ""), None) for each in message.invalid_tool_calls]
    return (*good, *bad)


def _object(value: object) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def usage_of(metadata: Mapping[str, Any] | None) -> Usage:
    """The usage as LangChain tells it; zeros where the server told none."""
    told = metadata or {}
    read, details = _count(told.get("input_tokens")), told.get("input_token_details")
    cached = _count(details.get("cache_read")) if isinstance(details, Mapping) else 0
    return Usage(read, _count(told.get("output_tokens")), min(cached, read))


MOST = 10_000_000
"""Tokens that one call can have: what a server tells beyond that is no count."""


def _count(told: object) -> int:
    """A number of tokens, from 0 to ``MOST``, whatever a server tells."""
    is_number = isinstance(told, (int, float)) and not isinstance(told, bool) and told == told
    return int(min(max(told, 0), MOST)) if is_number and isinstance(told, (int, float)) else 0


def _tokens(logprobs: Any) -> tuple[Token, ...] | None:
    content = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not content:
        return None
    return tuple(Token(str(each.get("token", "")), float(each.get("logprob", 0.0))) for each in content)
