"""Opening the channels: a URL's first word says which, and what is wrong is said in one line without secrets."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from runtime.channels.folder import FolderChannel
from runtime.channels.mail import MailChannel
from runtime.channels.opened import open_channel, open_channels
from runtime.channels.webhook import WebhookChannel
from runtime.settings import Settings
from state.errors import UsageError


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("folder:outbox", FolderChannel),
        ("FOLDER:/var/outbox ", FolderChannel),
        ("folder:~/outbox", FolderChannel),
        ("smtp://h?from=a@b.c", MailChannel),
        ("smtps://u:p@h?from=a@b.c", MailChannel),
        ("https://example.org/x", WebhookChannel),
        ("http://localhost:8000/x", WebhookChannel),
    ],
)
async def test_a_url_says_which_channel_it_is(url: str, kind: type) -> None:
    channel = open_channel("team", SecretStr(url))
    assert isinstance(channel, kind)
    await channel.close()


def test_a_folder_is_found_from_where_the_command_is_given_and_from_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ann")
    opened = [open_channel("x", SecretStr(url)) for url in ("folder:out", "folder:~/out", "folder:/a:b")]
    assert [each.path for each in opened if isinstance(each, FolderChannel)] == [
        tmp_path / "out",
        Path("/home/ann/out"),
        Path("/a:b"),
    ]


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("", "use folder:PATH, smtp://"),
        ("S3cret", "use folder:PATH, smtp://"),
        ("ftp://u:S3cret@h/x", "use folder:PATH, smtp://"),
        ("S3cret://h", "use folder:PATH, smtp://"),
        ("folder:", "use folder:PATH, such as"),
        ("folder:S3cret\0", "use folder:PATH, such as"),
        ("folder:~nobody-S3cret/x", "use a full path"),
        ("smtp://u:S3cret@h?from=a@b.c&tls=none", "in clear"),
        ("http://u:S3cret@h/x", "in clear"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_line_with_the_channels_name(url: str, advice: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_channel("team", SecretStr(url), webhook_secret=SecretStr("S3cret"))
    said = str(raised.value)
    assert said.startswith("Channel 'team' cannot be opened: ")
    assert advice in said
    assert "S3cret" not in said
    assert "\n" not in said
    assert raised.value.__context__ is None


async def test_all_channels_of_the_settings_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    urls = {"crm": SecretStr("https://example.org/x"), "Team": SecretStr("smtp://h?from=a@b.c")}
    channels = open_channels(Settings(channels=urls, webhook_secret=SecretStr("whsec_c2VjcmV0")))
    kinds = {name: type(channel) for name, channel in channels.items()}
    assert kinds == {"default": FolderChannel, "crm": WebhookChannel, "team": MailChannel}
    assert {name: channel.tells_repeats_apart for name, channel in channels.items()} == {
        "default": True,
        "crm": True,
        "team": False,
    }
    for channel in channels.values():
        await channel.close()
    assert list(tmp_path.iterdir()) == []


async def test_the_webhook_of_the_service_is_a_channel_of_its_name() -> None:
    webhook = SecretStr("https://example.org/S3cret-path")
    opened = open_channels(Settings(service_webhook=webhook))["service"]
    assert isinstance(opened, WebhookChannel)
    await opened.close()
    with pytest.raises(UsageError, match="another name"):
        open_channels(Settings(service_webhook=webhook, channels={"service": SecretStr("folder:x")}))
    with pytest.raises(UsageError, match=r"^Channel 'service' cannot be opened: it would send in clear"):
        open_channels(Settings(service_webhook=SecretStr("http://example.org/S3cret")))


def test_a_secret_of_webhooks_that_cannot_be_read_is_found_when_they_are_opened() -> None:
    with pytest.raises(UsageError, match="Channel 'crm' cannot be opened: ROUNDHOUSE_WEBHOOK_SECRET begins"):
        open_channel("crm", SecretStr("https://h/x"), webhook_secret=SecretStr("whsec_%"))
