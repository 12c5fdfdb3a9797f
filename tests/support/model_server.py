"""A model server on loopback that speaks OpenAI's protocol, counts what it is asked, and misbehaves as told.

In a process of its own, with its counts at ``/counts``::

    python -m tests.support.model_server --port 8099 --model roundhouse-test --key KEY --latency 0.02
"""

import asyncio
import json
import sys
from argparse import ArgumentParser
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Literal, Self, get_args
from urllib.parse import unquote

from tests.support.model_body import Spoken, Usage, chunks, completion, failure, listing, spoken
from tests.support.model_chat import Answer, Answering, Call, ChatRequest, Failure, Mishap, Reply
from tests.support.model_http import Asked, Events, Response, parts, read, whole
from tests.support.model_ideal import ideal
from tests.support.model_tokens import Prefixes, tokens

__all__ = ["Call", "ChatRequest", "Failure", "Mishap", "ModelServer", "Quirk", "Reply", "ideal", "tokens"]

Quirk = Literal["rejects response_format", "rejects logprobs", "ignores logprobs", "no models"]
"""What the server cannot do.

``rejects ...``: it answers 400 to requests with that. ``ignores logprobs``: it answers without them. ``no models``: it
has no ``/models``.
"""


class ModelServer:
    """A server, open as long as its context is::

    async with ModelServer() as server:
        model = ChatOpenAI(model=server.model, base_url=server.url, api_key=server.key)
    """

    def __init__(
        self,
        answer: Answering = ideal,
        *,
        models: Sequence[str] = ("roundhouse-test",),
        key: str | None = "test-key",
        latency: float = 0.0,
        pace: float = 0.0,
        quirks: Collection[Quirk] = (),
        port: int = 0,
        keep: Literal["requests", "counts"] = "requests",
    ) -> None:
        self.answer = answer
        """May be changed at any time."""
        self.models = tuple(models)
        self.key = key
        """None: every key will do, and none."""
        self.latency = latency
        """Seconds before each answer."""
        self.pace = pace
        """Seconds after each event of a stream."""
        self.quirks = frozenset(quirks)
        self._port = port
        self._keep = keep
        self._connections: set[asyncio.Task[None]] = set()
        self._at_once = 0
        self.reset()

    def reset(self) -> None:
        """Forget all that was counted, and all prompts."""
        self.calls = 0
        """Completions that were asked for, whatever came of them."""
        self.tokens_in = 0
        """Tokens of the prompts that were answered."""
        self.tokens_cached = 0
        """Of those, the ones from the prefix cache."""
        self.tokens_out = 0
        self.most_at_once = self._at_once
        self.requests: list[ChatRequest] = []
        """Empty where only counts are kept."""
        self._prefixes = Prefixes()

    @property
    def model(self) -> str:
        """The name of its first model."""
        return self.models[0]

    @property
    def root(self) -> str:
        """Where ``/counts`` is."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """What a client takes as its base URL."""
        return f"{self.root}/v1"

    @property
    def counts(self) -> dict[str, int]:
        """What was counted, as ``/counts`` tells it."""
        names = ("calls", "tokens_in", "tokens_cached", "tokens_out", "most_at_once")
        return {name: getattr(self, name) for name in names}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port, backlog=1024)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def forever(self) -> None:
        """Serve until cancelled."""
        await self._server.serve_forever()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing() and (asked := await read(reader)) is not None:
                await self._respond(asked, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _respond(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match asked.method, asked.path:
            case "GET", "/counts":
                writer.write(whole(Response(200, self.counts)))
            case "POST", "/counts/reset":
                self.reset()
                writer.write(whole(Response(200, self.counts)))
            case _ if self.key is not None and asked.headers.get("authorization") != f"Bearer {self.key}":
                writer.write(whole(_failed(Failure(401, "invalid_api_key", "Incorrect API key provided."))))
            case "POST", "/v1/chat/completions":
                await self._chat(asked, reader, writer)
            case method, path:
                writer.write(whole(self._listed(method, path)))
        await writer.drain()

    def _listed(self, method: str, path: str) -> Response:
        name = unquote(path.removeprefix("/v1/models/"))
        match method, path:
            case "GET", str() if "no models" in self.quirks:
                pass
            case "GET", "/v1/models":
                return Response(200, {"object": "list", "data": [listing(model) for model in self.models]})
            case "GET", str() if name in self.models:
                return Response(200, listing(name))
            case "GET", str() if name != path:
                return _failed(_unknown(name))
        return _failed(Failure(404, "unknown_url", f"Unknown request URL: {method} {path}."))

    async def _chat(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._counted() as number:
            try:
                request = ChatRequest.of(json.loads(asked.body))
            except ValueError as unreadable:
                writer.write(whole(_failed(Failure(400, None, str(unreadable)))))
                return
            answer = self._answered(request)
            if wait := self.latency + answer.delay:
                await asyncio.sleep(wait)
            match answer:
                case Reply():
                    for part in self._said(number, request, answer):
                        writer.write(part)
                        await writer.drain()
                        if request.body.get("stream"):
                            await asyncio.sleep(self.pace)
                case Failure():
                    writer.write(whole(_failed(answer)))
                case Mishap(how="hang"):
                    await reader.read()
                case Mishap(how="disconnect"):
                    writer.close()
                case Mishap(reply=begun):
                    writer.write(_beginning(self._said(number, request, begun)))
                    writer.close()

    def _answered(self, request: ChatRequest) -> Answer:
        if self._keep == "requests":
            self.requests.append(request)
        try:
            return self._refused(request) or self.answer(request)
        except Exception as raised:
            return Failure(500, None, f"The server's answer raised {raised!r}.")

    @contextmanager
    def _counted(self) -> Iterator[int]:
        self.calls += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield self.calls
        finally:
            self._at_once -= 1

    def _refused(self, request: ChatRequest) -> Failure | None:
        """Why the request is not answered."""
        if request.model not in self.models:
            return _unknown(request.model)
        for name in ("response_format", "logprobs"):
            if request.body.get(name) and f"rejects {name}" in self.quirks:
                return Failure(400, "unsupported_parameter", f"{name} is not supported")
        return None

    def _said(self, number: int, request: ChatRequest, reply: Reply) -> Iterator[bytes]:
        """A reply as it is sent."""
        said = spoken(request, reply)
        usage = self._used(request, said)
        tells = request.body.get("logprobs") and "ignores logprobs" not in self.quirks
        probability = reply.probability if tells else None
        if not request.body.get("stream"):
            body = completion(number, request.model, said, usage, probability)
            return iter([whole(Response(200, body, {"x-request-id": f"req_{number}"}))])
        wants_usage = (request.body.get("stream_options") or {}).get("include_usage")
        told = usage if wants_usage else None
        return parts(Events(chunks(number, request.model, said, told, probability)))

    def _used(self, request: ChatRequest, said: Spoken) -> Usage:
        taken, cached = self._prefixes.take(request.model, request.prompt)
        usage = Usage(taken, cached, said.tokens)
        self.tokens_in += usage.taken
        self.tokens_cached += usage.cached
        self.tokens_out += usage.said
        return usage


def _unknown(model: str) -> Failure:
    return Failure(404, "model_not_found", f"The model {model!r} does not exist or you do not have access to it.")


def _failed(failed: Failure) -> Response:
    return Response(failed.status, failure(failed), failed.headers)


def _beginning(parts: Iterator[bytes]) -> bytes:
    """The first half of an answer."""
    said = b"".join(parts)
    return said[: len(said) // 2]


async def _serve(server: ModelServer) -> None:
    async with server:
        print(server.url, flush=True)
        await server.forever()


def main() -> None:
    """Serve until interrupted."""
    parser = ArgumentParser(description="A model server for tests and benchmarks, on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--model", action="append", help="a name to serve; may be repeated")
    parser.add_argument("--key", help="the key that clients have to give; without it, none is needed")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds after each event of a stream")
    parser.add_argument("--quirk", action="append", choices=get_args(Quirk), default=[], help="what it cannot do")
    given = parser.parse_args()
    server = ModelServer(
        models=given.model or ("roundhouse-test",),
        key=given.key,
        latency=given.latency,
        pace=given.pace,
        quirks=given.quirk,
        port=given.port,
        keep="counts",
    )
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(server))
    except OSError as taken:
        sys.exit(f"Port {given.port} cannot be listened on ({taken.strerror}). Give another with --port.")


if __name__ == "__main__":
    main()
