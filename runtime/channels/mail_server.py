"""The mail server: where mail is handed in, as one URL says it.

``smtp://user:password@host:587?from=hub@example.org&to=team@example.org&tls=starttls&timeout=30``; with ``smtps://``
the connection begins with TLS. No error of this module repeats anything of the URL: where a password holds an
unescaped sign, a part of it turns up in any of the other fields.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from runtime.channels.address import is_loopback, mailboxes
from state.errors import UsageError

Encryption = Literal["tls", "starttls", "none"]
"""``tls``: from the first byte. ``starttls``: asked for in clear, and required. ``none``: never."""

LONGEST = 600.0
"""Seconds that one attempt may be given at most."""

_OPTIONS = frozenset({"from", "to", "tls", "timeout", "domain"})
_ESCAPE = "write the signs @ : / ? # % of a user name or password as %40 %3A %2F %3F %23 %25"
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and from whom it comes."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    """Who gets what is for nobody that the settings know."""
    encryption: Encryption
    timeout: float
    """Seconds that one attempt may take, from the connection to the server's last word."""
    domain: str
    """The right side of every Message-ID."""
    user: str | None = None
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """The server of a URL. Raises ``UsageError`` that says what to write instead."""
        parts = _split(url)
        options = _options(parts.query)
        host, port = _place(parts)
        encryption = _encryption(parts.scheme, options.get("tls"))
        user, password = _login(parts, encryption, host)
        [sender] = _mailboxes("from", options.get("from", ""), least=1, most=1)
        return cls(
            host=host,
            port=port or (465 if encryption == "tls" else 587),
            sender=sender,
            recipients=_mailboxes("to", options.get("to", ""), least=0, most=100),
            encryption=encryption,
            timeout=_timeout(options.get("timeout", "30")),
            domain=_domain(options.get("domain", "roundhouse")),
            user=user,
            password=password,
        )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it.
        readable = parts.port != 0 and parts.path in {"", "/"} and not parts.fragment
    except ValueError:
        readable = False
    if not readable or any(sign.isspace() for sign in url):
        raise UsageError(f"its URL is not of the form smtp://user:password@host:587?from=…&to=…; {_ESCAPE}")
    return parts


def _options(query: str) -> Mapping[str, str]:
    # A plus sign is itself here: it is common in mail addresses, and not a space as in a form.
    pairs = [part.partition("=") for part in query.split("&") if part]
    options = {unquote(name): unquote(value) for name, _, value in pairs}
    if not options.keys() <= _OPTIONS or len(options) < len(pairs):
        raise UsageError(f"the options behind '?' are from, to, tls, timeout and domain, each once; {_ESCAPE}")
    return options


def _place(parts: SplitResult) -> tuple[str, int | None]:
    host = parts.hostname or ""
    try:
        usable = bool(host) and bool(host.encode("idna"))
    except UnicodeError:
        usable = False
    if not usable:
        raise UsageError("its URL names no usable host: smtp://user:password@host:587?from=…&to=…")
    return host, parts.port


def _encryption(scheme: str, tls: str | None) -> Encryption:
    match scheme, tls:
        case "smtps", None:
            return "tls"
        case "smtp", None | "starttls":
            return "starttls"
        case "smtp", "none":
            return "none"
        case _:
            raise UsageError("tls is 'starttls' or 'none', and left out with smtps://")


def _login(parts: SplitResult, encryption: Encryption, host: str) -> tuple[str | None, str]:
    if parts.username is None:
        return None, ""
    user, password = unquote(parts.username), unquote(parts.password or "")
    if not (user + password).isascii() or not (user + password).isprintable():
        raise UsageError("its user name and password can hold plain ASCII only: SMTP has no other")
    if encryption == "none" and not is_loopback(host):
        raise UsageError("it would send its password in clear; leave out 'tls=none', or use smtps://")
    return user, password


def _mailboxes(option: str, text: str, least: int, most: int) -> tuple[str, ...]:
    try:
        found = mailboxes(text)
    except ValueError:
        found = None
    if found is None or not least <= len(found) <= most:
        many = "one plain address" if most == 1 else f"at most {most} plain addresses, separated by commas"
        raise UsageError(f"{option}= takes {many}, such as {option}=ann@example.org")
    return found


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= LONGEST:
        raise UsageError(f"timeout= takes seconds, from 1 to {LONGEST:g}")
    return seconds


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise UsageError("domain= takes a plain domain, such as domain=example.org")
    return text
