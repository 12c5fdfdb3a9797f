"""Addresses: of mailboxes, and of this machine itself."""

import re
from ipaddress import ip_address

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def mailboxes(text: str) -> tuple[str, ...]:
    """The mail addresses of a text that separates them by commas.

    Raises ``ValueError`` for what is none, without saying what it was: a mistyped URL may have a password there. Names
    and quoted forms are not taken, so that an address can hold nothing that a server reads as a command.
    """
    found = tuple(_ascii(part.strip()) for part in text.split(",") if part.strip())
    if not all(_MAILBOX.fullmatch(each) for each in found):
        raise ValueError("not a plain mail address, such as ann@example.org")
    return tuple(dict.fromkeys(found))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that what is sent to it is on no wire."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _ascii(mailbox: str) -> str:
    """The address with a domain of other letters in its ASCII form."""
    name, at, domain = mailbox.rpartition("@")
    return mailbox if domain.isascii() else f"{name}{at}{domain.encode('idna').decode()}"
