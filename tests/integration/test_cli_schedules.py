"""The command on schedules, and what a person sees of the runs that they start."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from tests.integration.test_cli import Shell

PAPERS = "tests.support.papers:here"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    rows = [
        {"id": "monthly", "text": "a letter", "schedule": "0 7 2 * *", "zone": "Europe/Vienna"},
        {"id": "once", "text": "a letter"},
    ]
    (tmp_path / "wishes.jsonl").write_text("\n".join(map(json.dumps, rows)))
    made("run", PAPERS, "wishes.jsonl")
    return made


def test_schedules_are_listed_with_their_next_runs_in_the_time_of_their_zone(shell: Shell) -> None:
    [row] = shell.json("schedules", "--next", "4")
    assert (row["case_id"], row["workflow"], row["cron"], row["zone"]) == (
        "monthly",
        PAPERS,
        "0 7 2 * *",
        "Europe/Vienna",
    )
    assert [moment[8:19] for moment in row["next"]] == ["02T07:00:00"] * 4
    assert {moment[19:] for moment in row["next"]} <= {"+01:00", "+02:00"}
    shown = shell("schedules")
    assert shown.count("-02 07:00") == 3
    assert row["id"][:10] in shown
    assert "Europe/Vienna" in shown
    assert "roundhouse outbox --watch" in shown
    assert shell("schedules", "monthly", "--next", "1").count("-02 07:00") == 1


def test_a_narrow_terminal_shows_whole_times_cases_and_receipts(shell: Shell) -> None:
    [row], [effect, _] = shell.json("schedules"), shell.json("outbox")
    shell.environment["COLUMNS"] = "80"
    shown = shell("schedules")
    assert all(word in shown for word in (row["id"][:10], "monthly", PAPERS, "Europe/Vienna", "0 7 2 * *"))
    assert shown.count("-02 07:00") == 3
    shown = shell("outbox")
    assert f"{effect['id'][:10]}  {effect['case_id']}  delivered" in shown
    assert effect["receipt"] in "".join(line.strip() for line in shown.splitlines())


def test_a_schedule_is_stopped_and_goes_on_by_a_persons_word(shell: Shell) -> None:
    [row] = shell.json("schedules")
    assert "was stopped by ann" in shell("schedules", row["id"][:6], "--stop", "--by", "ann")
    [stopped] = shell.json("schedules", "monthly")
    assert (stopped["status"], stopped["next"], stopped["changed_by"]) == ("stopped", [], "ann")
    assert "is stopped already" in shell("schedules", "monthly", "--stop", status=2)
    [resumed] = shell.json("schedules", "monthly", "--resume", "--by", "bob")
    assert (resumed["status"], len(resumed["next"]), resumed["changed_by"]) == ("active", 3, "bob")
    assert [each["action"] for each in shell.json("audit", row["run"])["trail"]][-2:] == ["stopped", "resumed"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--stop",), "Say which schedule"),
        (("monthly", "--stop", "--resume"), "cannot be used together"),
        (("nothing",), "Schedule 'nothing' does not exist"),
        (("once", "--stop"), "Schedule 'once' does not exist"),
        (("monthly", "--stop", "--by", " "), "--by is empty"),
        (("--next", "-1"), "--next"),
        (("--database", "sqlite:///none.db"), "no database"),
    ],
)
def test_a_mistake_is_said_and_has_status_two(shell: Shell, words: tuple[str, ...], says: str) -> None:
    assert says in shell("schedules", *words, status=2)


def test_where_nothing_is_scheduled_it_is_said_how_to(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "t.csv").write_text("id,text\na,a letter\n")
    shell("run", PAPERS, "t.csv")
    assert "No case is run again by itself." in shell("schedules")
    assert shell.json("schedules") == []


@contextmanager
def watching(shell: Shell) -> Iterator["Popen[str]"]:
    process = shell.begin("outbox", "--watch")
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_whoever_watches_the_outbox_starts_what_is_due_says_so_and_sends_it(shell: Shell) -> None:
    (shell.folder / "quick.csv").write_text("id,text,schedule\nquick,a letter,* * * * * *\n")
    shell("run", PAPERS, "quick.csv")
    with watching(shell) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2)]
        until = time.monotonic() + 60
        while not list((shell.folder / "outbox").glob("quick-*T*.json")):
            assert time.monotonic() < until
            time.sleep(0.05)
    assert "starting what is scheduled" in said[0]
    line = said[1]
    assert line.startswith("Schedule ")
    assert "case quick@" in line
    [row] = [each for each in shell.json("schedules") if each["case_id"] == "quick"]
    assert (row["last_status"], row["error"]) == ("completed", None)
    assert "completed" in shell("schedules", "quick")


def test_what_a_forgotten_case_had_scheduled_is_shown_and_goes(shell: Shell) -> None:
    preview = shell("forget", "monthly")
    assert "(0 7 2 * *, Europe/Vienna) will be removed" in preview
    assert shell.json("forget", "monthly")["schedules"] == 1
    forgotten = shell.json("forget", "monthly", "--yes")
    # both files are the other case's, too
    assert (forgotten["schedules"], forgotten["files"]) == (1, 0)
    assert shell.json("schedules") == []
