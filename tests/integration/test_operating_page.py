"""The page on operating: every command on it is given, in its order, beside a worker."""

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.settings import Settings
from tests.integration.test_cli import Shell

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()

PATIENCE = 60.0
"""Seconds that a worker may take to start."""


def commands() -> list[str]:
    return [str(line) for line in re.findall(r"^\$ roundhouse (.*)$", PAGE, re.MULTILINE)]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def beside_a_worker(shell: Shell, postgres_url: str) -> Iterator[Shell]:
    """A folder whose database has a queue, and a worker at it that serves metrics."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shell.environment |= {
        "ROUNDHOUSE_DATABASE_URL": postgres_url,
        "ROUNDHOUSE_METRICS_PORT": str(port),
        "ROUNDHOUSE_LOG": "json",
    }
    worker = shell.begin("worker", "--concurrency", "4")
    try:
        until = time.monotonic() + PATIENCE
        while not shell.json("workers")["workers"]:
            assert worker.poll() is None, worker.communicate()
            assert time.monotonic() < until
        yield shell
    finally:
        worker.terminate()
        said, logged = worker.communicate(timeout=30)
    assert worker.returncode == 0, logged
    assert "Traceback" not in said + logged
    for line in logged.splitlines():
        assert {"time", "level", "logger", "message", "worker"} <= json.loads(line).keys()


def test_what_the_page_shows_is_run(beside_a_worker: Shell) -> None:
    shell, batch = beside_a_worker, ""
    assert len(commands()) == 14
    for command in commands():
        shell(*command.replace("BATCH", batch).split())
        if command == "batch":
            [row] = shell.json("batch")
            batch = row["id"]
    [row] = shell.json("batch", batch[:6])
    assert row["standing"] == "cancelled"
    assert {limit["scope"] for limit in shell.json("limit")} == {"workflow:lead-qualification", "model:gpt-5-mini"}
    assert [worker["standing"] for worker in shell.json("workers")["workers"]] != ["lost"]
    assert shell.json("workers")["failed_jobs"] == 0


def test_what_the_page_sets_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    named = re.findall(r"`(ROUNDHOUSE_\w+)=(\w+)`", PAGE)
    for name, value in named:
        monkeypatch.setenv(name, value)
    chosen = Settings()
    assert {name for name, _ in named} == {"ROUNDHOUSE_METRICS_PORT", "ROUNDHOUSE_TRACE_CONTENT", "ROUNDHOUSE_LOG"}
    assert (chosen.metrics_port, chosen.trace_content, chosen.log) == (9464, True, "json")
    assert f"{chosen.queue_limit:,}" in PAGE


def test_every_metric_on_the_page_is_served() -> None:
    from prometheus_client import generate_latest

    from runtime.telemetry.metrics import Metrics
    from runtime.workers import MemoryWorkers

    served = generate_latest(Metrics(MemoryWorkers().load).registry).decode()
    for name in set(re.findall(r"`(roundhouse_\w+)`", PAGE)):
        assert f"# HELP {name}" in served, name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("limit", "--at-once", "3"), "Say what is limited"),
        (("limit", "model:m"), "Give --at-once or --per-minute"),
        (("limit", "model:m", "--at-once", "0"), "greater than or equal to 1"),
        (("limit", "model:m", "--at-once", "1", "--none"), "Give --at-once or --per-minute"),
        (("limit", "team:m", "--at-once", "1"), "not 'team:m'"),
        (("limit", "model:m", "--none"), "There is no limit for 'model:m'"),
        (("batch", "--pause"), "Say which batch"),
        (("workers", "--watch", "--json"), "cannot be used together"),
    ],
)
def test_a_mistake_is_one_line(shell: Shell, given: tuple[str, ...], said: str) -> None:
    error = shell(*given, status=2)
    assert said in error
    assert len(error.strip().splitlines()) == 1
