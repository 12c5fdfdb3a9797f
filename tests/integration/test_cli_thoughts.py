"""What the command shows of chat models: what they think on a terminal, what they took, and what they said."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.model_server import ModelServer
from tests.support.model_thread import environment, serving_model

PROJECT = Path(__file__).parents[2]
TRIAGE = "tests.support.triage:triage"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving_model(ModelServer()) as opened:
        yield opened


def ran(folder: Path, server: ModelServer, *words: str, stderr: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ROUNDHOUSE_", "OPENAI_"))}
    given = {**plain, **environment(server), "PYTHONPATH": str(PROJECT), "COLUMNS": "100", "TERM": "xterm"}
    command = [sys.executable, "-m", "cli", *words]
    return subprocess.Popen(command, cwd=folder, env=given, stdout=subprocess.PIPE, stderr=stderr)


def run_tickets(folder: Path, server: ModelServer, stderr: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    (folder / "tickets.csv").write_text("id,text,trouble\nt1,printer hums,\nt2,mail is slow,\n")
    return ran(folder, server, "run", TRIAGE, "tickets.csv", "--model", server.model, stderr=stderr)


def test_on_a_terminal_thoughts_are_shown_as_they_come_and_are_gone_in_the_end(
    tmp_path: Path, server: ModelServer
) -> None:
    server.latency, server.pace = 0.15, 0.04
    ours, theirs = pty.openpty()
    command = run_tickets(tmp_path, server, theirs)
    os.close(theirs)
    seen = _all_of(ours).decode()
    out, _ = command.communicate()
    assert command.returncode == 0, seen
    assert "thinks …" in seen
    assert "urgency" in seen
    assert any(request.body.get("stream") for request in server.requests)
    assert "tokens" in out.decode()
    assert "thinks" not in out.decode()
    story, _ = ran(tmp_path, server, "show", "t1").communicate()
    assert "as the model says" in story.decode()
    assert f"all seats: {server.model}" in story.decode()
    assert "tokens in" in story.decode()


def test_away_from_a_terminal_no_model_is_streamed(tmp_path: Path, server: ModelServer) -> None:
    command = run_tickets(tmp_path, server)
    out, error = command.communicate()
    assert command.returncode == 0, error
    assert error == b""
    assert server.requests
    assert not any(request.body.get("stream") for request in server.requests)
    assert b"thinks" not in out


def _all_of(terminal: int) -> bytes:
    """All that is written to a terminal until its other end is closed."""
    read = b""
    try:
        while part := os.read(terminal, 65_536):
            read += part
    except OSError:
        pass  # Linux says so that the other end is closed
    finally:
        os.close(terminal)
    return read
