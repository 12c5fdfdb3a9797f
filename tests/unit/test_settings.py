"""The settings: from the environment and from a .env, merged over what holds without any."""

import traceback
from pathlib import Path

import pytest

from runtime.settings import Settings, settings
from state.errors import UsageError


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "CHANNELS",
        "CHANNELS__DEFAULT",
        "CHANNELS__TEAM",
        "RECIPIENTS",
        "WEBHOOK_SECRET",
        "DATABASE_URL",
        "FILES",
    ):
        monkeypatch.delenv(f"ROUNDHOUSE_{name}", raising=False)


def channels(found: Settings) -> dict[str, str]:
    return {name: url.get_secret_value() for name, url in found.channels.items()}


def test_without_any_settings_effects_go_to_a_folder() -> None:
    assert channels(settings()) == {"default": "folder:outbox"}
    assert (settings().recipients, settings().webhook_secret) == ({}, None)


@pytest.mark.parametrize(("given", "folder"), [("kept", "kept"), ("", "roundhouse-files"), (" ", "roundhouse-files")])
def test_files_are_kept_in_a_folder_that_is_set(given: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().files == Path("roundhouse-files")
    monkeypatch.setenv("ROUNDHOUSE_FILES", given)
    assert settings().files == Path(folder)


OUTBOX = "folder:outbox"
SETTINGS = [
    # JSON, beside the default
    ({"CHANNELS": '{"Team": "folder:a"}'}, {"default": OUTBOX, "team": "folder:a"}),
    # one entry, in its place
    ({"CHANNELS__DEFAULT": "folder:b"}, {"default": "folder:b"}),
    # one entry, beside it
    ({"CHANNELS__TEAM": "folder:b"}, {"default": OUTBOX, "team": "folder:b"}),
    # both, the one entry wins
    ({"CHANNELS": '{"TEAM": "folder:a"}', "CHANNELS__TEAM": "folder:b"}, {"default": OUTBOX, "team": "folder:b"}),
    # a URL with an underscore and an equals sign
    ({"CHANNELS__TEAM": "smtp://u__x:p@h?from=a@b.c"}, {"default": OUTBOX, "team": "smtp://u__x:p@h?from=a@b.c"}),
    # what looks like JSON is a URL all the same
    ({"CHANNELS__TEAM": "123"}, {"default": OUTBOX, "team": "123"}),
]


@pytest.mark.parametrize(("given", "expected"), SETTINGS)
def test_channels_are_set_in_the_environment(
    given: dict[str, str], expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"ROUNDHOUSE_{name}", value)
    assert channels(settings()) == expected


@pytest.mark.parametrize(("given", "expected"), SETTINGS)
def test_channels_are_set_in_a_file(given: dict[str, str], expected: dict[str, str], tmp_path: Path) -> None:
    lines = [f"ROUNDHOUSE_{name}='{value}'" for name, value in given.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "OPENAI_API_KEY=x"]))
    assert channels(settings()) == expected


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text('ROUNDHOUSE_CHANNELS={"Team": "folder:file", "crm": "folder:crm"}\n')
    monkeypatch.setenv("ROUNDHOUSE_CHANNELS__TEAM", "folder:environment")
    assert channels(settings()) == {"default": OUTBOX, "team": "folder:environment", "crm": "folder:crm"}


def test_recipients_and_the_secret_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDHOUSE_RECIPIENTS", '{"North team": "n@example.org"}')
    monkeypatch.setenv("ROUNDHOUSE_WEBHOOK_SECRET", "S3cret")
    monkeypatch.setenv("ROUNDHOUSE_SERVICE_WEBHOOK", "https://u:S3cret@h/S3cret")
    monkeypatch.setenv("ROUNDHOUSE_API_KEYS", '{"crm": "S3cret"}')
    found = settings()
    assert found.recipients == {"North team": "n@example.org"}
    assert found.webhook_secret
    assert found.webhook_secret.get_secret_value() == "S3cret"


def test_an_empty_secret_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDHOUSE_WEBHOOK_SECRET", "")
    assert settings().webhook_secret is None


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDHOUSE_DATABASE_URL", "postgresql+psycopg://u:S3cret@h/x")
    monkeypatch.setenv("ROUNDHOUSE_CHANNELS__TEAM", "smtp://u:S3cret@h?from=a@b.c")
    monkeypatch.setenv("ROUNDHOUSE_WEBHOOK_SECRET", "S3cret")
    found = settings()
    assert "S3cret" not in repr(found) + str(found) + repr(found.channels)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHANNELS", '{"team": "smtp://u:S3cret@h"'),  # not JSON
        ("CHANNELS", "folder:S3cret"),
        ("CHANNELS", '["S3cret"]'),  # not a mapping
        ("CHANNELS", '{"team": {"S3cret": 1}}'),  # too deep
        ("CHANNELS", '{"a team": "S3cret"}'),  # a name that no variable can have
        ("RECIPIENTS", '{"north": ["S3cret"]}'),
        ("RECIPIENTS", "S3cret"),
        ("API_KEYS", "S3cret"),
        ("API_KEYS", '{"crm": "S3cret", "desk": "S3cret"}'),  # not to be told apart
        ("API_KEYS", '{"crm": "S3cret", "desk": ""}'),  # anybody could send it
        ("API_KEYS", '{"crm": " S3cret"}'),
    ],
)
def test_unusable_settings_are_said_in_one_line_without_their_values(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ROUNDHOUSE_{name}", value)
    with pytest.raises(UsageError) as raised:
        settings()
    assert str(raised.value).startswith("The settings (environment or .env) cannot be used: ")
    assert name.lower() in str(raised.value)
    assert "\n" not in str(raised.value)
    if '{"S3cret"' not in value:
        assert "S3cret" not in "".join(traceback.format_exception(raised.value))
