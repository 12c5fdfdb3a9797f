"""The page on serving: every command on it is given, to a real service."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from runtime.settings import Settings
from tests.support.service import serving_command

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()


def commands(word: str) -> list[str]:
    """Every command of the page that begins with a word, with the lines that go on from it."""
    shown = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    given = [each for block in shown for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [each.strip() for each in given if each.startswith(word)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_what_the_page_asks_is_answered(tmp_path: Path) -> None:
    with serving_command(tmp_path, {}) as (_, address):
        answers = []
        for command in commands("curl"):
            here = command.replace("http://127.0.0.1:8400", address)
            given = subprocess.run(["bash", "-c", here], capture_output=True, text=True, check=True)
            answers.append(json.loads(given.stdout))
        begun = (tmp_path / "said").read_text()
    assert len(answers) == 6
    assert not [answer for answer in answers if "detail" in answer]
    assert answers[0]["status"] == "running"
    assert answers[3]["case"]["title"]
    shown = re.search(r"^\$ roundhouse serve\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    told = " ".join(begun.split())
    assert " ".join(shown[1].split()).replace("http://127.0.0.1:8400", address) in told


def test_what_the_page_sets_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for command in commands("export"):
        for name, quoted, plain in re.findall(r"(ROUNDHOUSE_\w+)=(?:'(.*?)'|(\S+))", command):
            monkeypatch.setenv(name, quoted or plain)
    chosen = Settings()
    assert set(chosen.api_keys) == {"crm", "desk"}
    assert chosen.service_webhook is not None
    assert chosen.webhook_secret is not None
