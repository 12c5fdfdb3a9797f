"""The service over the triage workflow, asked in process: everything that is real but the wire."""

import asyncio
import multiprocessing
import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from graphs.catalogue import Catalogue, Entry
from runtime.channels.channel import Channel
from runtime.roundhouse import Roundhouse
from runtime.service.keys import Keys
from runtime.service.offered import Offered
from runtime.service.service import Service
from tests.support.command import PRELOADED, give
from tests.support.receivers import wait_until
from tests.support.triage import triage

CATALOGUE = Catalogue({"triage": Entry(lambda profile: triage)})
KEYS = {"crm": SecretStr("a-secret"), "desk": SecretStr("another-secret")}
CRM = {"Authorization": "Bearer a-secret"}

LEAD: dict[str, Any] = {
    "lead_id": "L-1",
    "company": "Kelnova Tools",
    "country": "CH",
    "industry": "machinery",
    "contact_role": "assistant",
    "channel": "trade fair",
    "product": "planning",
    "employees": 19,
    "budget": 27.9,
    "visits": 0,
    "days_since_contact": 999,
    "previous_outcome": "none",
    "month": "jan",
    "sector_growth": -1.1,
    "business_climate": 103.0,
    "lending_rate": 1.2,
    "insolvencies": 46,
    "open_vacancies": 3,
}
"""A case of the leads workflow as it is shipped."""


def ticket(trouble: str = "", case: str = "t1") -> dict[str, Any]:
    """A request to start a case."""
    return {"case": {"id": case, "text": "printer hums", "trouble": trouble}}


def service_of(
    roundhouse: Roundhouse, keys: Mapping[str, SecretStr] = KEYS, *, is_queued: bool = False, notifies: bool = False
) -> Service:
    """The service over an open Roundhouse."""
    return Service(
        roundhouse=roundhouse,
        offered=Offered(CATALOGUE),
        keys=Keys(keys, "ann"),
        at_once=4,
        is_queued=is_queued,
        notifies=notifies,
    )


def client_of(service: Service, headers: Mapping[str, str] = CRM) -> httpx.AsyncClient:
    """A client that asks in process."""
    transport = httpx.ASGITransport(service.app)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)


@asynccontextmanager
async def serving(
    url: str,
    keys: Mapping[str, SecretStr] = KEYS,
    channels: Mapping[str, Channel] | None = None,
    *,
    is_queued: bool = False,
    notifies: bool = False,
) -> AsyncIterator[tuple[Roundhouse, httpx.AsyncClient]]:
    """An open Roundhouse and a client of its service, which drives meanwhile."""
    async with Roundhouse.open(url, CATALOGUE, channels) as roundhouse:
        service = service_of(roundhouse, keys, is_queued=is_queued, notifies=notifies)
        async with service.driving.open(), client_of(service) as client:
            yield roundhouse, client


async def started(client: httpx.AsyncClient, key: str = "k1", trouble: str = "") -> str:
    """The id of the run of a case that was taken in."""
    answer = await client.post("/workflows/triage/cases", json=ticket(trouble), headers={"Idempotency-Key": key})
    assert answer.status_code == 202, answer.text
    run: str = answer.json()["id"]
    return run


async def stands(client: httpx.AsyncClient, run: str, status: str) -> dict[str, Any]:
    """What is told of a run, once it stands so."""
    for _ in range(400):
        told: dict[str, Any] = (await client.get(f"/runs/{run}")).json()
        if told["status"] == status:
            return told
        await asyncio.sleep(0.02)
    raise AssertionError(f"{run} is {told['status']}, not {status}")


def is_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem that an answer is."""
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["type"]) == (status, f"urn:roundhouse:{kind}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["status"] == status
    assert told["detail"]
    assert "\n" not in told["detail"]
    return told


@contextmanager
def serving_command(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[BaseProcess, str]]:
    """``roundhouse serve`` in a process of its own, and where it is; it writes ``said`` and ``log`` in its folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["serve", "--port", str(port), "--database", "sqlite:///served.db"]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    said, log = folder / "said", folder / "log"
    process = context.Process(target=give, args=(words, folder, {**os.environ, **environment}, said, log))
    process.start()
    try:
        wait_until(lambda: not process.is_alive() or _answers(port), 60)
        assert process.is_alive(), log.read_text()
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.join()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=1.0).is_success
    except httpx.HTTPError:
        return False
