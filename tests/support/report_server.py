"""A JSON API on this machine, as good or bad as a test wants it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Writing = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes what it likes, and the connection is closed after it."""


@dataclass
class Answer:
    """An answer of HTTP."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def written(self) -> bytes:
        given = {"Content-Length": str(len(self.body)), "Connection": "close", **self.headers}
        lines = [f"HTTP/1.1 {self.status} Said", *(f"{name}: {value}" for name, value in given.items() if value)]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass
class Api:
    """What it answers with by path and query, and what it was asked."""

    port: int
    answers: dict[str, Answer | Writing] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says(self, path: str, value: object, **headers: str) -> None:
        self.answers[path] = Answer(json.dumps(value).encode(), headers=headers)


@asynccontextmanager
async def serving() -> AsyncIterator[Api]:
    """An API on a free port."""
    apis: list[Api] = []
    open_ones: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(answer(reader, writer))
        open_ones.add(task)
        await asyncio.wait([task])
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        [api] = apis
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split(" ")[1]
            api.asked.append(path)
            api.headers.append({line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:-2]})
            match api.answers.get(path, Answer(status=404)):
                case Answer() as found:
                    writer.write(found.written())
                    await writer.drain()
                case write:
                    await write(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    apis.append(Api(server.sockets[0].getsockname()[1]))
    yield apis[0]
    server.close()
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)
    await asyncio.sleep(0)
