"""The answer of a JSON API: read as far as was declared, or what is said of it."""

from http import HTTPStatus

import httpx

from agents.report.source import SourceFault
from agents.report.sources.http_address import Address

REDIRECTS = 3
"""Redirects that are followed at most, each on the same host."""

LARGEST_ANSWER = 32 << 20
"""Bytes of one answer at most, since it is held as a whole."""

_MOVED = frozenset({301, 302, 303, 307, 308})

_BUSY = frozenset({408, 425, 429})
"""What is no fault of who asks."""


async def answer_of(client: httpx.AsyncClient, address: Address, largest: int) -> tuple[bytes, Address]:
    """The body and where it came from; ``largest`` is how many bytes there may be. Raises ``SourceFault``."""
    for _ in range(REDIRECTS + 1):
        try:
            async with client.stream("GET", address.url) as answer:
                if answer.status_code not in _MOVED or "Location" not in answer.headers:
                    return await _body(answer, address, largest), address
                address = address.leads_to(answer.headers["Location"])
        except httpx.InvalidURL:
            raise SourceFault(f"{address} leads on to what is no URL.") from None
        except httpx.HTTPError as error:
            raise _unreached(address, error) from None
    raise SourceFault(f"{address} redirects more than {REDIRECTS} times.")


async def _body(answer: httpx.Response, address: Address, largest: int) -> bytes:
    if not answer.is_success:
        raise _refused(answer.status_code, address)
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise SourceFault(f"{address} answers with packed content though it was asked not to.")
    bound = min(largest, LARGEST_ANSWER)
    body = bytearray()
    async for block in answer.aiter_raw():
        body += block
        if len(body) > bound:
            raise SourceFault(_too_large(address, largest))
    return bytes(body)


def _too_large(address: Address, largest: int) -> str:
    if largest > LARGEST_ANSWER:
        return f"an answer of {address} has more than {LARGEST_ANSWER:,} bytes. Ask for smaller pages."
    return f"{address} answers with more bytes than are declared. Raise its largest, or ask for less."


def _refused(code: int, address: Address) -> SourceFault:
    try:
        status = f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        status = str(code)
    if code >= 500 or code in _BUSY:
        return SourceFault(f"{address} answers {status}. Try again later.", "down")
    mend = "the token" if code in (401, 403) else "its url"
    return SourceFault(f"{address} answers {status}. Check {mend}.")


def _unreached(address: Address, error: httpx.HTTPError) -> SourceFault:
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return SourceFault(f"{address} cannot be read: {said}. Try again later.", "down")
