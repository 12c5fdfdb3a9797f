"""What docs/installing.md has installed: kept valid as far as it can be without an engine that runs it."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml  # type: ignore[import-untyped]  # it has no types of its own
from streamlit.config import get_config_options

import cli
from runtime import worker
from runtime.service import driving, server
from runtime.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "postgres"}

VARIABLE = r"\bROUNDHOUSE_[A-Z_]*[A-Z]\b"

FOREIGN = {"OPENAI_API_KEY", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
"""Variables that are not of our own naming."""


def unit(file: Path) -> dict[str, list[tuple[str, str]]]:
    """The sections of a unit; a key may be there more than once."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for line in file.read_text().splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section.append((key, value))
    return sections


def commands() -> Iterator[tuple[str, list[str]]]:
    for name, service in OURS.items():
        yield f"compose {name}", service["command"]
    for file in UNITS:
        yield file.name, shlex.split(dict(unit(file)["Service"])["ExecStart"])


def options_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command of ours that some words give, and the rest of the words."""
    command: Any = typer.main.get_command(cli.app)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def seconds(duration: str) -> float:
    return float(duration.removesuffix("s"))


@pytest.mark.parametrize(("where", "words"), list(commands()), ids=lambda each: each if isinstance(each, str) else "")
def test_every_command_that_is_given_can_be_given(where: str, words: list[str]) -> None:
    program, *rest = words
    match Path(program).name:
        case "roundhouse":
            command, rest = options_of(rest)
            with command.make_context(where, rest) as context:
                assert context.command is command
        case "streamlit":
            assert rest[:2] == ["run", "/opt/roundhouse/app.py"]
            known = {f"--{name}" for name in get_config_options()}
            assert {word for word in rest if word.startswith("--")} <= known
        case other:
            raise AssertionError(other)


def test_a_command_that_does_not_exist_would_be_found() -> None:
    command, rest = options_of(["worker", "--concurency", "3"])
    with pytest.raises(Exception, match="concurency"):
        command.make_context("worker", rest)


def test_every_variable_that_is_named_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    named = {name for file in DEPLOY.rglob("*") if file.is_file() for name in re.findall(VARIABLE, file.read_text())}
    fields = {f"ROUNDHOUSE_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in named if name.partition("__")[0] not in fields} == set()
    for file in DEPLOY.glob("*.example"):
        for line in file.read_text().splitlines():
            if line and not line.startswith("# "):
                name, is_set, value = line.removeprefix("#").partition("=")
                assert is_set
                assert name in FOREIGN or name.partition("__")[0] in fields, name
                monkeypatch.setenv(name, value)
    chosen = Settings()
    assert set(chosen.api_keys) == {"crm"}
    assert set(chosen.channels) == {"default"}
    assert chosen.log == "json"


def test_what_ends_has_the_time_that_it_needs() -> None:
    needs = {"worker": worker.GRACE, "serve": server.GRACE + driving.GRACE, "app": 0.0}
    for file in UNITS:
        [name] = [name for name in needs if f"-{name}" in file.name]
        assert seconds(dict(unit(file)["Service"])["TimeoutStopSec"]) >= needs[name] + 15
        assert seconds(SERVICES[name]["stop_grace_period"]) >= needs[name] + 15
    assert len(UNITS) == len(needs)


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_is_read_as_it_is_meant(file: Path) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as its documentation does
    parser.read_string(file.read_text())
    service = parser["Service"]
    assert service["User"] == service["Group"] == "roundhouse"
    assert service["EnvironmentFile"] == "/etc/roundhouse/roundhouse.env"
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert (service["Restart"], service["KillSignal"]) == ("always", "SIGTERM")
    assert service["ProtectSystem"] == "strict"
    assert parser["Unit"]["StartLimitIntervalSec"] == "0"
    page = parser["Unit"]["Documentation"].removeprefix("file:///opt/roundhouse/")
    assert (ROOT / page).is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_else_wrong_with_the_units() -> None:
    """All it misses are the programs, which are not installed here."""
    given = ["systemd-analyze", "verify", *map(str, UNITS)]
    said = subprocess.run(given, capture_output=True, text=True, check=False).stderr
    ours = [line for line in said.splitlines() if "roundhouse" in line]
    assert [line for line in ours if "is not executable: No such file" not in line] == []


def has_compose() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0


@pytest.mark.skipif(not has_compose(), reason="docker compose is not installed")
def test_docker_compose_reads_the_file(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    for file in (tmp_path / "deploy").glob("*.example"):
        file.rename(file.with_suffix(""))
    given = ["docker", "compose", "-f", "deploy/compose.yaml", "config", "--format", "json"]
    read = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert set(json.loads(read)["services"]) == set(SERVICES)


def test_the_services_stand_on_each_other_and_on_nothing_else() -> None:
    known = {"image", "build", "command", "env_file", "environment", "volumes", "depends_on", "init", "cap_drop"}
    known |= {"security_opt", "restart", "healthcheck", "shm_size", "deploy", "stop_grace_period", "ports"}
    for name, service in SERVICES.items():
        assert set(service) <= known, name
        for other, on in service.get("depends_on", {}).items():
            is_checked = on["condition"] == "service_healthy" and "healthcheck" in SERVICES[other]
            assert is_checked or (on["condition"], other) == ("service_completed_successfully", "upgrade")
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        assert (DEPLOY / f"{service['env_file']}.example").is_file()
    assert all("healthcheck" in service for name, service in SERVICES.items() if name != "upgrade")
    assert SERVICES["worker"]["deploy"]["replicas"] > 1


def test_only_this_machine_reaches_the_ports() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert sorted(ports) == ["127.0.0.1:8400:8400", "127.0.0.1:8501:8501"]
    for file in UNITS:
        assert "0.0.0.0" not in file.read_text()


def test_no_secret_stands_in_the_files_and_none_can_be_committed() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    assert re.search(r"(?i)password|secret:|_keys?:", re.sub(r"(?m)#.*$", "", text)) is None
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "/deploy/*.env" in ignored


def test_the_image_is_made_of_what_is_there() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert copied >= {"constraints.txt", "pyproject.toml", "app.py", "cli.py"}
    assert [path for path in copied if not (ROOT / path).exists()] == []
    build = OURS["worker"]["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    sent = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    assert sent == copied
    [packages] = re.findall(r"only-include = (\[.*\])", (ROOT / "pyproject.toml").read_text())
    assert set(json.loads(packages)) <= copied
    [extras] = re.findall(r"\.\[([a-z,]+)\]", "\n".join(lines))
    offered = re.findall(r"(?m)^([a-z]+) = \[", (ROOT / "pyproject.toml").read_text())
    assert set(extras.split(",")) <= set(offered)
    assert "--constraint constraints.txt" in "\n".join(lines)


def test_every_command_of_the_page_exists() -> None:
    page = (ROOT / "docs" / "installing.md").read_text()
    names = "|".join(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]  # it is a group
    lines = "\n".join(re.findall(r"^\$ (.*)$", page, re.MULTILINE))
    given = re.findall(rf"(?:roundhouse|hub) ((?:{names})\b.*?)(?: \||\)| &|$)", lines, re.MULTILINE)
    assert len(given) >= 17
    for words in given:
        command, rest = options_of(shlex.split(words))
        with command.make_context("roundhouse", rest) as context:
            assert context.command is command
    settings = {f"ROUNDHOUSE_{name.upper()}" for name in Settings.model_fields} | {"ROUNDHOUSE_DATA_DIR"}
    assert {name for name in re.findall(VARIABLE, page) if name.partition("__")[0] not in settings} == set()
    for path in re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", page):
        assert path.startswith("https") or (ROOT / "docs" / path).exists(), path


def test_no_package_index_is_named() -> None:
    for file in [path for path in DEPLOY.rglob("*") if path.is_file()]:
        assert re.search(r"index-url|trusted-host|pypi|simple/", file.read_text()) is None, file
