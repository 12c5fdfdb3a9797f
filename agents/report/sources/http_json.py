"""The source behind a JSON API: records over HTTP, page by page, from the declared host and no other.

Of the environment only the token goes along, and certificates by SSL_CERT_FILE: no proxies, no other credentials.
"""

import os
import re
from pathlib import Path

import httpx

from agents.report.declaration import HttpDeclaration
from agents.report.source import Pulled, SourceFault, Want
from agents.report.sources.http_address import Address
from agents.report.sources.http_answer import answer_of
from agents.report.sources.json_page import JsonPage, as_cell
from agents.report.sources.layout import Layout, listed
from agents.report.sources.settled import settled
from agents.report.sources.text_rows import TextRows
from agents.report.sources.work import Stop, in_thread

BATCH_RECORDS = 10_000
"""Records that are taken at a time."""

_TOKEN = re.compile(r"[\x21-\x7e]+")


class HttpJson:
    """The records of a JSON API."""

    def __init__(self, declaration: HttpDeclaration) -> None:
        """Reaches nothing yet."""
        self._declaration = declaration

    async def pull(self, want: Want, folder: Path) -> Pulled:
        """Read what is wanted. The records are numbered from 1, over all pages."""
        declared = self._declaration
        layout = Layout.of(declared, want)
        address = Address.of(declared.url, want)
        stop = Stop()
        rows = TextRows(folder, len(layout.columns), stop)
        try:
            async with _client(declared) as client:
                await _Pages(declared, layout, rows).take(client, address)
            frame = await in_thread(lambda _: settled(rows.table(), layout, declared, want, folder, stop))
        finally:
            stop.now()
        return Pulled(frame, str(address))


class _Pages:
    """The pages of one pull."""

    def __init__(self, declared: HttpDeclaration, layout: Layout, rows: TextRows) -> None:
        self._declared, self._layout, self._rows = declared, layout, rows
        self._left = declared.largest
        self._absent = set(layout.columns)
        """The keys that no record had so far."""
        self._found: list[str] = []
        """The keys of the first record."""

    async def take(self, client: httpx.AsyncClient, first: Address) -> None:
        """Read all pages."""
        address = self._first(first)
        seen, last = set[httpx.URL](), b""
        for number in range(1, self._declared.most_pages + 1):
            if address.url in seen:
                raise SourceFault(f"page {number - 1} leads on to an earlier page. Check next.")
            seen.add(address.url)
            body, came_from = await answer_of(client, address, self._left)
            if body == last and self._declared.page is not None:
                raise SourceFault(f"page {number} is the same as the one before. Check page.")
            last, self._left = body, self._left - len(body)
            page = await self._parsed(body)
            following = self._after(page, came_from, first, number)
            if following is None:
                self._check_keys()
                return
            address = following
        raise SourceFault(f"it has more than {self._declared.most_pages:,} pages. Raise most_pages, or ask for less.")

    def _first(self, declared: Address) -> Address:
        return declared if self._declared.page is None else declared.page(self._declared.page, 1)

    def _after(self, page: JsonPage, came_from: Address, first: Address, number: int) -> Address | None:
        """Where the page after it is; None after the last one."""
        if self._declared.page is not None:
            return first.page(self._declared.page, number + 1) if page.records else None
        found = None if self._declared.next is None else page.next_url(self._declared.next)
        return None if found is None else came_from.leads_to(found)

    async def _parsed(self, body: bytes) -> JsonPage:
        return await in_thread(lambda _: self._taken(body))

    def _taken(self, body: bytes) -> JsonPage:
        page = JsonPage.parse(body, self._declared.rows)
        self._absent = {key for key in self._absent if not any(key in record for record in page.records)}
        for begin in range(0, len(page.records), BATCH_RECORDS):
            batch = page.records[begin : begin + BATCH_RECORDS]
            self._found = self._found or list(batch[0])
            self._rows.add([[as_cell(record.get(key)) for record in batch] for key in self._layout.columns])
        return page

    def _check_keys(self) -> None:
        """A record may lack a key, but not every one."""
        if self._rows.count and self._absent:
            raise SourceFault(f"key {min(self._absent)!r} is not there; its records have {listed(self._found)}.")


def _client(declared: HttpDeclaration) -> httpx.AsyncClient:
    # answers as they are, since a small one that unpacks to a large one would pass the limit
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if declared.token is not None:
        headers["Authorization"] = f"Bearer {_token(declared.token)}"
    return httpx.AsyncClient(
        headers=headers,
        timeout=declared.timeout,
        follow_redirects=False,
        trust_env=False,
        verify=httpx.create_ssl_context(),
    )


def _token(name: str) -> str:
    token = os.environ.get(name, "").strip()
    if not token:
        raise SourceFault(f"the environment variable {name!r} is not set. Set it to the token that it asks for.")
    if not _TOKEN.fullmatch(token):
        raise SourceFault(f"the environment variable {name!r} holds what can be no token. Set it again.")
    return token
