"""The command of the lab, as a person gives it, on teams that are really run."""

import csv
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.integration.test_cli import Shell

RUNFILE = """\
name = "tiny"
agents = [1, 2, 4]
fault_rate = [0.1]
cases = 6
"""
LONG = 'name = "long"\nshapes = "single"\nagents = [1, 2]\ncases = 500\n'
PATIENCE = 120.0


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    (tmp_path / "tiny.toml").write_text(RUNFILE)
    return made


def test_an_experiment_is_run_told_listed_and_shown_again(shell: Shell) -> None:
    assert "roundhouse lab quick" in shell("lab")
    assert not (shell.folder / "roundhouse.db").exists()
    told = shell("lab", "tiny.toml")
    assert "90 of 90 trials" in told
    for word in ("single", "pipeline", "hub", "supervisor", "mesh", "Where does coordination explode?"):
        assert word in told
    assert told.rstrip().endswith("/s")
    [row] = shell.json("lab")
    assert (row["name"], row["total"], row["done"]) == ("tiny", 90, 90)
    assert row["finished_at"] is not None
    assert "100%" in shell("lab")
    for name in ("tiny", row["id"], row["id"][:6]):
        assert "90 of 90 trials" in shell("lab", name)


def test_the_same_runfile_makes_nothing_again_under_any_name_and_a_changed_one_is_another(shell: Shell) -> None:
    first = shell.json("lab", "tiny.toml")
    (shell.folder / "copy.toml").write_text("# again\n" + RUNFILE)
    again = shell("lab", "copy.toml")
    assert "0 trials were made; 90 were kept before" in again
    (shell.folder / "tiny.toml").write_text(RUNFILE + "seed = 1\n")
    other = shell.json("lab", "tiny.toml")
    assert first["id"] != other["id"]
    assert len(shell.json("lab")) == 2
    assert "90 trials were made" in shell("lab", "tiny.toml", "--fresh")


def test_one_process_and_two_make_the_same_table(shell: Shell) -> None:
    tables = [shell.json("lab", "tiny.toml", "--fresh", "--jobs", jobs)["rows"] for jobs in ("1", "2")]
    assert tables[0] == tables[1]
    assert len(tables[0]) == 15


def test_a_program_gets_every_figure_with_its_interval(shell: Shell) -> None:
    made = shell.json("lab", "tiny.toml")
    row = next(each for each in made["rows"] if each["cell"]["shape"] == "supervisor" and each["cell"]["agents"] == 4)
    assert row["turns"]["low"] <= row["turns"]["value"] <= row["turns"]["high"]
    assert {shape["shape"] for shape in made["shapes"]} == {"single", "pipeline", "hub", "supervisor", "mesh"}
    assert all(answer["question"] and answer["text"] for answer in made["answers"])


def test_the_report_its_plots_and_all_trials_are_written(shell: Shell) -> None:
    assert "are in out" in shell("lab", "tiny.toml", "--out", "out/of/it").replace("\n", "").replace("out/of/it", "out")
    folder = shell.folder / "out" / "of" / "it"
    report = (folder / "report.md").read_text()
    assert report.startswith("# tiny\n")
    for plot in ("overhead", "turns", "questions", "quality", "worth"):
        assert f"(report/{plot}.png)" in report
        assert (folder / "report" / f"{plot}.svg").read_text().startswith("<svg")
        assert (folder / "report" / f"{plot}.png").read_bytes().startswith(b"\x89PNG")
    with (folder / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 90
    assert {row["shape"] for row in rows} == {"single", "pipeline", "hub", "supervisor", "mesh"}
    assert sum(int(row["turns"]) for row in rows) > 90


def kept(shell: Shell) -> int:
    with sqlite3.connect(shell.folder / "roundhouse.db") as database:
        count: int = database.execute("SELECT count(*) FROM trials").fetchone()[0]
    return count


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_one_that_is_stopped_or_killed_goes_on_where_it_was(shell: Shell, how: signal.Signals) -> None:
    shell("db", "upgrade")
    (shell.folder / "long.toml").write_text(LONG)
    process = shell.begin("lab", "long.toml", "--jobs", "2")
    until = time.monotonic() + PATIENCE
    while not kept(shell):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(how)
    _, error = process.communicate(timeout=PATIENCE)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "give the same command again" in error
        assert "Traceback" not in error
    done = kept(shell)
    assert 0 < done < 1000
    [row] = shell.json("lab")
    assert (row["done"], row["finished_at"]) == (done, None)
    assert "give its runfile again to go on" in shell("lab", "long")
    assert f"{1000 - done:,} trials were made" in (told := shell("lab", "long.toml"))
    assert f"{done:,} were kept before" in told
    assert kept(shell) == 1000


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("nothing",),
            "Experiment 'nothing' is not kept here. 'roundhouse lab' lists those that are. Begin a new one with",
        ),
        (("sises",), "Did you mean 'sizes'?"),
        (("none.toml",), "cannot be read"),
        (("wrong.toml",), "agent: unknown key; did you mean 'agents'?"),
        (("tiny.toml", "--jobs", "0"), "--jobs"),
        (("tiny.toml", "--out", "tiny.toml"), "no folder can be made there"),
        (("missing.toml",), "no such file"),
    ],
)
def test_a_mistake_is_said_and_has_status_two(shell: Shell, words: tuple[str, ...], says: str) -> None:
    (shell.folder / "wrong.toml").write_text(RUNFILE.replace("agents", "agent"))
    (shell.folder / "missing.toml").write_text(
        'name = "x"\n[workflow]\nname = "lead-qualification"\ncases = "none.csv"\n'
    )
    assert says in shell("lab", *words, status=2)
    assert not (shell.folder / "roundhouse.db").exists()
