"""The line: an open connection to a model's server, and what the server can do."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from agents.chat.schema import AnswerSchema
from state.errors import ModelTrouble

ByAnswer = Literal["json_schema", "tool"]
"""How the server is told what an answer must look like: by ``response_format``, or as a tool to call."""


@dataclass(frozen=True, slots=True)
class Ability:
    """What a server can do, as far as it is known."""

    by: ByAnswer = "json_schema"
    probabilities: bool = True
    """Whether it may be asked for the probabilities of tokens."""


class Line(Protocol):
    """An open connection to a model's server."""

    @property
    def model(self) -> BaseChatModel:
        """The client."""

    def trouble(self, raised: Exception) -> ModelTrouble:
        """What an exception of the client amounts to, without any secret."""

    def answered(self, messages: list[BaseMessage], options: Mapping[str, Any]) -> Awaitable[AIMessage]:
        """The answer in one piece."""

    def told(self, schema: AnswerSchema) -> dict[str, Any]:
        """The options that tell the server what an answer must look like."""

    async def check(self) -> None:
        """Raise ``ModelTrouble`` where the key, the server or the name of the model cannot be used."""

    async def close(self) -> None:
        """Let go of the connection."""


class Given:
    """A line to a client that somebody else has made, such as a :class:`agents.scripted.ScriptedModel`."""

    def __init__(self, model: BaseChatModel) -> None:
        self.model = model

    def trouble(self, raised: Exception) -> ModelTrouble:
        """Itself, or that the model failed."""
        if isinstance(raised, ModelTrouble):
            return raised
        gist = f"the client raised {type(raised).__name__}"
        return ModelTrouble("server", f"{type(raised).__name__}: {raised}".rstrip(": "), gist=gist)

    def answered(self, messages: list[BaseMessage], options: Mapping[str, Any]) -> Awaitable[AIMessage]:
        """The answer in one piece."""
        return self.model.ainvoke(messages, **options)

    def told(self, schema: AnswerSchema) -> dict[str, Any]:
        """The protocol's ``response_format``."""
        return {"response_format": schema.response_format}

    async def check(self) -> None:
        """Nothing to check."""

    async def close(self) -> None:
        """Nothing to let go of."""
