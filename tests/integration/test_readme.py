"""What the README shows is run: its profile, its workflow and its commands."""

import asyncio
import json
import random
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from agents.lead.fit import fit_file
from agents.lead.profile import load_profile
from cli import app
from graphs.catalogue import shipped
from graphs.draw import draw
from tests.integration.test_cli import PROJECT, Shell
from tests.support.mail_receiver import MailReceiver
from tests.support.model_server import Call, ChatRequest, ModelServer, Reply, ideal

README = (PROJECT / "README.md").read_text()


def block(language: str, begins: str = "") -> str:
    """The one block of that language that begins so."""
    [found] = re.findall(rf"```{language}\n({re.escape(begins)}.*?)```", README, re.DOTALL)
    return str(found)


def commands() -> list[str]:
    """Every command of the README that begins with ``roundhouse``, without its comment."""
    lines = re.findall(r"^\$ (?:sleep \d+; )?(roundhouse .*?)(?: +#.*)?$", README, re.MULTILINE)
    return [str(line) for line in lines]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def tickets(shell: Shell) -> Shell:
    """A folder with the workflow of the README, and its three tickets."""
    (shell.folder / "tickets.py").write_text(block("python", "# tickets.py"))
    (shell.folder / "tickets.csv").write_text("id,text\n1,BILLING IS WRONG AGAIN\n2,an outage in the north\n3,hello\n")
    return shell


def test_the_terms_of_the_readme_take_their_course(tickets: Shell) -> None:
    hurried = block("python", "# hurried.py").replace("seconds=10)", "seconds=1)").replace("seconds=25)", "seconds=2)")
    (tickets.folder / "hurried.py").write_text(hurried)
    tickets.json("run", "hurried:workflow", "tickets.csv")
    [asked] = tickets.json("runs", "--status", "waiting")
    time.sleep(1.2)
    assert [review["queue"] for review in tickets.json("inbox", "--queue", "managers")] == ["managers"]
    time.sleep(1.2)
    assert tickets.json("inbox") == []
    story = tickets.json("show", asked["id"])
    assert [(review["status"], review["answered_by"]) for review in story["reviews"]] == [
        ("expired", "approve after 2 s")
    ]
    effects = {row["effect"].partition(":")[0]: row["status"] for row in tickets.json("outbox")}
    assert effects == {"remind": "delivered", "deliver": "delivered"}
    assert tickets.json("audit", asked["id"])["whole"]


def test_the_mail_of_the_readme_arrives(tickets: Shell) -> None:
    setting = re.search(r"ROUNDHOUSE_CHANNELS__DEFAULT='(smtp://127.0.0.1:8025.*?)'", README)
    assert setting is not None
    with MailReceiver() as server:
        port = str(urlsplit(server.url).port)
        tickets.environment["ROUNDHOUSE_CHANNELS__DEFAULT"] = setting[1].replace("8025", port)
        tickets("run", "tickets:workflow", "tickets.csv")
        assert {row["status"] for row in tickets.json("outbox")} == {"delivered"}
        assert len(server.mails) == 2


def test_the_workflow_of_the_readme_runs(tickets: Shell) -> None:
    shell = tickets
    assert shell("lint", "tickets:workflow").strip() == "Nothing to mend."
    assert "urgent bill" in shell("draw", "tickets:workflow")
    summary = shell.json("run", "tickets:workflow", "tickets.csv")
    assert (summary["completed"], summary["awaiting_review"]) == (2, 1)
    assert summary["conflicts"] == {"urgent bill": 1}


async def test_the_model_of_the_readme_looks_things_up(tickets: Shell) -> None:
    (tickets.folder / "looked_up.py").write_text(block("python", "# looked_up.py"))
    (tickets.folder / "phrases.csv").write_text("phrase,topic\nhello,other\nlights out,outage\n")

    def looks_up(asked: ChatRequest) -> Reply:
        has_looked = any(message["role"] == "tool" for message in asked.messages)
        return ideal(asked) if has_looked else Reply(calls=(Call("known_phrases", {"value": "lights out"}),))

    async with ModelServer(looks_up, models=["gpt-5-mini"]) as server:
        tickets.environment |= {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.key or ""}
        summary = await asyncio.to_thread(tickets.json, "run", "looked_up:workflow", "tickets.csv")
        assert (summary["cases"], summary["model_calls"], server.calls) == (3, 6, 6)
        story = await asyncio.to_thread(tickets.json, "show", summary["run_ids"][0])
    [topic] = [record for record in story["records"] if record["decision"] == "Topic"]
    [found] = topic["provenance"]["evidence"]
    assert (found["source"], json.loads(found["text"])[0]["topic"]) == ("phrases.csv, line 3", "outage")


def test_the_drawing_of_the_readme_is_that_of_the_workflow() -> None:
    assert block("mermaid") == draw(shipped().load("lead-qualification"))


def test_the_profile_of_the_readme_is_fitted_and_run(shell: Shell) -> None:
    (shell.folder / "my.toml").write_text(block("toml", "name = "))
    chance = random.Random(3)
    lines = []
    for number in range(400):
        seats, source = chance.randint(1, 300), chance.choice(["ad", "friend"])
        bought = chance.random() < 0.1 + seats / 600 + 0.2 * (source == "friend")
        lines.append(f"u{number},Firm {number},{seats},{source},1.5,{'yes' if bought else 'no'}")
    header = "user,company,seats,source,sector_growth,bought"
    (shell.folder / "labelled.csv").write_text("\n".join((header, *lines)))
    (shell.folder / "my.csv").write_text("\n".join((header, *lines[:20])))
    fitted = fit_file(load_profile(shell.folder / "my.toml"), shell.folder / "labelled.csv")
    assert fitted.path == shell.folder / "my.scorecard.toml"
    words = ("run", "lead-qualification", "my.csv", "--profile", "my.toml", "--out", "routed.csv")
    assert shell.json(*words)["cases"] == 20
    assert len((shell.folder / "routed.csv").read_text().splitlines()) == 21


def test_the_report_of_the_readme_is_made_and_again_on_its_schedule(shell: Shell) -> None:
    (shell.folder / "prices.toml").write_text(block("toml", "# prices.toml"))
    (shell.folder / "requests.jsonl").write_text(block("json", '{"id": "prices-2026-03"'))
    summary = shell.json("run", "data-reporting", "requests.jsonl", "--profile", "prices.toml")
    assert (summary["cases"], summary["completed"]) == (1, 1)
    [paper] = (shell.folder / "outbox").glob("prices-2026-03-*.pdf")
    assert paper.read_bytes().startswith(b"%PDF")
    [schedule] = shell.json("schedules")
    assert (schedule["cron"], schedule["zone"], schedule["status"]) == ("0 7 2 * *", "Europe/Vienna", "active")


def test_every_picture_of_the_readme_is_there() -> None:
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (PROJECT / path).is_file(), path


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_readme_exists_with_its_options(command: str) -> None:
    words = command.split("'")[0].split('"')[0].split()[1:]
    usage = CliRunner().invoke(app, [words[0], "--help"])
    assert usage.exit_code == 0
    assert all(word in usage.output for word in words if word.startswith("--"))


def test_the_summary_of_the_readme_is_that_of_the_sample(shell: Shell) -> None:
    summary = shell.json("run", "lead-qualification", str(PROJECT / "data" / "leads.csv"))
    shown = README.split("```text\n")[1].split("```")[0]
    counts = {name: summary[key] for name, key in (("completed", "completed"), ("waiting", "awaiting_review"))}
    for name, count in counts.items():
        assert re.search(rf"{name} +{count} ", shown), json.dumps(summary)
