"""The transport: connections to a model's server, in as many pools as calls are made at once.

A pool looks at each of its connections twice a request; with many calls at once, that is most of what a request costs.
"""

from collections.abc import AsyncIterator
from itertools import cycle
from urllib.request import getproxies

import httpx2

LONGEST_BODY = 8_000_000
"""Bytes of an answer, all that belongs to it included."""


class _Bounded(httpx2.AsyncByteStream):
    """A body that may not be longer than the longest."""

    def __init__(self, stream: httpx2.AsyncByteStream, request: httpx2.Request) -> None:
        self._stream, self._request = stream, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > LONGEST_BODY:
                words = f"the answer is longer than {LONGEST_BODY:,} bytes"
                raise httpx2.RemoteProtocolError(words, request=self._request)
            yield part

    async def aclose(self) -> None:
        """Close the body."""
        await self._stream.aclose()


class Pools(httpx2.AsyncBaseTransport):
    """Pools that take turns, so that each has about one connection."""

    def __init__(self, pools: int) -> None:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=2)
        context = httpx2.create_ssl_context()
        self._pools = [httpx2.AsyncHTTPTransport(verify=context, limits=limits) for _ in range(pools)]
        self._turns = cycle(self._pools)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request through the next pool. What comes back is bounded, and not packed."""
        response = await next(self._turns).handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.RemoteProtocolError("the answer is packed, which was not asked for", request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, request)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


def open_client(timeout: float, at_once: int) -> httpx2.AsyncClient:
    """A client for so many requests at once; through the proxy of the environment where there is one."""
    if getproxies():
        limits = httpx2.Limits(max_connections=at_once + 1, max_keepalive_connections=at_once + 1)
        return httpx2.AsyncClient(timeout=timeout, limits=limits)
    unpacked = {"Accept-Encoding": "identity"}
    return httpx2.AsyncClient(timeout=timeout, headers=unpacked, transport=Pools(at_once))
