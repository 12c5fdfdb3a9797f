"""The bodies that a model server sends, in OpenAI's format."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import log
from typing import Any, Literal

from tests.support.model_chat import Call, ChatRequest, Failure, Reply
from tests.support.model_tokens import pieces, tokens

AT_A_TIME = 4
"""Tokens in one event of a stream."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request."""

    taken: int
    cached: int
    """Of those taken."""
    said: int

    def body(self) -> Body:
        """As it is sent."""
        return {
            "prompt_tokens": self.taken,
            "completion_tokens": self.said,
            "total_tokens": self.taken + self.said,
            "prompt_tokens_details": {"cached_tokens": self.cached},
        }


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said in the end, cut where it has to be."""

    text: str = ""
    kind: Literal["content", "refusal"] = "content"
    calls: tuple[tuple[str, str], ...] = ()
    """Names and arguments."""
    finish: str = "stop"

    @property
    def tokens(self) -> int:
        """How many it has."""
        return tokens(self.text) + sum(tokens(name) + tokens(arguments) for name, arguments in self.calls)


def spoken(request: ChatRequest, reply: Reply) -> Spoken:
    """What is said of a reply, which ``finish`` and the request's limit may cut."""
    whole = _whole(request, reply)
    shares = [_cut(text, reply, request.limit) for text in (whole.text, *(each for _, each in whole.calls))]
    calls = tuple((name, share) for (name, _), share in zip(whole.calls, shares[1:], strict=True))
    cut = replace(whole, text=shares[0], calls=calls)
    if reply.finish == "stop" and cut != whole:
        return replace(cut, finish="length")
    return cut


def _whole(request: ChatRequest, reply: Reply) -> Spoken:
    calls, content, finish = reply.calls, reply.content, reply.finish
    if request.tool and content is not None and not isinstance(content, str):
        calls, content = (*calls, Call(request.tool, content)), None
    told = tuple((call.name, _json(call.arguments)) for call in calls)
    if told and not request.tool and finish == "stop":
        return Spoken(_json(content), calls=told, finish="tool_calls")
    if reply.refusal is not None:
        return Spoken(reply.refusal, kind="refusal", calls=told, finish=finish)
    return Spoken(_json(content), calls=told, finish=finish)


def _json(value: Any) -> str:
    match value:
        case None:
            return ""
        case str(text):
            return text
        case _:
            return json.dumps(value, ensure_ascii=False)


def _cut(text: str, reply: Reply, limit: int | None) -> str:
    if reply.finish == "stop" and limit is None:
        return text
    parts = pieces(text)
    most = len(parts) if reply.finish == "stop" else len(parts) // 2
    return "".join(parts[: most if limit is None else min(most, limit)])


def completion(number: int, model: str, said: Spoken, usage: Usage, probability: float | None) -> Body:
    """A whole answer."""
    calls = [_call(number, index, name, arguments) for index, (name, arguments) in enumerate(said.calls)]
    message: Body = {"role": "assistant", "content": None, "refusal": None}
    if said.text or not calls:
        message[said.kind] = said.text
    if calls:
        message["tool_calls"] = calls
    choice = {
        "index": 0,
        "message": message,
        "logprobs": _logprobs(said, pieces(said.text), probability),
        "finish_reason": said.finish,
    }
    return {**_head(number, model, "chat.completion"), "choices": [choice], "usage": usage.body()}


def chunks(number: int, model: str, said: Spoken, usage: Usage | None, probability: float | None) -> Iterator[Body]:
    """The same as a stream; with the usage at its end where it is given."""
    head = {**_head(number, model, "chat.completion.chunk"), **({"usage": None} if usage else {})}

    def chunk(delta: Body, logprobs: Body | None = None, finish: str | None = None) -> Body:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return {**head, "choices": [choice]}

    yield chunk({"role": "assistant", "content": None if said.calls else "", "refusal": None})
    for part in _batches(said.text):
        yield chunk({said.kind: "".join(part)}, _logprobs(said, part, probability))
    for index, (name, arguments) in enumerate(said.calls):
        yield chunk({"tool_calls": [{"index": index, **_call(number, index, name, "")}]})
        for part in _batches(arguments):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": "".join(part)}}]})
    yield chunk({}, finish=said.finish)
    if usage:
        yield {**head, "choices": [], "usage": usage.body()}


def _batches(text: str) -> Iterator[list[str]]:
    parts = pieces(text)
    for start in range(0, len(parts), AT_A_TIME):
        yield parts[start : start + AT_A_TIME]


def _head(number: int, model: str, kind: str) -> Body:
    return {
        "id": f"chatcmpl-{number}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
        "system_fingerprint": "fp_roundhouse",
    }


def _call(number: int, index: int, name: str, arguments: str) -> Body:
    return {
        "id": f"call_{number}_{index}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _logprobs(said: Spoken, parts: list[str], probability: float | None) -> Body | None:
    """Those of text: arguments of tools have none."""
    if probability is None or said.calls:
        return None
    logprob = log(probability)
    told = [
        {"token": part, "logprob": logprob, "bytes": list(part.encode("utf-8", "surrogatepass")), "top_logprobs": []}
        for part in parts
    ]
    return {"content": None, "refusal": None} | {said.kind: told}


def failure(failed: Failure, param: str | None = None) -> Body:
    """An error."""
    return {"error": {"message": failed.message, "type": _kind(failed.status), "param": param, "code": failed.code}}


def _kind(status: int) -> str:
    match status:
        case 429:
            return "requests"
        case _ if status >= 500:
            return "server_error"
        case _:
            return "invalid_request_error"


def listing(model: str) -> Body:
    """A model, in the list of models."""
    return {"id": model, "object": "model", "created": 1_767_225_600, "owned_by": "roundhouse"}
