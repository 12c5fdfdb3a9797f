"""The guard before every request: who it is from, that it is meant for this machine, and that its body is of a size.

It stands outside of everything else, so that nothing of a request is read before its key is known, and whatever goes
wrong behind it is answered as a problem. The log gets one line a request, with nothing of what was in it.
"""

import asyncio
import logging
import re
import time
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.channels.address import is_loopback
from runtime.service.keys import Keys
from runtime.service.problem import Refusal, answered, defect

logger = logging.getLogger(__name__)

LARGEST = 1_000_000
"""Bytes of a body at most."""

PATIENCE = 20.0
"""Seconds in which a body must have come."""

_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?")

OPEN = frozenset({"/health", "/openapi.json"})
"""The paths that need no key: they tell nothing of any run."""


class Guard:
    """Lets requests through to an application."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        passing = _Passing(send)
        began = time.monotonic()
        try:
            caller = self._admitted(scope)
            scope.setdefault("state", {})["caller"] = caller
            await self._app(scope, await _with_body(scope, receive), passing)
        except Refusal as refused:
            await answered(refused.problem, refused.headers)(scope, receive, passing)
        except Exception as raised:
            logger.error("%s %s raised %s at %s", scope["method"], _path(scope), type(raised).__name__, _where(raised))
            if not passing.begun:
                await answered(defect())(scope, receive, passing)
        finally:
            taken = 1000 * (time.monotonic() - began)
            logger.info("%s %s %s in %.0f ms", scope["method"], _path(scope), passing.status, taken)

    def _admitted(self, scope: Scope) -> str | None:
        """Who the request is from. Raises ``Refusal``."""
        headers = Headers(scope=scope)
        if not self._keys and not is_loopback(_host(headers.get("host", ""))):
            # a page of somebody else's that a browser here shows can have its name lead to this machine
            raise Refusal(421, "misdirected", "Without API keys only requests to 127.0.0.1 or localhost are answered.")
        caller = self._keys.caller(headers.get("authorization", "").encode("latin-1"))
        if caller is None and scope["path"] not in OPEN:
            detail = "Send the header 'Authorization: Bearer KEY' with one of the keys of ROUNDHOUSE_API_KEYS."
            raise Refusal(401, "unauthorized", detail, WWW_Authenticate="Bearer")
        return caller


class _Passing:
    """Passes an answer on, with headers that keep it out of caches, and keeps its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False
        self.status: int | str = "cut off"

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
            more = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await self._send(message)


async def _with_body(scope: Scope, receive: Receive) -> Receive:
    """The same request with its body read, as far as that may be long. Raises ``Refusal``."""
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(scope, receive)
    except TimeoutError:
        raise Refusal(408, "too-slow", f"The body did not come within {PATIENCE:g} seconds.") from None
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


async def _body(scope: Scope, receive: Receive) -> bytes:
    refusal = Refusal(413, "too-large", f"A body may have {LARGEST:,} bytes.")
    length = Headers(scope=scope).get("content-length", "0")
    if length.isdigit() and int(length[:20]) > LARGEST:
        raise refusal
    body, is_open = bytearray(), True
    while is_open:
        message: dict[str, Any] = dict(await receive())
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        is_open = message.get("more_body", False)
        if len(body) > LARGEST:
            raise refusal
    return bytes(body)


def _host(header: str) -> str:
    """The host without its port; empty for a header that is not just the two."""
    found = _HOST.fullmatch(header)
    return found["v6"] or found["name"] if found else ""


def _path(scope: Scope) -> str:
    """The path as it came, in which nothing can begin a line."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    return ascii(raw[:200].decode("latin-1"))[1:-1]


def _where(raised: BaseException) -> str:
    """The place in the code, without the values that a traceback may tell."""
    at = raised.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at else "an unknown place"
