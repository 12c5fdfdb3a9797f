"""The command on rules from people's answers."""

import json
from pathlib import Path

import pytest

from tests.integration.test_cli import TRIAGE, Shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder in which a question waits."""
    made = Shell(tmp_path_factory.mktemp("rules"))
    torn(made, "only", 1)
    return made


def torn(shell: Shell, name: str, count: int) -> None:
    """Run so many tickets about which the two disagree."""
    rows = [{"id": f"{name}-{place}", "text": "printer hums", "trouble": "disagree"} for place in range(count)]
    (shell.folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    shell("run", TRIAGE, f"{name}.jsonl")


def test_a_rule_is_proposed_shown_accepted_kept_to_and_revoked(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    torn(shell, "first", 3)
    first, second, before = shell.json("inbox")
    shell("answer", first["id"], "--approve", "--by", "ann")
    shell("answer", second["id"], "--approve", "--by", "bob")
    shown = shell("rules", "--at-least", "2")
    assert "in night shift, Topic stands" in shown
    assert "People have answered so 2 times in a row (2 people, since 20" in shown
    assert f"roundhouse rules {TRIAGE} --accept 'night shift' --at-least 2" in shown
    wanted = ("rules", TRIAGE, "--accept", "night shift", "--at-least", "2", "--by", "cem")
    assert "Nothing was done. Give --yes to do it." in shell(*wanted)
    told = " ".join(shell(*wanted, "--yes").split())
    assert "Reconsider Team, Prefer Topic, AskHuman suggesting Topic" in told
    assert "A certificate of the version before does not hold for the new one" in told
    assert "Accepted by cem" in told

    torn(shell, "second", 1)
    story = shell("show", "second-0")
    assert "completed" in story
    assert "rules from people's answers: Topic stands in night shift" in story
    assert "prefer by hub: Topic stands" in story
    # the one from before goes on under the version that it began with
    assert shell.json("answer", before["id"], "--approve", "--by", "ann")["status"] == "completed"

    done = shell.json("rules", TRIAGE, "--revoke", "night shift", "--by", "ann", "--yes")
    rule = done["rule"]
    assert (done["done"], rule["accepted_by"], rule["revoked_by"]) == (True, "cem", "ann")
    assert shell("rules").strip() == "No rule holds, and people's answers suggest none."


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (("--accept", "night shift"), "Say of which workflow"),
        ((TRIAGE, "--accept", "night shift", "--revoke", "night shift"), "cannot be used together"),
        ((TRIAGE, "--accept", "night shift"), "it takes 10 answers of people in a row"),
        ((TRIAGE, "--accept", "day shift"), "It has night shift."),
        ((TRIAGE, "--revoke", "night shift"), "has no rule"),
        (("nonsense",), "Workflow 'nonsense' is not known"),
        ((TRIAGE, "--accept", "night shift", "--by", " "), "--by is empty"),
    ],
)
def test_what_cannot_be_done_is_one_line(shell: Shell, words: tuple[str, ...], mistake: str) -> None:
    error = shell("rules", *words, status=2)
    assert mistake in error
    assert len(error.strip().splitlines()) == 1
