"""The commands on what really happened to past cases, and on those that are decided once more."""

import json
from pathlib import Path

import pytest

from tests.integration.test_cli import Shell

CHECKED = "tests.support.followed:checked"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    rows = [{"id": f"t{n}", "text": "printer hums", "trouble": "unsure" if n == 3 else ""} for n in range(4)]
    (tmp_path / "tickets.jsonl").write_text("\n".join(map(json.dumps, rows)))
    shell("run", CHECKED, "tickets.jsonl")
    return shell


def test_outcomes_are_recorded_and_told(shell: Shell) -> None:
    file = shell.folder / "outcomes.csv"
    file.write_text("id,belonged_to\nt0,printer desk\nt1,night\nt2,?\nnobody,night\n")
    said = shell("outcomes", "outcomes.csv")
    for words in ("recorded", "without a label", "of no case that was run here", "nobody", "Of 2 automated cases"):
        assert words in said
    assert "tickets that the night shift missed       1   50.0%   1.3% to 98.7%" in said
    again = shell.json("outcomes", "outcomes.csv", "--workflow", CHECKED)
    counts = (
        "recorded",
        "unchanged",
        "corrected",
        "out_of_date",
        "unknown",
        "forgotten",
        "without_label",
        "unreadable",
    )
    assert [again[name] for name in counts] == [0, 2, 0, 0, 1, 0, 1, 0]
    assert (again["left"], again["graded"], again["certificate"]) == (
        [{"line": 5, "case": "nobody", "reason": "no such case was run here"}], 2, None
    )  # fmt: skip
    assert (again["automated"]["cases"], again["automated"]["wrong"]["count"]) == (2, 1)
    file.write_text("id,belonged_to\nt1,printer desk\n")
    assert shell.json("outcomes", "outcomes.csv")["corrected"] == 1


def test_what_cannot_be_used_is_one_line(shell: Shell) -> None:
    (shell.folder / "o.csv").write_text("id,said\nt0,night\n")
    for words, says in (
        (("outcomes", "none.csv"), "no such file"),
        (("outcomes", "o.csv"), "no column 'belonged_to'"),
        (("outcomes", "o.csv", "--workflow", "nonsense"), "not known"),
        (("spot-checks", "t0"), "Give a run and --verdict together"),
        (("spot-checks", "nobody", "--verdict", "night"), "No spot check is known by 'nobody'"),
        (("spot-checks", "t0", "--verdict", "roof"), "none of the choices: printer desk, mail desk, night"),
    ):
        said = shell(*words, status=2)
        assert says in said
        assert said.count("\n") == 1


def test_automated_cases_are_listed_alone_and_decided_once_more(shell: Shell) -> None:
    listed = shell("spot-checks")
    assert "Team.team? roundhouse spot-checks t0-" in listed
    assert "--verdict 'printer desk' | 'mail desk' | night" in listed
    open_ones = shell.json("spot-checks")
    assert [(each["case"]["id"], each["field"]) for each in open_ones] == [(f"t{n}", "team") for n in range(3)]
    assert set(open_ones[0]) == {
        "run", "workflow", "case", "drawn_at", "decision", "field", "choices", "trouble"
    }  # fmt: skip
    assert "The hub had decided the same." in shell("spot-checks", "t0", "--verdict", "printer desk", "--by", "ann")
    assert shell.json("spot-checks", "t1", "--verdict", "night", "--by", "ann")["agreed"] is False
    assert "already answered by 'ann'" in shell("spot-checks", "t1", "--verdict", "night", status=1)
    assert "Agreement: 50.0% (1 of 2), 95 % within 1.3% to 98.7%." in shell("spot-checks")
    assert "checked spot check  verdict: night, agreed: no" in shell("audit", "t1")
    shell("spot-checks", "t2", "--verdict", "night")
    assert "No spot check is open." in shell("spot-checks")
