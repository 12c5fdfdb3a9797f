"""The command ``roundhouse economics``, as a person gives it."""

import json
from pathlib import Path

import pytest

from tests.integration.test_cli import TRIAGE, Shell, write_tickets


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder in which twelve tickets were run."""
    shell = Shell(tmp_path)
    write_tickets(tmp_path, 12)
    shell("run", TRIAGE, "tickets.jsonl")
    return shell


def test_it_tells_who_worked_what_limits_and_what_it_would_cost(shell: Shell) -> None:
    said = shell("economics", TRIAGE)
    for words in ("12 cases in", "urgency", "is the bottleneck", "One more", "by seat", "by execution below"):
        assert words in said
    assert "The prices are invented examples" in said
    assert "People were asked nothing." in said


def test_a_narrow_terminal_has_the_same_in_blocks(shell: Shell) -> None:
    shell.environment["COLUMNS"] = "44"
    assert "\n  servers    " in shell("economics")


def test_a_program_reads_the_same(shell: Shell) -> None:
    found = shell.json("economics", "--volume", "1000", "--since", "1d")
    assert (found["cases"], found["cases_a_month"]) == (12, 1000)
    assert {each["executions"] for each in found["specialists"]} == {12}
    assert found["bottleneck"]["specialist"] in {each["specialist"] for each in found["specialists"]}
    charges = {each["name"]: each["specialists"] for each in found["licences"]}
    # four specialists a case at 0.01 each, and a seat of 40 for each of them
    assert charges["execution"] == pytest.approx(40.0)
    assert charges["seat"] == pytest.approx(160.0)


def test_prices_are_printed_edited_and_used(shell: Shell) -> None:
    table = shell("economics", "--print-prices")
    (shell.folder / "prices.toml").write_text(table.replace('"EUR"', '"CHF"').replace("month = 40.0", "month = 7.0"))
    said = shell("economics", "--prices", "prices.toml")
    assert "in CHF" in said
    assert "28.00" in said
    assert "Prices: prices.toml" in said


def test_a_mistake_is_one_line(shell: Shell) -> None:
    (shell.folder / "prices.toml").write_text("[seat]\nmonht = 3.0\n")
    wrong = shell("economics", "--prices", "prices.toml", status=2)
    assert "'prices.toml': seat.monht: unknown key; did you mean 'month'? Mend it there." in wrong
    assert "'nonsense' is not known" in shell("economics", "nonsense", status=2)
    assert "'none' does not exist" in shell("economics", "--batch", "none", status=2)
    assert "not a length of time" in shell("economics", "--since", "soon", status=2)


def test_where_nothing_was_done_that_is_said(shell: Shell) -> None:
    assert shell("economics", "data-reporting").strip() == "No specialist has worked on such runs yet."
    assert json.loads(shell("economics", "data-reporting", "--json")) == {"cases": 0}


def test_of_a_batch_only_its_own_cases_count(shell: Shell) -> None:
    write_tickets(shell.folder, 3)
    shell("run", TRIAGE, "tickets.jsonl")
    assert shell.json("economics")["cases"] == 15
    listed = shell("economics", "--batch", "none", status=2)
    newest = listed.split("begin with ")[1].split(",")[0]
    assert shell.json("economics", "--batch", newest)["cases"] == 3
