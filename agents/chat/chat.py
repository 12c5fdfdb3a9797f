"""The chat: one chat model on one server, shared by all specialists that it takes the seat of.

It knows what the server can do, and learns it where the server says otherwise; it holds calls back while the server
asks to be left alone or keeps failing; and it lets no more calls through at once than the server should have.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage

from agents.chat.circuit import Circuit
from agents.chat.line import Ability, Given, Line
from agents.chat.price import Prices
from agents.chat.reply import Reply, Usage, reply_of
from agents.chat.schema import AnswerSchema
from state.errors import ModelTrouble, UnusableModel

PATIENCE = 60.0
"""Seconds that a call waits where the server asks to be left alone, if nothing else is said."""


LOOK = 0.02
"""Seconds between two looks whether a server is back."""


@dataclass(slots=True)
class _Open:
    line: Line
    slots: asyncio.Semaphore


class Chat:
    """One chat model on one server. Opened at its first call, once for each event loop."""

    def __init__(
        self,
        name: str,
        open_line: Callable[[], Line],
        *,
        prices: Prices | None = None,
        at_once: int = 64,
        ability: Ability | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self.name = name
        """The model's name, as it stands in the ledger."""
        self.prices = prices or Prices()
        self.ability = ability or Ability()
        self.circuit = circuit or Circuit()
        self._open_line, self._at_once = open_line, at_once
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, _Open] = WeakKeyDictionary()
        self._left_alone_until = 0.0
        self._is_checked = False

    @classmethod
    def of(cls, model: BaseChatModel, name: str = "given", **options: Any) -> "Chat":
        """A chat with a client that was made elsewhere."""
        return cls(name, lambda: Given(model), **options)

    def __repr__(self) -> str:
        return f"Chat({self.name!r})"

    async def ask(
        self,
        messages: Sequence[BaseMessage],
        schema: AnswerSchema,
        tools: Sequence[Mapping[str, Any]] = (),
        heard: Callable[[str], None] | None = None,
        patience: float = PATIENCE,
    ) -> Reply:
        """Call the model once. Raises ``ModelTrouble``.

        ``heard`` is told the answer's text as far as it has come; without it the answer is not streamed.
        ``patience``: seconds that it waits where the server asks to be left alone.
        """
        await self._tried(patience)
        self.circuit.look()
        opened = self._opened()
        async with opened.slots:
            await self._left_alone(patience)
            await self._tried(patience)
            is_probe = self.circuit.admit()
            try:
                reply = await self._asked(opened.line, messages, schema, tools, heard)
            except ModelTrouble as trouble:
                self._learn(trouble, is_probe)
                raise
            except BaseException:
                self.circuit.let_go(is_probe)
                raise
        self.circuit.succeeded()
        return reply

    async def _tried(self, patience: float) -> None:
        """Wait while another call sees whether the server is back."""
        until = monotonic() + patience
        while self.circuit.is_being_tried and monotonic() < until:  # noqa: ASYNC110 - a circuit has no event loop
            await asyncio.sleep(LOOK)

    async def _left_alone(self, patience: float) -> None:
        """Wait as long as the server asked to be left alone."""
        left = self._left_alone_until - monotonic()
        if left > patience:
            raise ModelTrouble("held_back", f"the model server asks to be left alone for {left:.0f} s more")
        if left > 0:
            await asyncio.sleep(left)

    @property
    def outage(self) -> str | None:
        """Why no call goes through now, in words; None where calls do."""
        if self.circuit.is_holding:
            return self.circuit.last
        left = self._left_alone_until - monotonic()
        return f"the model server asks to be left alone for {left:.0f} s" if left > PATIENCE else None

    def cost(self, usage: Usage) -> float:
        """What a call cost; 0 where nobody knows the model's price."""
        return self.prices.cost(self.name, usage) or 0.0

    @property
    def is_priced(self) -> bool:
        """Whether anybody knows what a call costs."""
        return self.prices.cost(self.name, Usage(1, 1)) is not None

    async def check(self) -> None:
        """Raise ``UnusableModel``, one line, where calls would fail for a reason that does not pass by itself.

        Raises ``ModelTrouble`` where the server does not answer. Looks no more once all was well.
        """
        if self._is_checked:
            return
        try:
            await self._opened().line.check()
        except ModelTrouble as trouble:
            if trouble.kind in ("key", "model"):
                raise UnusableModel(self.name, f"{trouble}.") from None
            raise
        self._is_checked = True

    async def close(self) -> None:
        """Let go of the connection of this event loop."""
        opened = self._open.pop(asyncio.get_running_loop(), None)
        if opened is not None:
            await opened.line.close()

    def _opened(self) -> _Open:
        loop = asyncio.get_running_loop()
        if loop not in self._open:
            self._open[loop] = _Open(self._open_line(), asyncio.Semaphore(self._at_once))
        return self._open[loop]

    async def _asked(
        self,
        line: Line,
        messages: Sequence[BaseMessage],
        schema: AnswerSchema,
        tools: Sequence[Mapping[str, Any]],
        heard: Callable[[str], None] | None,
    ) -> Reply:
        while True:
            ability = self.ability
            try:
                options = _options(line, ability, schema, tools)
                message = await _answered(line, list(messages), options, heard)
                return reply_of(message)
            except Exception as raised:
                trouble = line.trouble(raised)
                # what one call learned, another under way may have learned meanwhile
                if trouble.kind != "request" or not self._can_less(ability, str(trouble)):
                    raise trouble from None

    def _can_less(self, asked: Ability, words: str) -> bool:
        """Whether there is something left to leave out of what was asked, given why it was refused."""
        said = words.lower()
        if asked != self.ability:
            return True
        if asked.probabilities and "logprob" in said:
            self.ability = replace(asked, probabilities=False)
        elif asked.by == "json_schema" and any(word in said for word in _OF_FORMATS):
            self.ability = replace(asked, by="tool")
        return asked != self.ability

    def _learn(self, trouble: ModelTrouble, was_probe: bool) -> None:
        match trouble.kind:
            case "server" | "unreachable" | "timeout":
                self.circuit.failed(trouble.gist, was_probe)
            case "key" | "model":
                self.circuit.trip(trouble.gist)
            case "rate_limit":
                self.circuit.let_go(was_probe)
                self._left_alone_until = max(self._left_alone_until, monotonic() + (trouble.retry_after or 0.0))
            case _:
                self.circuit.let_go(was_probe)


_OF_FORMATS = ("response_format", "json_schema", "structured output", "guided")
"""Words by which servers say that they take no schema."""


def _options(line: Line, ability: Ability, schema: AnswerSchema, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    options: dict[str, Any] = {"logprobs": True} if ability.probabilities and schema.weighed else {}
    offered = list(tools)
    if ability.by == "json_schema":
        options |= line.told(schema)
    else:
        offered.append(schema.as_tool)
        named = {"type": "function", "function": {"name": schema.name}}
        options["tool_choice"] = "required" if tools else named
    return options | ({"tools": offered} if offered else {})


async def _answered(
    line: Line,
    messages: list[BaseMessage],
    options: Mapping[str, Any],
    heard: Callable[[str], None] | None,
) -> AIMessage:
    if heard is None:
        return await line.answered(messages, options)
    whole: AIMessageChunk | None = None
    async for chunk in line.model.astream(messages, **options):
        assert isinstance(chunk, AIMessageChunk)
        whole = chunk if whole is None else whole + chunk
        heard(_said(whole))
    if whole is None:
        raise ModelTrouble("server", "the model server ended its answer before it began")
    return whole


def _said(message: AIMessageChunk) -> str:
    """The text so far, or the arguments of the tool that stands for the answer."""
    return message.text or "".join(call["args"] or "" for call in message.tool_call_chunks)


@asynccontextmanager
async def closing(chats: Sequence[Chat]) -> AsyncIterator[None]:
    """Let go of the chats in the end."""
    async with AsyncExitStack() as stack:
        for chat in chats:
            stack.push_async_callback(chat.close)
        yield
