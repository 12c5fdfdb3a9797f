"""The address of a webhook, taken apart into what may be shown and what may not."""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx

from runtime.channels.address import is_loopback
from state.errors import UsageError

_SHORTEST = 8
"""Characters from which on a part of a path or query is hidden: it may be the key to the receiver."""

_HOST = re.compile(rb"[A-Za-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """Where a webhook is sent to."""

    url: httpx.URL = field(repr=False)
    """Without user and password, which would turn up in logs."""
    login: tuple[str, str] | None = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    """What no error may repeat; a receiver may well do so."""

    @property
    def host(self) -> str:
        """What can be shown of the address."""
        return self.url.host

    @classmethod
    def parse(cls, text: str) -> "WebhookAddress":
        """The address of a URL. Raises ``UsageError`` without anything of the URL, since all of it may be secret."""
        url = _parsed(text)
        if url is None or not _HOST.fullmatch(url.raw_host) or any(sign.isspace() for sign in text):
            raise UsageError("its URL is not of the form https://user:password@host/path")
        if url.scheme == "http" and not is_loopback(url.host):
            raise UsageError("it would send in clear; use https:// (http:// goes to this machine only)")
        login = (url.username, url.password) if url.userinfo else None
        return cls(url.copy_with(userinfo=None, fragment=None), login, tuple(_secrets(url, login)))


def _parsed(text: str) -> httpx.URL | None:
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None


def _secrets(url: httpx.URL, login: tuple[str, str] | None) -> set[str]:
    found = {url.path, url.raw_path.decode(), url.query.decode()}
    found |= {*url.path.split("/"), *url.raw_path.decode().split("/")}
    found |= {value for _, value in url.params.multi_items()}
    found |= {unquote(each) for each in found}
    found = {each for each in found if len(each) >= _SHORTEST}
    if login:
        pair = ":".join(login)
        written = url.userinfo.decode()
        found |= {login[1], pair, written, written.partition(":")[2], base64.b64encode(pair.encode()).decode()}
    return found
