"""The command, as a person gives it: a process of its own, its output and its exit status."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import given

PROJECT = Path(__file__).resolve().parents[2]
TRIAGE = "tests.support.triage:triage"


class Shell:
    """Gives the command in one folder, with one database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ROUNDHOUSE_")},
            "PYTHONPATH": str(PROJECT),
            "COLUMNS": "120",
        }

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "cli", *words]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __call__(self, *words: str, status: int = 0) -> str:
        """The output of a command that ends with that status; what it says on standard error for another than 0."""
        ended, out, error = given(words, self.folder, self.environment)
        assert ended == status, f"{words}: {ended}\n{out}\n{error}"
        assert "Traceback" not in error
        return out if status == 0 else error

    def json(self, *words: str, status: int = 0) -> Any:
        return json.loads(self(*words, "--json", status=status))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def write_tickets(folder: Path, count: int) -> None:
    lines = [json.dumps({"id": f"t{n}", "text": f"printer {n} hums"}) for n in range(count)]
    (folder / "tickets.jsonl").write_text("\n".join(lines))


def test_a_case_is_carried_from_the_file_to_its_end(shell: Shell) -> None:
    (shell.folder / "tickets.csv").write_text("id,text,trouble\na,printer hums,\nb,printer hums,disagree\nc,,\n")
    summary = shell.json("run", TRIAGE, "tickets.csv")
    assert set(summary) == {
        "workflow", "cases", "completed", "awaiting_review", "rejected", "failed", "quarantined", "resumed",
        "human_share", "flagged_share", "conflicts", "model_calls", "tokens", "seconds", "run_ids",
    }  # fmt: skip
    assert (summary["cases"], summary["completed"], summary["awaiting_review"], summary["quarantined"]) == (3, 1, 1, 1)
    assert "night shift" in shell("inbox")
    [review] = shell.json("inbox")
    story = shell("show", review["run"])
    assert "hub asks for another look" in story
    assert "waited" in story
    answered = shell.json("answer", review["id"], "--prefer", "Topic", "--by", "ann")
    assert (answered["id"], answered["status"]) == (review["run"], "completed")
    assert "already answered by 'ann'" in shell("answer", review["id"], "--approve", status=1)
    assert "Topic stands" in shell("show", review["run"])
    assert [run["status"] for run in shell.json("runs", "--status", "completed")] == ["completed", "completed"]
    assert shell("inbox").strip() == "Nothing waits for a human."
    assert "'nonsense' does not exist" in shell("show", "nonsense", status=2)
    assert "'nonsense' does not exist" in shell("answer", "nonsense", "--approve", status=2)
    assert shell.json("show", "b")["run"]["case_id"] == "b"


def test_a_batch_runs_in_another_shape_and_says_so(shell: Shell) -> None:
    (shell.folder / "tickets.csv").write_text("id,text,trouble\na,printer hums,\nb,printer hums,disagree\n")
    hub = shell.json("run", TRIAGE, "tickets.csv")
    pipeline = shell.json("run", TRIAGE, "tickets.csv", "--shape", "pipeline")
    assert not set(hub["run_ids"]) & set(pipeline["run_ids"])
    assert (pipeline["completed"], pipeline["awaiting_review"]) == (1, 1)
    assert "as a pipeline" in shell("show", pipeline["run_ids"][0])


def test_a_batch_ends_with_its_first_questions(shell: Shell) -> None:
    rows = "".join(f"t{n},printer hums,unsure\n" for n in range(5))
    (shell.folder / "t.csv").write_text(f"id,text,trouble\n{rows}")
    shown = shell("run", TRIAGE, "t.csv")
    assert "5 wait for a human" in shown
    asked = [line for line in shown.splitlines() if re.match(r"t\d: \w+: ", line)]
    assert [line[:3] for line in asked] == ["t0:", "t1:", "t2:"]
    assert "wait for a human" not in json.dumps(shell.json("run", TRIAGE, "t.csv", "--fresh"))


def test_an_edit_and_a_rejection_are_taken_from_the_command_line(shell: Shell) -> None:
    (shell.folder / "t.csv").write_text("id,text,trouble\na,x y,unsure\nb,x y,unsure\nc,x y,raise\n")
    shell("run", TRIAGE, "t.csv")
    reviews = {review["case_id"]: review["id"] for review in shell.json("inbox")}
    first, second, third = (reviews[case] for case in "abc")
    edited = shell.json("answer", first, "--edit", '{"team": "roof"}')
    assert edited["decisions"]["Reply"]["text"].startswith("roof")
    assert shell.json("answer", second, "--reject", "spam")["status"] == "rejected"
    assert shell.json("answer", third, "--send-back", "look again")["status"] == "completed"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "nonsense", "t.csv"), "not known"),
        (("run", "tests.support.triage:nothing", "t.csv"), "no attribute 'nothing'"),
        (("run", TRIAGE, "none.csv"), "no such file"),
        (("run", TRIAGE, "t.csv", "--limit", "1", "--sample", "1"), "cannot be used together"),
        (("run", TRIAGE, "t.csv", "--out", "routed.xlsx"), ".csv or .jsonl"),
        (("run", TRIAGE, "t.csv", "--database", "nonsense"), "database URL"),
        (("run", TRIAGE, "t.csv", "--database", "sqlite:////none/at/all.db"), "/none/at"),
        (("run", TRIAGE, "t.csv", "--database", "postgresql://me:secret@127.0.0.1:9/x"), "127.0.0.1"),
        (("run", "lead-qualification", "t.csv", "--profile", "none.toml"), "none.toml"),
        (("run", TRIAGE, "t.csv", "--shape", "ring"), "Use one of hub, pipeline, supervisor, mesh, single"),
        (("show", "nonsense"), "no database"),
        (("answer", "nonsense", "--approve"), "no database"),
        (("answer", "nonsense"), "exactly one"),
        (("answer", "nonsense", "--edit", "{"), "not JSON"),
        (("runs", "--status", "asleep"), "not known"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(shell: Shell, words: tuple[str, ...], says: str) -> None:
    (shell.folder / "t.csv").write_text("id,text\na,x y\n")
    error = shell(*words, status=2)
    assert says in error
    assert len(error.strip().splitlines()) == 1
    assert "secret" not in error


def test_a_batch_that_was_killed_goes_on_with_the_same_command(shell: Shell) -> None:
    write_tickets(shell.folder, 400)
    command = ("run", TRIAGE, "tickets.jsonl", "--concurrency", "8")
    first = shell.begin(*command)
    while not (shell.folder / "roundhouse.db").exists() or len(shell.json("runs", "--status", "completed")) < 5:
        assert first.poll() is None, "it was finished before it could be killed"
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    summary = shell.json(*command)
    assert (summary["cases"], summary["completed"]) == (400, 400)
    assert 5 <= summary["resumed"] < 400


def test_a_batch_that_is_interrupted_says_how_to_go_on(shell: Shell) -> None:
    write_tickets(shell.folder, 2000)
    process = shell.begin("run", TRIAGE, "tickets.jsonl", "--concurrency", "4")
    while not (shell.folder / "roundhouse.db").exists() or not shell.json("runs", "--status", "completed"):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error.strip() == (
        "Stopped. What was finished is kept; give the same command again, without --fresh, to go on."
    )
    assert {run["status"] for run in shell.json("runs", "--limit", "5000")} <= {"completed", "running"}


def test_the_same_command_in_two_terminals_shares_the_work(shell: Shell) -> None:
    write_tickets(shell.folder, 300)
    command = ("run", TRIAGE, "tickets.jsonl", "--concurrency", "8", "--json")
    shell("db", "upgrade")
    both = [shell.begin(*command) for _ in range(2)]
    for process in both:
        out, error = process.communicate(timeout=120)
        assert (process.returncode, error) == (0, "")
        assert json.loads(out)["completed"] == 300
    assert {len(run["decisions"]) for run in shell.json("runs", "--limit", "999")} == {4}


def test_lint_and_draw_speak_of_the_workflow(shell: Shell) -> None:
    drawing = shell("draw", TRIAGE)
    assert drawing.startswith("flowchart")
    assert "night shift" in drawing
    assert all({"id", "severity", "names", "problem", "mend"} == set(finding) for finding in shell.json("lint", TRIAGE))


def test_the_database_can_be_upgraded(shell: Shell) -> None:
    assert "revision" in shell("db", "upgrade")


def test_the_help_lists_every_command_flat_and_in_order(shell: Shell) -> None:
    names = re.findall(r"^  (\S+)", shell("--help").split("Commands:\n")[1], re.MULTILINE)
    shipped = ["run", "fit", "runs", "show", "inbox", "answer", "lint", "draw", "db"]
    assert [name for name in names if name in shipped] == shipped
    assert len(names) == len(set(names))


def test_the_help_does_not_wait_for_the_engine_and_the_database() -> None:
    heavy = {"langgraph", "langchain_core", "sqlalchemy", "alembic", "sklearn", "streamlit"}
    loaded = f"import sys, cli; print(*sorted({heavy} & sys.modules.keys()))"
    process = subprocess.run([sys.executable, "-c", loaded], cwd=PROJECT, text=True, capture_output=True, timeout=60)
    assert (process.returncode, process.stdout.strip()) == (0, "")


def test_a_channel_that_the_settings_lack_is_said_so(shell: Shell) -> None:
    (shell.folder / "posted.py").write_text(
        "from dataclasses import replace\n"
        "from graphs.workflow import Deliver\n"
        "from tests.support.triage import triage\n"
        'posted = replace(triage, effects=(Deliver(triage.effects[0].decision, "nope"),))\n'
    )
    write_tickets(shell.folder, 1)
    assert "set ROUNDHOUSE_CHANNELS__NOPE" in " ".join(shell("run", "posted:posted", "tickets.jsonl").split())
