"""The channels of the settings, opened: each URL becomes the channel that its first word names."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from runtime.channels.channel import Channel
from runtime.channels.folder import FolderChannel
from runtime.channels.mail import MailChannel
from runtime.channels.mail_server import MailServer
from runtime.channels.webhook import WebhookChannel
from runtime.channels.webhook_address import WebhookAddress
from runtime.settings import Settings
from state.errors import UsageError

SERVICE = "service"
"""The channel by which the callers of the service are told of their runs."""


def open_channels(settings: Settings) -> Mapping[str, Channel]:
    """Every channel by its name. Raises ``UsageError`` for the first that cannot be opened, before anything is sent."""
    urls = dict(settings.channels)
    if settings.service_webhook is not None:
        if SERVICE in urls:
            raise UsageError(f"ROUNDHOUSE_SERVICE_WEBHOOK is the channel {SERVICE!r}. Give that of yours another name.")
        urls[SERVICE] = settings.service_webhook
    return {
        name: open_channel(name, url, recipients=settings.recipients, webhook_secret=settings.webhook_secret)
        for name, url in urls.items()
    }


def open_channel(
    name: str,
    url: SecretStr,
    *,
    recipients: Mapping[str, str] | None = None,
    webhook_secret: SecretStr | None = None,
) -> Channel:
    """The channel of one URL. Raises ``UsageError`` with the channel's name and without anything secret."""
    try:
        return _opened(url.get_secret_value().strip(), recipients or {}, webhook_secret)
    except UsageError as wrong:
        problem = str(wrong)
    raise UsageError(f"Channel {name!r} cannot be opened: {problem}.")


def _opened(url: str, recipients: Mapping[str, str], webhook_secret: SecretStr | None) -> Channel:
    kind, _, rest = url.partition(":")
    match kind.lower():
        case "folder":
            return FolderChannel(_folder(rest))
        case "smtp" | "smtps":
            return MailChannel(MailServer.parse(url), recipients)
        case "http" | "https":
            secret = webhook_secret.get_secret_value() if webhook_secret else None
            return WebhookChannel(WebhookAddress.parse(url), secret)
        case _:
            raise UsageError("use folder:PATH, smtp://…, smtps://…, https://…, or http:// to this machine")


def _folder(path: str) -> Path:
    if not path or "\0" in path:
        raise UsageError("it names no folder; use folder:PATH, such as folder:outbox")
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError("its folder begins with the home of somebody who is not known here; use a full path") from None
