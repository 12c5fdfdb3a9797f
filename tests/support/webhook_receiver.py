"""A web server on loopback, in a thread, that keeps what was posted and misbehaves as told."""

import socket
import ssl
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Literal, Self


@dataclass(frozen=True, slots=True)
class Answer:
    """The web server answers; with a status under 300 it has processed the parcel."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = 0.0
    """Seconds that it takes."""


@dataclass(frozen=True, slots=True)
class Misbehave:
    """The web server processes the parcel, and the sender does not get to know."""

    how: Literal["drop", "hang", "drip head", "drip body"]
    """``drop``: the connection. ``hang``: without a word. ``drip``: a byte at a time, for ever."""


Reaction = Answer | Misbehave


@dataclass(frozen=True, slots=True)
class Posted:
    """One request."""

    key: str
    body: bytes
    headers: Mapping[str, str]
    """The names in small letters."""


class WebhookReceiver:
    """A web server that knows parcels by their idempotency keys.

    Each request takes the next reaction of the script; when none is left, ``then``.
    """

    def __init__(self, *script: Reaction, then: Reaction = Answer(), tls: ssl.SSLContext | None = None) -> None:
        self.script = deque(script)
        self.then = then
        self.requests: list[Posted] = []
        self.processed: dict[str, bytes] = {}
        """What was done, by key: the body that came first."""
        self.stopping = Event()
        self._lock = Lock()
        self._server = _Server(self, tls)
        self._scheme = "https" if tls else "http"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Where parcels are posted to."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/parcels"

    @property
    def came(self) -> Counter[str]:
        """How often each key came."""
        return Counter(request.key for request in self.requests)

    def take(self, request: Posted) -> Reaction:
        """Keep a request, and say how to react to it."""
        with self._lock:
            self.requests.append(request)
            reaction = self.script.popleft() if self.script else self.then
            if isinstance(reaction, Misbehave) or reaction.status < 300:
                self.processed.setdefault(request.key, request.body)
        return reaction

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, receiver: WebhookReceiver, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Reception)
        self.receiver = receiver
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that went away is no news."""


class _Reception(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        match self.server.receiver.take(Posted(headers.get("idempotency-key", ""), body, headers)):
            case Answer() as answer:
                self._answer(answer)
            case Misbehave(how="drop"):
                self._drop()
            case Misbehave(how="hang"):
                self._stopping.wait()
                self._drop()
            case Misbehave(how="drip head"):
                self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            case Misbehave():
                self._drip(b"HTTP/1.1 422 No\r\nContent-Length: 100000\r\n\r\n")

    @property
    def _stopping(self) -> Event:
        return self.server.receiver.stopping

    def _answer(self, answer: Answer) -> None:
        self._stopping.wait(answer.after)
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _drip(self, beginning: bytes) -> None:
        self.close_connection = True
        self.wfile.write(beginning)
        while not self._stopping.wait(0.02):
            self.wfile.write(b"x")

    def log_message(self, *said: object, **more: object) -> None:
        """Nothing is printed."""
