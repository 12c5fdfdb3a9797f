"""The server: listens, and ends when it is told to, once what it has begun to answer is answered."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from runtime.channels.address import is_loopback
from runtime.channels.words import why
from state.errors import UsageError

GRACE = 10
"""Seconds in which requests may be answered that came before the end."""

BACKLOG = 1024
"""Connections that may wait to be accepted."""


class _Server(uvicorn.Server):
    """Is told to end by the loop, and does not tell the process again: there is more to close."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Listen to both signals meanwhile, in the one thread that can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def refuse_open(host: str, has_keys: bool) -> None:
    """Raise ``UsageError`` where anybody on the network could ask."""
    if not has_keys and not is_loopback(host):
        raise UsageError(
            f"Host {host!r} can be reached by others, and no API keys are set. "
            """Set ROUNDHOUSE_API_KEYS='{"NAME": "SECRET"}', or serve on 127.0.0.1."""
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ``UsageError`` where that cannot be."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise UsageError(
            f"Nobody can listen on {host!r}, port {port}: {why(error)}. Use another --host or --port."
        ) from None


async def serve(app: ASGIApp, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer requests until SIGINT or SIGTERM. ``ready`` is called when the first can come."""
    ready()
    await server_of(app).serve([listener])


def server_of(app: ASGIApp) -> uvicorn.Server:
    """The server of an application, which ends when its ``should_exit`` is set."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    return _Server(config)
