"""The model server of the tests, in a process of its own on loopback, so that it takes no time from who is measured."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

MODEL = "roundhouse-test"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    url: str
    """What a client takes as its base URL."""
    latency: float
    """Seconds before each answer."""
    client: httpx2.AsyncClient

    async def reset(self) -> None:
        """Forget all that was counted."""
        (await self.client.post("/counts/reset")).raise_for_status()

    async def counts(self) -> dict[str, int]:
        """What was counted since."""
        told: dict[str, int] = (await self.client.get("/counts")).json()
        return told


@asynccontextmanager
async def served(latency: float = 0.0) -> AsyncIterator[Served]:
    """A server while the context is open."""
    told = ["--port", "0", "--model", MODEL, "--latency", str(latency)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.model_server", *told, stdout=PIPE
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        async with httpx2.AsyncClient(base_url=url.removesuffix("/v1"), limits=httpx2.Limits(), timeout=60.0) as client:
            yield Served(url, latency, client)
    finally:
        process.kill()
        await process.wait()
