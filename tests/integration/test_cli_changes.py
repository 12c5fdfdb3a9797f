"""The commands that have a run go on otherwise: ``fork`` and ``migrate``."""

import json
from pathlib import Path

import pytest

from tests.integration.test_cli import TRIAGE, Shell

DESK = "desk:desk"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def declare(shell: Shell, version: str) -> None:
    """A user's own workflow, with a specialist of that version."""
    text = f"from tests.support.triage import changed\n\ndesk = changed({version!r})\n"
    (shell.folder / "desk.py").write_text(text)


def run_tickets(shell: Shell, workflow: str, *troubles: str) -> None:
    rows = [json.dumps({"id": f"t{n}", "text": "printer hums", "trouble": each}) for n, each in enumerate(troubles)]
    (shell.folder / "tickets.jsonl").write_text("\n".join(rows))
    shell("run", workflow, "tickets.jsonl")


def test_runs_that_wait_are_migrated_after_a_preview(shell: Shell) -> None:
    declare(shell, "1.0")
    run_tickets(shell, DESK, "unsure", "", "unsure")
    first, second = shell.json("inbox")
    declare(shell, "2.0")
    refused = shell("answer", first["id"], "--approve", status=1)
    assert f"'roundhouse migrate {first['run']}' lets it go on" in refused
    preview = shell("migrate", "--workflow", DESK)
    for said in ("specialist topic was", first["run"], "Urgency, Topic, Team", "2 runs will be migrated.", "--yes"):
        assert said in preview
    planned = shell.json("migrate", first["run"])
    assert planned["done"] is False
    assert set(planned["runs"][0]) == {
        "id", "status", "kept", "made_again", "unconfirmed", "dropped", "differences", "error",
    }  # fmt: skip
    told = shell.json("migrate", first["run"], "--yes", "--by", "ann")
    assert (told["done"], told["runs"][0]["status"], told["runs"][0]["error"]) == (True, "waiting", None)
    assert told["runs"][0]["kept"] == ["Urgency", "Topic", "Team"]
    again = shell.json("migrate", first["run"], "--yes")["runs"][0]
    assert (again["differences"], again["error"]) == ([], None)
    assert "nothing to do: its workflow has not changed" in shell("migrate", first["run"])
    assert "migrated" in shell("migrate", "--workflow", DESK, "--yes")
    for review in (first, second):
        assert shell.json("answer", review["id"], "--approve")["status"] == "completed"
    assert "ann (human)" in shell("audit", first["run"])
    process = shell.begin("migrate", first["run"], "--yes", "--json")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is completed" in json.loads(out)["runs"][0]["error"]
    assert "No runs will be migrated." in shell("migrate", "--workflow", DESK)


def test_a_run_is_forked_and_shown_beside_its_origin(shell: Shell) -> None:
    run_tickets(shell, TRIAGE, "")
    [origin] = shell.json("runs")
    view = shell("fork", "t0", "--set", 'Urgency={"level": 99}', "--by", "zoe")
    for said in (f"in {origin['id']}", "level 99", "the same", "Nothing of it is delivered"):
        assert said in " ".join(view.split())
    made = shell.json("fork", "t0", "--set", 'Urgency={"level": 98}', "--by", "zoe", "--deliver")
    assert set(made) == {"id", "of", "status", "changed", "decisions", "questions"}
    assert (made["of"], made["status"], made["changed"]) == (origin["id"], "completed", ["Urgency", "Reply"])
    assert f"a fork of {origin['id']}" in shell("show", made["id"])
    assert len(shell.json("show", made["id"])["effects"]) == 1
    forks = [run for run in shell.json("runs") if run["origin"] == origin["id"]]
    assert [len(shell.json("show", run["id"])["effects"]) for run in forks] == [1, 0]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("fork", "t0"), "Say what is decided otherwise"),
        (("fork", "t0", "--set", "Urgency"), "does not say of which decision"),
        (("fork", "t0", "--set", "Urgency=9"), "must be a JSON object"),
        (("fork", "t0", "--set", "Urgency={"), "is not JSON"),
        (("fork", "t0", "--set", "Urgence={}"), "It decides Urgency, Topic, Team, Reply."),
        (("fork", "t0", "--set", 'Urgency={"level": "high"}'), "breaks the contract of Urgency: level"),
        (("fork", "nonsense", "--set", "Urgency={}"), "'nonsense' does not exist"),
        (("migrate",), "Say which runs"),
        (("migrate", "t0", "--workflow", TRIAGE), "Say which runs"),
        (("migrate", "nonsense"), "'nonsense' does not exist"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(shared: Shell, words: tuple[str, ...], says: str) -> None:
    error = shared(*words, status=2)
    assert says in error
    assert len(error.strip().splitlines()) == 1


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell with one run, for commands that change nothing."""
    shell = Shell(tmp_path_factory.mktemp("shared"))
    run_tickets(shell, TRIAGE, "")
    return shell
