"""A mail server on loopback, in a thread, that keeps what was mailed and misbehaves as told."""

import asyncio
import socket
import ssl
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread
from types import TracebackType
from typing import Any, Literal, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Stage = Literal["connect", "recipient", "data", "content", "reply", "quit"]
"""``data``: the command, before any content. ``content``: in its middle. ``reply``: when all of it has come."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong in one connection to the mail server."""

    at: Stage
    does: str
    """``drop``, ``hang``, ``drip``, or the reply to give, such as ``451 later``."""
    only: str | None = None
    """The one recipient that it is about; None for all."""


ACCEPT = None
"""Nothing goes wrong."""
LOSE_REPLY = Mishap("reply", "drop")
"""The mail is accepted, and the connection ends before the sender is told."""
PUT_OFF = Mishap("recipient", "451 4.3.0 Try again later")
UNKNOWN_RECIPIENT = Mishap("recipient", "550 5.1.1 No such user")
DROP_AT_CONNECT = Mishap("connect", "drop")
HANG = Mishap("connect", "hang")


@dataclass(frozen=True, slots=True)
class Mailed:
    """One mail that was accepted."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes

    @property
    def id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])


class MailReceiver:
    """A mail server. Each connection takes the next mishap of the script; when none is left, ``then``."""

    def __init__(
        self,
        *script: Mishap | None,
        then: Mishap | None = ACCEPT,
        login: tuple[str, str] | None = None,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = deque(script)
        self.then = then
        self.mails: list[Mailed] = []
        self.attempts = 0
        """How many connections there were."""
        self.logins: list[tuple[str, str]] = []
        self._login = login
        self._tls = starttls
        self._scheme = "smtps" if tls else "smtp"
        self._controller = _Controller(self, tls, self._options())

    @property
    def url(self) -> str:
        """The server's URL up to its options, without user and password."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._controller.port

    @property
    def came(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(mail.id for mail in self.mails)

    def next(self) -> Mishap | None:
        """What goes wrong in the connection that begins now."""
        self.attempts += 1
        return self.script.popleft() if self.script else self.then

    def keep(self, envelope: Envelope) -> None:
        """Accept a mail."""
        raw = cast(bytes, envelope.content)
        message = message_from_bytes(raw, policy=policy.default)
        self.mails.append(Mailed(str(envelope.mail_from), tuple(map(str, envelope.rcpt_tos)), message, raw))

    def __enter__(self) -> Self:
        self._controller.start()
        self._controller.is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        self._controller.stop()

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"tls_context": self._tls}
        if self._login:
            options |= {"authenticator": self._authenticate, "auth_require_tls": False}
        return options

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
        given = cast(LoginPassword, data)
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=self.logins[-1] == self._login, handled=False)


class _Controller(Controller):
    """A controller that takes a free port, and hands each connection its mishap."""

    def __init__(self, receiver: MailReceiver, tls: ssl.SSLContext | None, options: dict[str, Any]) -> None:
        self.receiver = receiver
        self.options = options
        self.is_open = False
        self.connections: list[asyncio.BaseTransport] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        super().__init__(_Ear(receiver), hostname="127.0.0.1", port=port, ssl_context=tls, **options)

    def factory(self) -> Any:
        # The controller's own first connection, by which it sees that the server is there, is none of the script's.
        mishap = self.receiver.next() if self.is_open else None
        match mishap:
            case Mishap(at="connect", does=does):
                return _Rude(self.connections, does)
            case _:
                return _Clerk(self.connections, mishap, self.handler, **self.SMTP_kwargs)

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        """End every connection: the controller itself only ends its loop, and leaves them behind."""
        if self.server is not None:
            self.server.close()
        # A connection that was accepted just now gets its transport in the loop's next turns, and one that is ended
        # takes some of them to be closed.
        for _ in range(10):
            for connection in self.connections:
                cast(asyncio.Transport, connection).abort()
            await asyncio.sleep(0)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


class _Ear:
    """Accepts what was said to the end."""

    def __init__(self, receiver: MailReceiver) -> None:
        self._receiver = receiver

    async def handle_DATA(self, server: "_Clerk", session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd looks for this name
        reply = server.planned("reply")
        if reply in {None, "drop", "hang", "drip"} or str(reply).startswith("2"):
            self._receiver.keep(envelope)
        if await server.misbehaved("reply"):
            raise asyncio.CancelledError
        return "250 2.0.0 Accepted"


class _Clerk(SMTP):
    """The server's side of one connection."""

    def __init__(
        self, connections: list[asyncio.BaseTransport], mishap: Mishap | None, handler: Any, **options: Any
    ) -> None:
        self._connections = connections
        self._mishap = mishap
        super().__init__(handler, **options)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.append(transport)
        super().connection_made(transport)

    def planned(self, stage: Stage, about: str = "") -> str | None:
        """What goes wrong at this stage."""
        mishap = self._mishap
        if mishap is None or mishap.at != stage or (mishap.only or "") not in about:
            return None
        return mishap.does

    async def misbehaved(self, stage: Stage, about: str = "") -> bool:
        """Do what goes wrong at this stage; whether that was anything."""
        match self.planned(stage, about):
            case None:
                return False
            case "drop":
                assert self.transport is not None
                cast(asyncio.Transport, self.transport).abort()
                raise asyncio.CancelledError
            case "hang":
                await asyncio.sleep(3600)
            case "drip":
                while True:
                    self._writer.write(b"2")
                    await asyncio.sleep(0.02)
            case str(reply):
                await self.push(reply)
        return True

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd looks for this name
        await self._unless("recipient", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd looks for this name
        if self.planned("content"):
            await self.push("354 Go on")
            await self._reader.readline()
            await self.misbehaved("content")
        await self._unless("data", super().smtp_DATA, arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd looks for this name
        await self._unless("quit", super().smtp_QUIT, arg)

    async def _unless(self, stage: Stage, command: Callable[[str], Awaitable[None]], arg: str) -> None:
        if not await self.misbehaved(stage, str(arg)):
            await command(arg)


class _Rude(asyncio.Protocol):
    """A server that hangs up, or says nothing, or cannot come to an end."""

    def __init__(self, connections: list[asyncio.BaseTransport], does: str) -> None:
        self._connections = connections
        self._does = does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.append(transport)
        writing = cast(asyncio.Transport, transport)
        match self._does:
            case "drop":
                writing.abort()
            case "hang":
                pass
            case "drip":
                self._drip(writing)
            case reply:
                writing.write(f"{reply}\r\n".encode())
                writing.close()

    def _drip(self, writing: asyncio.Transport) -> None:
        if not writing.is_closing():
            writing.write(b"2")
            asyncio.get_running_loop().call_later(0.02, self._drip, writing)


@contextmanager
def speaking(*pieces: bytes) -> Iterator[str]:
    """The URL of a server that says these pieces, one for each thing that it is told, to one caller, and hangs up."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
                connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()
