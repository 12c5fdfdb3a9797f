"""The hosts that a tool may speak to, as they are declared, and the check of a URL against them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

from agents.tools.tool import ToolRefused

Address = IPv4Address | IPv6Address

_PORTS = {"https": 443, "http": 80}

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")

_UNCLEAN = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""What readers of URLs disagree on."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One scheme, host and port."""

    scheme: str
    host: str
    """In lower-case ASCII without a dot at its end; an address in its usual form."""
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def address(self) -> Address | None:
        """The host where it is an address; None where it is a name."""
        return _address(self.host)

    @classmethod
    def of(cls, url: httpx.URL) -> "Origin":
        """The origin of a URL. Raises ``ValueError`` where it has none that is http or https."""
        if url.scheme not in _PORTS:
            raise ValueError("it does not begin with https:// or http://")
        host = url.raw_host.decode("ascii").lower().removesuffix(".").strip("[]")
        address = _address(host)
        if address is None and not (_NAME.fullmatch(host) and len(host) <= 253):
            raise ValueError("it has no plain host")
        return cls(url.scheme, host if address is None else str(address), url.port or _PORTS[url.scheme])


@dataclass(frozen=True, slots=True)
class DeclaredHosts:
    """The origins that are allowed, and no others: a host that was declared with a port is allowed with that only."""

    origins: tuple[Origin, ...]

    @classmethod
    def parse(cls, declared: Iterable[str]) -> "DeclaredHosts":
        """From ``host``, ``host:port`` or a scheme with these, https where none is said. Raises ``ValueError``."""
        if isinstance(declared, str):
            raise ValueError(f"hosts={declared!r} must be several hosts, not one text.")
        origins = tuple(map(_origin, declared))
        if not origins:
            raise ValueError("hosts is empty. Name at least one, such as 'api.example.org'.")
        return cls(origins)

    def __str__(self) -> str:
        return ", ".join(map(str, self.origins))

    @property
    def addresses(self) -> frozenset[Address]:
        """The hosts that were declared as addresses."""
        return frozenset(address for origin in self.origins if (address := origin.address) is not None)

    def admitted(self, text: str) -> httpx.URL:
        """The URL, with its host as it was compared and without a fragment. Raises ``ToolRefused``."""
        try:
            url = _url(text)
            origin = Origin.of(url)
        except (httpx.InvalidURL, ValueError) as error:
            raise ToolRefused(f"{text[:200]!r} is not a URL that can be read: {error}.") from None
        if origin not in self.origins:
            raise ToolRefused(f"{origin} is not allowed. Allowed are only: {self}.")
        return url.copy_with(host=origin.host, port=origin.port, fragment=None)


def _url(text: str) -> httpx.URL:
    """The URL of a text that all readers take for the same one. Raises ``ValueError`` or ``httpx.InvalidURL``."""
    if _UNCLEAN.search(text):
        raise ValueError("it has spaces, controls or backslashes")
    if "@" in re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[0]:
        raise ValueError("it has a user or password")
    url = httpx.URL(text)
    if url.userinfo:
        raise ValueError("it has a user or password")
    return url


def _origin(entry: str) -> Origin:
    try:
        url = _url(entry if "://" in entry else f"https://{entry}")
        if url.raw_path != b"/" or url.fragment or entry.endswith(("/", "?", "#")):
            raise ValueError("it has more than scheme, host and port")
        return Origin.of(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise ValueError(
            f"hosts: {entry!r} is no host: {error}. Write it as 'api.example.org' or 'http://127.0.0.1:8080'."
        ) from None


def _address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
