"""What a model server is asked, and what it may answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request for a completion. Raises ``ValueError`` where it is made of a body that is none."""

    model: str
    messages: Sequence[Json]
    """As they came: ``{"role": ..., "content": ...}``."""
    schema: Json | None
    """The JSON schema that the answer has to fit: of the tool that has to be called, or else of ``response_format``."""
    schema_name: str | None
    tools: Sequence[Json]
    tool: str | None
    """The tool that has to be called, by ``tool_choice``."""
    body: Json
    """All of it."""

    @classmethod
    def of(cls, body: Any) -> Self:
        """The request with this body."""
        if not isinstance(body, dict) or not isinstance(body.get("model"), str):
            raise ValueError("you must provide a model parameter")
        if not isinstance(body.get("messages"), list):
            raise ValueError("Missing required parameter: 'messages'.")
        tools = body.get("tools") or ()
        tool = _demanded(tools, body.get("tool_choice"))
        form = tool or (body.get("response_format") or {}).get("json_schema") or {}
        return cls(
            model=body["model"],
            messages=body["messages"],
            schema=form.get("parameters") if tool else form.get("schema"),
            schema_name=form.get("name"),
            tools=tools,
            tool=tool["name"] if tool else None,
            body=body,
        )

    @property
    def question(self) -> str:
        """The text of the last message of the user; empty where there is none."""
        asked = [message for message in self.messages if message.get("role") == "user"]
        return _text(asked[-1]) if asked else ""

    @property
    def prompt(self) -> str:
        """All that is counted as tokens in: tools and ``response_format`` as JSON, then each message's content."""
        forms = [form for form in (self.tools, self.body.get("response_format")) if form]
        return "\n".join([*map(json.dumps, forms), *map(_text, self.messages)])

    @property
    def limit(self) -> int | None:
        """Tokens that the answer may have."""
        limit: int | None = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return limit


def _demanded(tools: Sequence[Json], choice: Any) -> Json | None:
    """The function that has to be called."""
    functions: list[Json] = [tool["function"] for tool in tools if "function" in tool]
    match choice:
        case {"function": {"name": name}}:
            return next((function for function in functions if function["name"] == name), None)
        case "required":
            return functions[0] if functions else None
        case _:
            return None


def _text(message: Json) -> str:
    match message.get("content"):
        case str(text):
            return text
        case list(parts):
            return "\n".join(part.get("text", "") for part in parts)
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model calls."""

    name: str
    arguments: Json | str
    """Text is sent as it is, valid or not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The model answers."""

    content: Json | str | None = None
    """What is no text is sent as JSON; where a tool has to be called, as its arguments."""
    calls: tuple[Call, ...] = ()
    refusal: str | None = None
    finish: Literal["stop", "length", "content_filter"] = "stop"
    """``length``: half of it is said. ``content_filter``: the same, for another reason."""
    probability: float | None = 0.9
    """Of each token, above 0 and up to 1; None where the server tells no ``logprobs``."""
    delay: float = 0.0
    """Seconds before the first word, on top of the server's latency."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The server answers with an error."""

    status: int
    code: str | None = None
    """Such as ``rate_limit_exceeded``."""
    message: str = "The server had an error."
    headers: Mapping[str, str] = field(default_factory=dict)
    """Such as ``{"Retry-After": "1"}``."""
    delay: float = 0.0
    """Seconds, on top of the server's latency."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """The server does not answer."""

    how: Literal["hang", "disconnect", "break off"]
    """``hang``: without a word. ``disconnect``: at once. ``break off``: after the first half of what it says."""
    reply: Reply = Reply("This will not come to its end.")
    """What is broken off."""
    delay: float = 0.0
    """Seconds, on top of the server's latency."""


Answer = Reply | Failure | Mishap
Answering = Callable[[ChatRequest], Answer]
"""Decides what a server answers. :func:`tests.support.model_ideal.ideal` is the usual one."""
