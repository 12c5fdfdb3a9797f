"""A model that says what a script tells it to: for tests, demonstrations, and work without a network."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from state.errors import UsageError

TOKEN = 4
"""Characters: each token of a scripted model has so many, the last of a text perhaps fewer."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer in full: ``Said({"score": 0.8}, probability=0.6, tokens_in=900, tokens_out=20)``."""

    content: Mapping[str, Any] | str = ""
    """What is no text is said as JSON; where a tool has to be called, as its arguments."""
    tool_calls: tuple[ToolCall, ...] = ()
    """As LangChain has them: ``{"name": "look_up", "args": {"id": 7}, "id": "call_1"}``."""
    refusal: str | None = None
    """Why the model will not answer; found in ``additional_kwargs["refusal"]``."""
    finish_reason: Literal["stop", "length"] = "stop"
    """``length``: the model ran out of tokens. The content is said as it is; cut it yourself."""
    probability: float | None = None
    """Of each token, above 0 and up to 1, told where ``logprobs`` are asked for; None where the model tells none."""
    tokens_in: int | None = None
    """Tokens of the prompt; None where the model does not tell what it used."""
    tokens_out: int = 0
    """Tokens of the answer."""
    tokens_cached: int = 0
    """Tokens of the prompt that came from a cache; they are part of ``tokens_in``."""
    after: float = 0.0
    """Seconds before the first word."""


Step = Mapping[str, Any] | str | Exception | Said
"""What comes of one call: an answer in JSON, a text, an error that is raised, or an answer in full."""

Script = Sequence[Step] | Callable[[list[BaseMessage], dict[str, Any]], Step]
"""One step for each call, in order; or a function of the messages and of what was bound, such as ``tools``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a model."""

    messages: tuple[BaseMessage, ...]
    kwargs: Mapping[str, Any]
    """What was bound or given along: ``response_format``, ``tools``, ``tool_choice``, ``logprobs``, ``stop``."""


class ScriptedModel(BaseChatModel):
    """A chat model that answers from a script, fails on cue, and keeps what it was asked.

    >>> from langchain_core.messages import AIMessage
    >>> model = ScriptedModel([{"score": 0.8}, TimeoutError("too slow"), Said("No.", after=0.1)])
    >>> model.invoke("How good is this lead?").text
    '{"score": 0.8}'
    >>> model.calls[0].messages[0].text
    'How good is this lead?'

    A call more than the script has steps raises ``UsageError``. With ``tools`` and a ``tool_choice`` that names one
    of them bound, a step that is a mapping is said as a call of that tool.
    """

    _script: Script = PrivateAttr()
    _calls: list[Asked] = PrivateAttr(default_factory=list)
    _at_once: int = PrivateAttr(default=0)
    _most_at_once: int = PrivateAttr(default=0)

    def __init__(self, script: Script, **options: Any) -> None:
        """``options`` are those of any chat model of LangChain, such as ``callbacks``."""
        super().__init__(**options)
        self._script = script

    @property
    def calls(self) -> list[Asked]:
        """What it was asked, in order."""
        return self._calls

    @property
    def most_at_once(self) -> int:
        """The most calls that were under way at the same time."""
        return self._most_at_once

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(self._agenerate(messages, stop, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._counted():
            asked = self._asked(messages, stop, kwargs)
            said = await self._next(asked)
            return generate_from_stream(_chunks(said, asked, tokens=10**9))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with self._counted():
            asked = self._asked(messages, stop, kwargs)
            for chunk in _chunks(await self._next(asked), asked, tokens=1):
                if run_manager is not None:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    def _asked(self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]) -> Asked:
        asked = Asked(tuple(messages), {**kwargs, "stop": stop} if stop else kwargs)
        self._calls.append(asked)
        return asked

    async def _next(self, asked: Asked) -> Said:
        step = self._step(asked, len(self._calls))
        match step:
            case Exception():
                raise step
            case Said():
                await asyncio.sleep(step.after)
                return step
            case _:
                return Said(step)

    def _step(self, asked: Asked, number: int) -> Step:
        if callable(self._script):
            return self._script(list(asked.messages), dict(asked.kwargs))
        if number > len(self._script):
            raise UsageError(
                f"The script of this ScriptedModel has {len(self._script)} steps, and this is call {number}. "
                "Give it a step for each call, or a function."
            )
        return self._script[number - 1]

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._at_once += 1
        self._most_at_once = max(self._most_at_once, self._at_once)
        try:
            yield
        finally:
            self._at_once -= 1


def _chunks(said: Said, asked: Asked, tokens: int) -> Iterator[ChatGenerationChunk]:
    """What is said, in chunks of so many tokens, and in the last one how it ended."""
    content, calls = said.content, said.tool_calls
    tool = _demanded(asked.kwargs)
    if tool and not isinstance(content, str):
        calls = (*calls, ToolCall(name=tool, args=dict(content), id=f"call_{len(calls) + 1}"))
        content = ""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    told = said.probability if asked.kwargs.get("logprobs") else None
    for part in _parts(text, tokens):
        info = None if told is None else {"logprobs": {"content": _logprobs(part, told), "refusal": None}}
        yield ChatGenerationChunk(message=AIMessageChunk(content=part), generation_info=info)
    for index, call in enumerate(calls):
        yield from _called(index, call, tokens)
    yield _end(said, finish="tool_calls" if said.tool_calls and not tool else said.finish_reason)


def _parts(text: str, tokens: int) -> Iterator[str]:
    size = TOKEN * tokens
    return (text[start : start + size] for start in range(0, len(text), size))


def _called(index: int, call: ToolCall, tokens: int) -> Iterator[ChatGenerationChunk]:
    first = tool_call_chunk(name=call["name"], args="", id=call["id"], index=index)
    rest = (tool_call_chunk(args=part, index=index) for part in _parts(json.dumps(call["args"]), tokens))
    for chunk in (first, *rest):
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[chunk]))


def _end(said: Said, finish: str) -> ChatGenerationChunk:
    message = AIMessageChunk(
        content="",
        additional_kwargs={} if said.refusal is None else {"refusal": said.refusal},
        usage_metadata=_usage(said),
        chunk_position="last",
    )
    return ChatGenerationChunk(message=message, generation_info={"finish_reason": finish, "model_name": "scripted"})


def _usage(said: Said) -> UsageMetadata | None:
    if said.tokens_in is None:
        return None
    return UsageMetadata(
        input_tokens=said.tokens_in,
        output_tokens=said.tokens_out,
        total_tokens=said.tokens_in + said.tokens_out,
        input_token_details=InputTokenDetails(cache_read=said.tokens_cached),
    )


def _logprobs(text: str, probability: float) -> list[dict[str, Any]]:
    """The tokens of a text, in OpenAI's format."""
    return [
        {"token": token, "logprob": log(probability), "bytes": list(token.encode()), "top_logprobs": []}
        for token in _parts(text, tokens=1)
    ]


def _demanded(kwargs: Mapping[str, Any]) -> str | None:
    """The name of the tool that has to be called."""
    names = [tool["function"]["name"] for tool in kwargs.get("tools") or () if "function" in tool]
    match kwargs.get("tool_choice"):
        case {"function": {"name": str(name)}} if name in names:
            return name
        case str(name) if name in names:
            return name
        case "required" | "any" if names:
            return str(names[0])
        case _:
            return None
