"""The same command with a queue: a batch is put on it, found again, waited for, and summed up as without one."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.test_cli import TRIAGE, Shell

WAITED = ("completed", "awaiting_review", "failed", "quarantined", "conflicts", "human_share")
"""What of a summary is the same, whoever drives the runs."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    troubles = [*[""] * 7, "unsure", "disagree"]
    cases = [{"id": f"t{place}", "text": "printer hums", "trouble": each} for place, each in enumerate(troubles)]
    lines = [*map(json.dumps, cases), '{"id": "t9"}']
    (tmp_path / "tickets.jsonl").write_text("\n".join(lines))
    return made


@contextmanager
def at_work(shell: Shell) -> Iterator[None]:
    """A worker meanwhile, which ends as it is told to."""
    worker = shell.begin("worker", "--concurrency", "4")
    try:
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        said, error = worker.communicate(timeout=60)
    assert (worker.returncode, error) == (0, "")
    assert "is ready" in said.splitlines()[0]
    assert "has stopped" in said.splitlines()[-1]


def test_sqlite_and_options_without_a_queue_are_refused_in_one_line(shell: Shell) -> None:
    for words in (("run", TRIAGE, "tickets.jsonl", "--queue"), ("worker",)):
        said = shell(*words, status=2)
        assert "A queue needs PostgreSQL" in said
        assert len(said.splitlines()) == 1
    assert "go with --queue" in shell("run", TRIAGE, "tickets.jsonl", "--chunk", "5", status=2)
    assert "--out" in shell("run", TRIAGE, "tickets.jsonl", "--queue", "--no-wait", "--out", "a.csv", status=2)


def test_a_batch_is_queued_found_again_and_summed_up_as_without_a_queue(shell: Shell, postgres_url: str) -> None:
    without = shell.json("run", TRIAGE, "tickets.jsonl")
    shell.environment["ROUNDHOUSE_DATABASE_URL"] = postgres_url
    command = ("run", TRIAGE, "tickets.jsonl", "--queue", "--chunk", "4")
    assert shell.json(*command, "--no-wait")["queued"] == 9
    assert "0 cases were put on the queue" in shell(*command, "--no-wait")
    with at_work(shell):
        summary = shell.json(*command)
        assert {name: summary[name] for name in WAITED} == {name: without[name] for name in WAITED}
        review = next(each for each in shell.json("inbox") if each["kind"] == "low_confidence")
        assert "accepted; a worker drives it on" in shell("answer", review["id"], "--approve", "--by", "ann")
        _until_completed(shell, review["run"])
    assert len(list((shell.folder / "outbox").rglob("*.json"))) == 8
    again = shell.json(*command)
    assert (again["completed"], again["awaiting_review"], again["resumed"]) == (8, 1, 9)


def _until_completed(shell: Shell, run: str) -> None:
    until = time.monotonic() + 30
    while shell.json("show", run)["run"]["status"] != "completed":
        assert time.monotonic() < until
