"""The commands by which people claim, answer in bulk, look after effects and read the trail."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.integration.test_cli import TRIAGE, Shell
from tests.support.webhook_receiver import Answer, WebhookReceiver


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def run_tickets(shell: Shell, *troubles: str) -> None:
    rows = [json.dumps({"id": f"t{n}", "text": "printer hums", "trouble": each}) for n, each in enumerate(troubles)]
    (shell.folder / "tickets.jsonl").write_text("\n".join(rows))
    shell("run", TRIAGE, "tickets.jsonl")


def test_a_claim_keeps_others_out_until_it_is_released(shell: Shell) -> None:
    run_tickets(shell, "unsure")
    [review] = shell.json("inbox")
    assert "claimed by ann for 14 min" in shell("claim", review["id"][:6], "--by", "ann")
    assert "claimed by ann" in shell("inbox")
    assert "is claimed by 'ann' until" in shell("answer", review["id"], "--approve", "--by", "bob", status=1)
    assert shell.json("claim", review["id"], "--release", "--by", "ann")["status"] == "open"
    assert shell.json("claim", review["id"], "--priority", "7")["priority"] == 7
    assert shell.json("answer", review["id"], "--approve", "--by", "bob", "--why", "known")["status"] == "completed"
    answered = shell.json("show", "t0")["reviews"][0]["answer"]
    assert (answered["by"], answered["text"]) == ("bob", "known")


def test_questions_alike_are_answered_together_after_a_preview(shell: Shell) -> None:
    run_tickets(shell, "unsure", "unsure", "disagree", "unsure")
    review = next(each for each in shell.json("inbox") if each["kind"] == "low_confidence")
    preview = shell("answer", review["id"], "--approve", "--alike")
    assert "3 questions will be answered: approve." in preview
    assert "Nothing was done." in preview
    assert len(shell.json("inbox")) == 4
    answered = shell.json("answer", review["id"], "--approve", "--alike", "--yes")
    assert [each["status"] for each in answered["answers"]] == ["completed"] * 3
    assert [each["kind"] for each in shell.json("inbox")] == ["conflict"]
    assert "one at a time" in shell("answer", review["id"], "--edit", "{}", "--alike", status=2)


def test_effects_are_in_the_folder_and_listed(shell: Shell) -> None:
    run_tickets(shell, "", "")
    assert len(list((shell.folder / "outbox").glob("*.json"))) == 2
    assert "2 delivered" in shell("outbox")
    assert shell.json("outbox", "--status", "dead") == []
    assert "Status 'lost' is not known" in shell("outbox", "--status", "lost", status=2)


def test_a_dead_effect_is_sent_again_on_a_persons_word(shell: Shell) -> None:
    with WebhookReceiver(Answer(404)) as server:
        shell.environment["ROUNDHOUSE_CHANNELS__DEFAULT"] = server.url
        run_tickets(shell, "")
        assert [effect["status"] for effect in shell.json("outbox")] == ["dead"]
        assert [effect["status"] for effect in shell.json("outbox", "--retry-dead")] == ["delivered"]
        assert len(server.processed) == 1


def test_an_effect_that_waits_can_be_let_be(shell: Shell) -> None:
    shell.environment["ROUNDHOUSE_CHANNELS__DEFAULT"] = "http://127.0.0.1:9/hook"
    run_tickets(shell, "")
    [effect] = shell.json("outbox")
    assert (effect["status"], effect["attempts"]) == ("pending", 1)
    assert shell.json("outbox", effect["id"], "--as", "withdrawn", "--by", "ann")["status"] == "withdrawn"
    assert "cannot be resolved" in shell("outbox", effect["id"], "--as", "delivered", status=2)
    assert "Give an effect and --as together" in shell("outbox", effect["id"], status=2)
    assert "does not exist" in shell("outbox", "zz", "--as", "again", status=2)
    trail = shell.json("audit", "t0")
    assert [(row["action"], row["actor"]) for row in trail["trail"]][-1] == ("resolved", "ann")


def test_a_channel_that_cannot_be_used_is_told_before_anything_runs(shell: Shell) -> None:
    (shell.folder / "tickets.jsonl").write_text("")
    shell.environment["ROUNDHOUSE_CHANNELS__DEFAULT"] = "pigeon://roof"
    said = shell("run", TRIAGE, "tickets.jsonl", status=2)
    assert "default" in said
    assert said.count("\n") == 1
    assert not (shell.folder / "roundhouse.db").exists()


def test_the_trail_is_told_and_tampering_is_named(shell: Shell) -> None:
    run_tickets(shell, "unsure")
    trail = shell.json("audit", "t0")
    assert (trail["whole"], trail["bad"], trail["rows"]) == (True, None, len(trail["trail"]))
    assert "Whole: " in shell("audit", "t0", "--expect", trail["head"])
    with sqlite3.connect(shell.folder / "roundhouse.db") as database:
        database.execute("UPDATE audit SET actor = 'eve' WHERE ordinal = 2")
    process = shell.begin("audit", "t0", "--json")
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["bad"]) == (1, 2)


def test_a_trail_without_the_expected_hash_is_not_whole(shell: Shell) -> None:
    run_tickets(shell, "")
    process = shell.begin("audit", "t0", "--expect", "0" * 64)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, "was expected" in out) == (1, True)
