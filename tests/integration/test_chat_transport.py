"""What a server of models sends back is bounded: in size, in time, and not packed."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from langchain_core.messages import HumanMessage

from agents.brief import Brief
from agents.chat.schema import answer_schema, filled_type
from agents.model import chat_model
from state.errors import ModelTrouble
from tests.support.leads import Score

SCHEMA = answer_schema(filled_type(Score, Brief("")))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
Send = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def sending(send: Send) -> AsyncIterator[str]:
    """The address of a server that answers everything so."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await send(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def trouble(send: Send, timeout: float = 30.0) -> ModelTrouble:
    async with sending(send) as url:
        chat = chat_model("m", base_url=url, timeout=timeout)
        with pytest.raises(ModelTrouble) as raised:
            await chat.ask([HumanMessage("a")], SCHEMA)
        await chat.close()
        return raised.value


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD + b"\r\n")
        while sent < 200_000_000:
            writer.write(b" " * 100_000)
            sent += 100_000
            await writer.drain()

    assert (await trouble(endless)).kind in ("unreachable", "server")
    assert sent < 50_000_000


async def test_a_packed_body_is_not_unpacked() -> None:
    async def packed(writer: asyncio.StreamWriter) -> None:
        body = gzip.compress(json.dumps({"choices": []}).encode())
        writer.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    assert (await trouble(packed)).kind in ("unreachable", "server")


async def test_a_call_takes_no_longer_than_it_may_however_slowly_a_server_speaks() -> None:
    async def drips(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    found = await trouble(drips, timeout=0.3)
    assert (found.kind, "did not answer within 0.3 s" in str(found)) == ("timeout", True)
