"""JSON APIs as sources: pages, one host, and what becomes of servers that are no good."""

import asyncio
import gzip
import json
import os
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agents.report.source import Want
from agents.report.sources import http_answer
from tests.support.report_server import Answer, Api, Writing, serving
from tests.support.report_sources import LONG, WIDE, fault, rows

RECORDS: list[dict[str, object]] = [
    {"day": "2026-03-02", "name": "A", "price": 1.5},
    {"day": "2026-03-03", "name": "A", "price": "2"},
    {"day": "2026-03-02", "name": "B", "price": None},
    {"day": "2026-03-02", "name": "B", "price": 30},
]

READ = [("A", "2026-03-02", 1.5, 1, None), ("A", "2026-03-03", 2.0, 2, None), ("B", "2026-03-02", 30.0, 4, None)]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest_asyncio.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as found:
        yield found


@pytest_asyncio.fixture
async def other() -> AsyncIterator[Api]:
    async with serving() as found:
        yield found


def http(api: Api, path: str = "/rates", **declared: Any) -> dict[str, Any]:
    return {"kind": "http", "url": api.url + path, "timeout": 5, **LONG, **declared}


async def test_records_are_read(tmp_path: Path, api: Api) -> None:
    api.says("/rates", RECORDS)
    assert await rows(tmp_path, **http(api)) == READ
    assert api.headers[0]["accept-encoding"] == "identity"
    assert "authorization" not in api.headers[0]


async def test_the_days_that_are_wanted_are_asked_for(tmp_path: Path, api: Api) -> None:
    api.says("/rates?from=2026-03-03&to=2026-03-09", RECORDS)
    api.says("/rates?from=1900-01-01&to=9999-12-31", RECORDS)
    declared = http(api, "/rates?from={first}&to={last}")
    assert await rows(tmp_path, Want(None, date(2026, 3, 3), date(2026, 3, 9)), **declared) == READ[1:2]
    assert await rows(tmp_path, **declared) == READ


async def test_records_may_be_anywhere_in_an_answer_and_a_column_each(tmp_path: Path, api: Api) -> None:
    api.says("/rates", {"data": {"rows": [{"day": "2026-03-02", "a": 1}, {"day": "2026-03-03", "b": 2}]}})
    declared = http(api, rows="data.rows", series=None, value=None) | WIDE
    assert await rows(tmp_path, **declared) == [("A", "2026-03-02", 1.0, 1, None), ("B", "2026-03-03", 2.0, 2, None)]


@pytest.mark.parametrize("end", [None, "", False])
async def test_links_to_next_pages_are_followed(tmp_path: Path, api: Api, end: object) -> None:
    api.says("/rates", {"rows": RECORDS[:1], "links": {"next": "/rates?page=b"}})
    api.says("/rates?page=b", {"rows": RECORDS[1:3], "links": {"next": f"{api.url}/rates?page=c"}})
    api.says("/rates?page=c", {"rows": RECORDS[3:], "links": {"next": end}})
    assert await rows(tmp_path, **http(api, rows="rows", next="links.next")) == READ


async def test_pages_are_counted_until_one_is_empty(tmp_path: Path, api: Api) -> None:
    for number, page in enumerate((RECORDS[:2], RECORDS[2:], []), 1):
        api.says(f"/rates?size=2&page={number}", page)
    assert await rows(tmp_path, **http(api, "/rates?size=2", page="page")) == READ


async def test_the_token_of_the_environment_goes_along_and_proxies_do_not(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATES_TOKEN", "s3cret")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    api.says("/rates", RECORDS)
    assert await rows(tmp_path, **http(api, token="RATES_TOKEN")) == READ
    assert api.headers[0]["authorization"] == "Bearer s3cret"
    api.answers["/rates"] = Answer(status=403)
    said = await fault(tmp_path, **http(api, token="RATES_TOKEN"))
    assert "403 Forbidden. Check the token" in said
    assert "s3cret" not in said
    monkeypatch.setenv("RATES_TOKEN", "s3\ncret")
    assert "can be no token" in await fault(tmp_path, **http(api, token="RATES_TOKEN"))
    assert "'OTHER_TOKEN' is not set" in await fault(tmp_path, **http(api, token="OTHER_TOKEN"))


async def test_nothing_leads_to_another_host(tmp_path: Path, api: Api, other: Api) -> None:
    other.says("/rates", RECORDS)
    refused = f"leads on to {other.url}, and only {api.url} is declared"
    api.says("/rates", {"rows": RECORDS, "next": f"{other.url}/rates"})
    assert refused in await fault(tmp_path, **http(api, rows="rows", next="next"))
    api.answers["/rates"] = Answer(status=302, headers={"Location": f"{other.url}/rates"})
    assert refused in await fault(tmp_path, **http(api))
    api.says("/rates", {"rows": RECORDS, "next": f"http://a:b@127.0.0.1:{api.port}/rates"})
    assert "leads on to" in await fault(tmp_path, **http(api, rows="rows", next="next"))
    api.says("/rates", {"rows": RECORDS, "next": "file:///etc/passwd"})
    assert "which is no URL" in await fault(tmp_path, **http(api, rows="rows", next="next"))
    assert other.asked == []


async def test_redirects_on_the_same_host_are_followed_a_few_times(tmp_path: Path, api: Api) -> None:
    api.answers["/rates"] = Answer(status=307, headers={"Location": "/v2/rates"})
    api.says("/v2/rates", RECORDS)
    assert await rows(tmp_path, **http(api)) == READ
    api.answers["/v2/rates"] = Answer(status=301, headers={"Location": "/rates"})
    assert "redirects more than 3 times" in await fault(tmp_path, **http(api))


async def test_pages_that_do_not_end_are_left(tmp_path: Path, api: Api) -> None:
    api.says("/rates", {"rows": RECORDS, "next": "/rates?b"})
    api.says("/rates?b", {"rows": RECORDS, "next": "/rates"})
    declared = http(api, rows="rows", next="next")
    assert "page 2 leads on to an earlier page" in await fault(tmp_path, **declared)
    for number in range(9):
        api.says(f"/rates?{number}", {"rows": [RECORDS[0]], "next": f"/rates?{number + 1}"})
    declared = http(api, "/rates?0", rows="rows", next="next", most_pages=5)
    assert "more than 5 pages" in await fault(tmp_path, **declared)
    for number in (1, 2):
        api.says(f"/rates?p={number}", RECORDS)
    assert "page 2 is the same as the one before" in await fault(tmp_path, **http(api, page="p"))


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, "wrong", "400 Bad Request. Check its url"),
        (401, "wrong", "401 Unauthorized. Check the token"),
        (404, "wrong", "404 Not Found"),
        (204, "wrong", "no JSON"),
        (304, "wrong", "304 Not Modified"),
        (408, "down", "408 Request Timeout"),
        (429, "down", "429 Too Many Requests"),
        (500, "down", "500 Internal Server Error. Try again later"),
        (503, "down", "503 Service Unavailable"),
        (599, "down", "599"),
    ],
)
async def test_a_status_is_told(tmp_path: Path, api: Api, status: int, kind: Any, words: str) -> None:
    api.answers["/rates"] = Answer(status=status)
    assert words in await fault(tmp_path, kind, **http(api, "/rates"))


DEEP = b"[" * 200_000 + b"]" * 200_000

# the body, and what is said of it
BODIES: dict[str, tuple[bytes, str]] = {
    "HTML": (b"  <!doctype html><html>Log in</html>", "web page (HTML)"),
    "empty": (b"", "no JSON"),
    "cut off": (b'[{"day": "2026', "no JSON"),
    "deep": (DEEP, "nested far too deeply"),
    "not UTF-8": (b'[{"day": "\xff"}]', "not in UTF-8"),
    "an object": (b'{"error": "no", "code": 7}', "list of records is needed. It has the keys 'error', 'code'"),
    "a number": (b"7", "its answer is '7'"),
    "a list of lists": (b"[[1], [2]]", "record 1 of an answer is a list"),
    "no records": (b"[]", "it has no rows"),
    "a lost key": (b'[{"day": "2026-03-02", "name": "A", "Rate": 1}]', "'price' is not there; its records have 'day'"),
    "no keys": (b"[{}, {}]", "is not there; its records have none"),
    "no numbers": (b'[{"day": "2026-03-02", "name": "A", "price": {"usd": 1}}]', "in row 1 it is '(an object)'"),
    "keys of a terminal": (b'[{"\\u001b[2J\\ud800": 1}]', "is not there"),
}


@pytest.mark.parametrize("what", BODIES)
async def test_an_answer_that_is_no_good_is_said_so(tmp_path: Path, api: Api, what: str) -> None:
    body, words = BODIES[what]
    api.answers["/rates"] = Answer(body)
    said = await fault(tmp_path, **http(api, "/rates?key=s3cret"))
    assert "404" in said
    assert "s3cret" not in said
    said = await fault(tmp_path, **http(api))
    assert words in said
    assert said.isprintable()


async def test_strange_cells_are_told_and_not_evaluated(tmp_path: Path, api: Api) -> None:
    digits = "9" * 10_000
    prices = ["true", "[]", "NaN", "1e999", digits, '"=1+1"', '"\\ud800"', "3"]
    records = [f'{{"day": "2026-03-{day:02}", "name": "A", "price": {it}}}' for day, it in enumerate(prices, 1)]
    api.answers["/rates"] = Answer(f"[{','.join(records)}]".encode())
    found = await rows(tmp_path, **http(api))
    assert [row[4] for row in found] == ["true", "(a list)", "NaN", "1e999", digits[:100], "=1+1", "?", None]
    assert [row[2] for row in found] == [None] * 7 + [3.0]


async def test_a_key_that_no_page_should_have_is_said_so(tmp_path: Path, api: Api) -> None:
    api.says("/rates", {"rows": RECORDS, "next": {"page": 2}})
    assert "'next' of its answer is an object" in await fault(tmp_path, **http(api, rows="rows", next="next"))


async def test_more_bytes_than_declared_are_not_read(tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD + b"\r\n")
        while not writer.is_closing():
            writer.write(b" " * 100_000)
            sent += 100_000
            await writer.drain()

    api.answers["/rates"] = endless
    assert "more bytes than are declared" in await fault(tmp_path, **http(api, largest=1_000_000))
    assert sent < 20_000_000
    # all pages together
    for number in range(1, 20):
        api.says(f"/rates?page={number}", [RECORDS[0] | {"price": number}] * 100)
    assert "more bytes than are declared" in await fault(tmp_path, **http(api, page="page", largest=20_000))
    # and no answer is held that is larger than can be
    monkeypatch.setattr(http_answer, "LARGEST_ANSWER", 500_000)
    assert "more than 500,000 bytes. Ask for smaller pages" in await fault(tmp_path, **http(api))


async def test_packed_answers_are_not_unpacked(tmp_path: Path, api: Api) -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    api.answers["/rates"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    assert "packed content" in await fault(tmp_path, **http(api))


async def _nothing(writer: asyncio.StreamWriter) -> None:
    pass


async def _reset(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n[")
    await writer.drain()
    writer.transport.abort()


async def _cut(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n" + json.dumps(RECORDS).encode())
    await writer.drain()


async def _noise(writer: asyncio.StreamWriter) -> None:
    writer.write(os.urandom(1000) + b"\r\n\r\n")
    await writer.drain()


async def _headers(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    for _ in range(100):
        writer.write(b"X-More: " + b"x" * 10_000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("write", [_nothing, _reset, _cut, _noise, _headers])
async def test_a_server_that_breaks_off_is_down(tmp_path: Path, api: Api, write: Writing) -> None:
    api.answers["/rates"] = write
    said = await fault(tmp_path, "down", **http(api))
    assert f"{api.url}/rates cannot be read: " in said


async def _silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3)


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"\r\n[")
    for _ in range(300):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("write", [_silence, _drip])
async def test_a_server_that_is_slow_is_left_in_time(tmp_path: Path, api: Api, write: Writing) -> None:
    api.answers["/rates"] = write
    assert "took longer than 0.2 seconds" in await fault(tmp_path, "down", **http(api, timeout=0.2))


async def test_a_server_that_is_not_there_is_down(tmp_path: Path, api: Api, unused_tcp_port: int) -> None:
    declared = http(api, url=f"http://127.0.0.1:{unused_tcp_port}/rates")
    assert "cannot be read" in await fault(tmp_path, "down", **declared)


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "file:///etc/passwd", "rates.json", "http://", "http://exa mple.org", "http://[::1"]
)
async def test_a_url_that_cannot_be_used_is_said_so(tmp_path: Path, api: Api, url: str) -> None:
    assert "its url cannot be used" in await fault(tmp_path, **http(api, url=url))


async def test_a_url_holds_no_password(tmp_path: Path, api: Api) -> None:
    said = await fault(tmp_path, **http(api, url="http://me:s3cret@127.0.0.1/rates"))
    assert "has a user or password in it" in said
    assert "s3cret" not in said
