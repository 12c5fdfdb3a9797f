"""An HTTP GET that reaches declared hosts and nothing else.

Where a URL or a redirect leads is checked before each request, and the connection goes to the very address that was
checked. Nothing of the environment goes along: no credentials, cookies or proxies; of it only SSL_CERT_FILE counts.
"""

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field

from agents.tools.declared_hosts import Address, DeclaredHosts, Origin
from agents.tools.readable import decoded, page_text
from agents.tools.resolving import addresses
from agents.tools.tool import LONGEST, Finding, ToolRefused, check_limits, shortened

REDIRECTS = 3
"""Redirects that are followed at most, each to a declared host."""

LONGEST_SOURCE = 300
"""Characters of the URL that a finding names."""

_MOVED = frozenset({301, 302, 303, 307, 308})

_PAGES = frozenset({"text/html", "application/xhtml+xml"})


class HttpGetArguments(BaseModel):
    """What an HTTP GET is called with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(min_length=1, max_length=2000, description="The whole URL, on an allowed host.")]


@dataclass(frozen=True, slots=True)
class _Moved:
    """The answer is elsewhere."""

    to: str


class HttpGet:
    """Reads a page or the answer of an API. The model learns the hosts from the description."""

    def __init__(
        self,
        hosts: Iterable[str],
        name: str = "http_get",
        description: str = "",
        timeout: float = 10.0,
        longest: int = LONGEST,
        largest: int = 1_000_000,
    ) -> None:
        """Raises ``ValueError`` for hosts or limits that cannot be.

        ``timeout`` is in seconds, for a call as a whole; ``longest`` in characters of a finding; ``largest`` in bytes
        that are read of an answer.
        """
        check_limits(name, longest)
        if not 0 < timeout < float("inf") or largest < 1:
            raise ValueError(f"Tool {name!r}: timeout={timeout!r} and largest={largest!r} must be above 0.")
        self._hosts = DeclaredHosts.parse(hosts)
        self._name = name
        self._description = description or f"Reads a page or API answer by HTTP GET. Allowed hosts: {self._hosts}."
        self._timeout, self._longest, self._largest = timeout, longest, largest
        self._tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"HttpGet({str(self._hosts)!r}, name={self._name!r})"

    @property
    def name(self) -> str:
        """What the model calls it by."""
        return self._name

    @property
    def description(self) -> str:
        """What it is good for, with the hosts."""
        return self._description

    @property
    def arguments(self) -> type[BaseModel]:
        """One URL."""
        return HttpGetArguments

    async def call(self, arguments: BaseModel) -> Finding:
        """The text that the URL leads to."""
        text = HttpGetArguments.model_validate(arguments, from_attributes=True).url
        url = self._hosts.admitted(text)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._followed(url)
        except (TimeoutError, httpx.TimeoutException):
            raise ToolRefused(f"{url.host} did not answer in {self._timeout:g} seconds.") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            said = " ".join(str(error).split())[:200] or type(error).__name__
            raise ToolRefused(f"{url.host} could not be read: {said}.") from None

    async def _followed(self, url: httpx.URL) -> Finding:
        for _ in range(REDIRECTS + 1):
            match await self._got(url):
                case _Moved(to):
                    url = self._hosts.admitted(str(url.join(to)))
                case text:
                    return Finding(shortened(text, self._longest), shortened(str(url), LONGEST_SOURCE))
        raise ToolRefused(f"{url.host} redirects more than {REDIRECTS} times.")

    async def _got(self, url: httpx.URL) -> str | _Moved:
        """The answer of the first address that takes a connection."""
        *others, last = await addresses(Origin.of(url), self._hosts.addresses)
        connect = self._timeout / (len(others) + 1)
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._from(address, url, connect)
        return await self._from(last, url, connect)

    async def _from(self, address: Address, url: httpx.URL, connect: float) -> str | _Moved:
        # A client of its own for each request, so that no cookie comes from one host to another.
        async with httpx.AsyncClient(
            follow_redirects=False,
            timeout=httpx.Timeout(self._timeout, connect=connect),
            trust_env=False,
            verify=self._verify(),
        ) as client:
            request = client.build_request(
                "GET",
                url.copy_with(host=str(address)),
                # Answers as they are, since a small one that unpacks to a large one would pass the limit.
                headers={"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
                extensions={"sni_hostname": Origin.of(url).host},
            )
            answer = await client.send(request, stream=True)
            try:
                return await self._read(answer, url)
            finally:
                await answer.aclose()

    def _verify(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        return self._tls

    async def _read(self, answer: httpx.Response, url: httpx.URL) -> str | _Moved:
        if answer.status_code in _MOVED and "Location" in answer.headers:
            return _Moved(answer.headers["Location"])
        if not answer.is_success:
            raise ToolRefused(f"{url.host} answered {_status(answer.status_code)}.")
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not _is_text(kind):
            raise ToolRefused(f"{url.host} answered with {kind[:100] or 'no content type'!r}, which is not read.")
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ToolRefused(f"{url.host} answered with packed content, which is not read.")
        body = await self._body(answer)
        text = decoded(body[: self._largest], answer.charset_encoding)
        text = page_text(text) if kind in _PAGES else text.strip()
        over = len(body) > self._largest
        return f"{text} … [only the first {self._largest} bytes were read]" if over else text

    async def _body(self, answer: httpx.Response) -> bytes:
        """The body, or its beginning with more than the largest number of bytes."""
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > self._largest:
                break
        return bytes(body)


def _is_text(kind: str) -> bool:
    major, _, minor = kind.partition("/")
    return major == "text" or minor in {"json", "xml"} or minor.endswith(("+json", "+xml"))


def _status(code: int) -> str:
    """A status with its common name, and not what the server calls it."""
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)
