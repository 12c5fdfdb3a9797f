"""A model server in a thread of its own, for tests that have no event loop of theirs."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from runtime.settings import Settings
from tests.support.model_server import ModelServer


@contextmanager
def serving_model(server: ModelServer) -> Iterator[ModelServer]:
    """The server, open meanwhile."""
    loop, opened, end = asyncio.new_event_loop(), Future[None](), asyncio.Event()

    async def live() -> None:
        async with server:
            opened.set_result(None)
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),), name="model server", daemon=True)
    thread.start()
    try:
        opened.result(10)
        yield server
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()


def environment(server: ModelServer, seats: str | None = None) -> dict[str, str]:
    """What lets a process call that server's model; with ``seats``, who takes them all."""
    called = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.key or ""}
    return called | ({"ROUNDHOUSE_MODEL": seats} if seats else {})


def calling(server: ModelServer, **given: object) -> Settings:
    """Settings that let that server's model take every seat."""
    called = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.key, "model": server.model}
    return Settings.model_validate({**called, **given})
