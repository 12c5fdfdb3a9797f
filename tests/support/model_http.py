"""As much of HTTP/1.1 as a model server needs: requests with a length, and answers in one piece or in chunks."""

import json
from asyncio import IncompleteReadError, StreamReader
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import responses
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    """The names in small letters."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer in one piece."""

    status: int
    body: Any
    """Sent as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Events:
    """An answer as a stream of server-sent events."""

    bodies: Iterable[Any]
    """Each sent as JSON."""


async def read(reader: StreamReader) -> Asked | None:
    """The next request of a connection; None when the client has ended it."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except IncompleteReadError:
        return None
    line, *lines = head[:-4].split("\r\n")
    method, path, _ = line.split(" ", 2)
    pairs = (each.partition(":") for each in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path.partition("?")[0], headers, body)


def whole(response: Response) -> bytes:
    """An answer in one piece, as it is sent."""
    body = json.dumps(response.body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **response.headers}
    return _head(response.status, headers) + body


def parts(events: Events) -> Iterator[bytes]:
    """A stream of events, as it is sent."""
    yield _head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
    for body in events.bodies:
        yield _event(json.dumps(body))
    yield _event("[DONE]") + b"0\r\n\r\n"


def _event(data: str) -> bytes:
    event = f"data: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(event), event)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {responses.get(status, 'Other')}\r\n{lines}\r\n".encode("latin-1")
