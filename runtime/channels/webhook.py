"""The webhook: a parcel is posted to a web server, which tells repeats apart by the idempotency key.

So nothing is ever in doubt here: where an answer stays out, the same bytes are posted again under the same key. What is
attached is part of the body, in base64.
"""

import asyncio
import base64
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus

import httpx

from runtime.channels.attached import attached
from runtime.channels.body import parcel_json
from runtime.channels.channel import Failed, Outcome, Refused, Sent
from runtime.channels.signature import signature_headers, signing_key
from runtime.channels.webhook_address import WebhookAddress
from runtime.channels.words import one_line, why
from state.effect import Parcel
from state.retry_after import pause

TIMEOUT = 10.0
"""Seconds that one attempt may take as a whole, besides what its attachments take."""

MOST_ATTACHED = 20_000_000
"""Bytes of all attachments of a parcel; base64 makes a third more of them."""

SPEED = 1_000_000
"""Bytes of attachments a second that an attempt is given time for."""

READ = 64 * 1024
"""Bytes of an answer that are read at most."""

READING = 2.0
"""Seconds that the reading of an answer may take, once its status is known."""

_LATER = frozenset({408, 409, 425, 429})
"""Answers of the 4xx kind that speak of this moment and not of the parcel."""


class WebhookChannel:
    """Posts parcels to one address."""

    tells_repeats_apart = True

    def __init__(self, address: WebhookAddress, secret: str | None = None, *, timeout: float = TIMEOUT) -> None:
        """``secret`` is what the receiver checks signatures with; None sends none. Raises ``UsageError``."""
        self._address = address
        self._secrets = (*address.secrets, secret or "")
        self._key = signing_key(secret) if secret else None
        self._timeout = timeout
        # Without the environment, which could name a proxy, and without redirects, which could lead anywhere.
        self._client = httpx.AsyncClient(
            auth=httpx.BasicAuth(*address.login) if address.login else None,
            follow_redirects=False,
            # Each parcel by a connection of its own: one that the receiver closed while it idled looks like a failure.
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=timeout,
            trust_env=False,
            verify=httpx.create_ssl_context(),
        )

    async def send(self, parcel: Parcel) -> Outcome:
        """Post one parcel; the receipt is the answer's status."""
        size = sum(each.size for each in parcel.attachments)
        if size > MOST_ATTACHED:
            return Refused(f"The attachments have {size:,} bytes, a webhook takes {MOST_ATTACHED:,}. Use a folder.")
        body = await asyncio.to_thread(_body, parcel) if size else parcel_json(parcel)
        timeout = self._timeout + size / SPEED
        until = asyncio.get_running_loop().time() + timeout
        try:
            async with asyncio.timeout_at(until):
                answer = await self._posted(parcel.id, body, timeout)
        except TimeoutError:
            return Failed(f"{self._address.host} did not answer in {timeout:g} seconds.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Failed(f"{self._address.host}: {why(error, self._secrets)}.")
        try:
            return await self._outcome(answer, until)
        finally:
            with suppress(httpx.HTTPError, OSError):
                await answer.aclose()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _posted(self, identity: str, body: bytes, timeout: float) -> httpx.Response:
        """The answer, as far as its status."""
        headers = self._headers(identity, body)
        url = self._address.url
        request = self._client.build_request("POST", url, content=body, headers=headers, timeout=timeout)
        return await self._client.send(request, stream=True)

    def _headers(self, identity: str, body: bytes) -> dict[str, str]:
        # Answers as they are, since a small one that unpacks to a large one would pass the limit.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "Idempotency-Key": identity}
        if self._key is not None:
            headers |= signature_headers(self._key, identity, datetime.now(UTC), body)
        return headers

    async def _outcome(self, answer: httpx.Response, until: float) -> Outcome:
        """What an answer comes to. Its status is known; what the receiver drips after it changes nothing."""
        status = answer.status_code
        if answer.is_success:
            return Sent(f"{_status(status)} from {self._address.host}")
        words = one_line(await _beginning(answer, until), self._secrets)
        reason = f"{self._address.host} answered {_status(status)}" + (f": {words}" if words else ".")
        if 300 <= status < 400:
            return Refused(f"{reason} Redirects are not followed; give the channel the address that it leads to.")
        if 400 <= status < 500 and status not in _LATER:
            return Refused(reason)
        return Failed(reason, pause(answer.headers.get("Retry-After"), datetime.now(UTC)))


def _body(parcel: Parcel) -> bytes:
    files = attached(parcel)
    return parcel_json(
        parcel, [{**file.facts(), "content_base64": base64.b64encode(file.content).decode()} for file in files]
    )


async def _beginning(answer: httpx.Response, until: float) -> bytes:
    """What the receiver said first, as far as it came in time."""
    until = min(until, asyncio.get_running_loop().time() + READING)
    read = b""
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout_at(until):
            async for chunk in answer.aiter_raw():
                read += chunk
                if len(read) >= READ:
                    break
    return read[:READ]


def _status(code: int) -> str:
    """A status with its common name, and not what the receiver calls it."""
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)
