"""The service among other processes: with workers behind it, and as a command that can be killed."""

import asyncio
import json
import os
import socket
from pathlib import Path

import httpx
import pytest
from procrastinate.schema import SchemaManager
from pydantic import SecretStr
from sqlalchemy import text

from runtime.channels.opened import open_channel
from runtime.roundhouse import Roundhouse
from runtime.worker import ensure_queue
from state.sql.jobs import make_queue
from tests.support.command import given
from tests.support.receivers import WebhookReceiver
from tests.support.service import CRM, LEAD, is_problem, serving, serving_command, stands, started, ticket
from tests.support.working import working


async def test_with_a_queue_a_case_is_left_to_workers_with_its_job(postgres_url: str) -> None:
    async with serving(postgres_url, is_queued=True) as (roundhouse, client):
        none = await client.post("/workflows/triage/cases", json=ticket(), headers={"Idempotency-Key": "k1"})
        assert "roundhouse worker" in is_problem(none, 503, "queue-away")["detail"]
        await roundhouse.store.write(make_queue, SchemaManager.get_schema())
        run = await started(client)
        again = await client.post("/workflows/triage/cases", json=ticket(), headers={"Idempotency-Key": "k1"})
        assert (again.status_code, again.json()["id"]) == (200, run)
        await roundhouse.sweep()
        assert (await client.get(f"/runs/{run}")).json()["status"] == "running"
        jobs = "SELECT args ->> 'runs', status::text FROM procrastinate_jobs"
        found = await roundhouse.store.read(lambda connection: connection.execute(text(jobs)).all())
        assert [tuple(row) for row in found] == [(f'["{run}"]', "todo")]


async def test_workers_drive_what_comes_in_and_callers_are_told(postgres_url: str) -> None:
    with WebhookReceiver() as receiver:
        channels = {"service": open_channel("service", SecretStr(receiver.url))}
        served = serving(postgres_url, channels=channels, is_queued=True, notifies=True)
        async with served as (roundhouse, client), working(postgres_url):
            await ensure_queue(roundhouse.store)
            run = await started(client, trouble="unsure")
            [question] = (await stands(client, run, "waiting"))["questions"]
            approved = {"action": "approve"}
            answer = await client.post(f"/questions/{question['id']}/answer", json=approved)
            assert answer.status_code == 200, answer.text
            again = await client.post(f"/questions/{question['id']}/answer", json=approved)
            is_problem(again, 409, "already-answered")
            assert (await stands(client, run, "completed"))["decisions"]["Reply"]
            await roundhouse.delivery.drain()
        told = [json.loads(body)["content"]["type"] for body in receiver.processed.values()]
        assert sorted(told) == ["run.completed", "run.waiting"]


async def test_what_the_command_took_in_outlives_it_and_it_ends_in_order(tmp_path: Path) -> None:
    keys = {"ROUNDHOUSE_API_KEYS": '{"crm": "a-secret"}'}
    with serving_command(tmp_path, keys) as (process, address):
        async with httpx.AsyncClient(base_url=address, headers=CRM) as client:
            key = {"Idempotency-Key": "k1"}
            taken = await client.post("/workflows/lead-qualification/cases", json={"case": LEAD}, headers=key)
            process.kill()
            assert taken.status_code == 202, taken.text
    with serving_command(tmp_path, keys) as (process, address):
        async with httpx.AsyncClient(base_url=address, headers=CRM) as client:
            run = taken.json()["id"]
            for _ in range(400):
                told = (await client.get(f"/runs/{run}")).json()
                if told["status"] != "running":
                    break
                await asyncio.sleep(0.05)
            assert told["status"] in ("completed", "waiting")
            process.terminate()
            await asyncio.to_thread(process.join, 20)
            assert process.exitcode == 0
    said = (tmp_path / "said").read_text() + (tmp_path / "log").read_text()
    assert "Ended." in said
    assert LEAD["company"] not in said
    assert "Traceback" not in said
    async with Roundhouse.open(f"sqlite:///{tmp_path / 'served.db'}") as roundhouse:
        [row] = await roundhouse.runs()
        assert row.case_id == LEAD["lead_id"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_without_keys_no_other_machine_is_served(tmp_path: Path, host: str) -> None:
    status, out, error = given(["serve", "--host", host, "--port", "8411"], tmp_path, dict(os.environ))
    assert (status, out) == (2, "")
    assert "no API keys are set" in error
    assert error.count("\n") == 1


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, error = given(["serve", "--port", port], tmp_path, dict(os.environ))
    assert (status, error.count("\n")) == (2, 1)
    assert f"port {port}" in error
