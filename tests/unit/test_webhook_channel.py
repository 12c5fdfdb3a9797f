"""The webhook: the same bytes under the same key until the receiver has them, and no secret in what is said of it."""

import asyncio
import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from runtime.channels.body import parcel_json
from runtime.channels.channel import Failed, Outcome, Refused, Sent
from runtime.channels.signature import signature_headers, signing_key
from runtime.channels.webhook import READ, WebhookChannel
from runtime.channels.webhook_address import WebhookAddress
from state.errors import UsageError
from state.retry_after import LONGEST_PAUSE, pause
from tests.support.parcels import SENT_AT, certificate, parcel, server_tls
from tests.support.receivers import Answer, Misbehave, Reaction, WebhookReceiver

KEY = "0123456789abcdef"


async def post(url: str, secret: str | None = None, timeout: float = 10.0) -> Outcome:
    channel = WebhookChannel(WebhookAddress.parse(url), secret, timeout=timeout)
    try:
        return await channel.send(parcel())
    finally:
        await channel.close()


@pytest.mark.parametrize(
    ("reaction", "kind", "done"),
    [
        (Answer(), Sent, 1),
        (Answer(202, body=b"queued"), Sent, 1),
        (Answer(204), Sent, 1),
        (Answer(after=0.3), Sent, 1),  # slow, and in time
        (Answer(408), Failed, 0),
        (Answer(409), Failed, 0),  # another attempt is being worked on
        (Answer(425), Failed, 0),
        (Answer(429), Failed, 0),
        (Answer(500), Failed, 0),
        (Answer(503), Failed, 0),
        (Answer(599), Failed, 0),
        (Answer(400), Refused, 0),
        (Answer(401), Refused, 0),
        (Answer(404), Refused, 0),
        (Answer(410), Refused, 0),
        (Answer(422, body=b"no team"), Refused, 0),
        (Misbehave("drop"), Failed, 1),
        (Misbehave("hang"), Failed, 1),
        (Misbehave("drip head"), Failed, 1),
        (Misbehave("drip body"), Refused, 1),  # a refusal is one as soon as its status is known
    ],
    ids=str,
)
async def test_an_attempt_comes_to_what_the_receiver_answers(
    reaction: Reaction, kind: type[Outcome], done: int
) -> None:
    with WebhookReceiver(reaction) as receiver:
        began = time.monotonic()
        outcome = await post(receiver.url, timeout=1)
        assert time.monotonic() - began < 1.5
        assert isinstance(outcome, kind)
        assert len(receiver.processed) == done


async def test_every_attempt_has_the_same_key_and_the_same_bytes() -> None:
    with WebhookReceiver(Answer(500), Misbehave("drop"), Answer(429)) as receiver:
        outcomes = [type(await post(receiver.url, "s")) for _ in range(5)]
        assert outcomes == [Failed, Failed, Failed, Sent, Sent]
        assert receiver.came == {KEY: 5}
        assert {request.body for request in receiver.requests} == {parcel_json(parcel())}
        assert receiver.processed == {KEY: parcel_json(parcel())}


async def test_a_request_says_what_it_is() -> None:
    with WebhookReceiver() as receiver:
        assert await post(receiver.url) == Sent("200 OK from 127.0.0.1")
        [request] = receiver.requests
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == KEY
    assert not {"webhook-signature", "authorization", "cookie"} & request.headers.keys()


def signature(key: bytes, headers: Mapping[str, str], body: bytes) -> str:
    """The signature as a receiver computes it."""
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("correct horse", b"correct horse"),  # a plain text
        ("whsec_" + base64.b64encode(b"\0\1binary").decode(), b"\0\1binary"),  # as the specification writes it
    ],
)
async def test_a_receiver_can_check_the_signature(secret: str, key: bytes) -> None:
    with WebhookReceiver() as receiver:
        await post(receiver.url, secret)
        [request] = receiver.requests
    assert request.headers["webhook-id"] == KEY
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    assert request.headers["webhook-signature"] == signature(key, request.headers, request.body)


def test_the_signature_is_of_the_moment_of_the_attempt() -> None:
    moments = [SENT_AT, SENT_AT + timedelta(hours=1)]
    first, second = (signature_headers(b"k", KEY, moment, b"{}") for moment in moments)
    assert first["webhook-timestamp"] == "1782907200"
    assert first["webhook-signature"] != second["webhook-signature"]
    assert first["webhook-signature"] == signature(b"k", first, b"{}")


def test_a_secret_that_cannot_be_read_is_said_without_it() -> None:
    with pytest.raises(UsageError) as raised:
        signing_key("whsec_S3cret!")
    assert "S3cret" not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),  # none
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("86400", LONGEST_PAUSE),  # longer than a parcel is put off
        ("9" * 5000, LONGEST_PAUSE),
        ("-5", None),
        ("1.5", None),
        ("²", None),  # a digit to Python
        ("soon", None),
        ("Wed, 01 Jul 2026 12:01:30 GMT", 90.0),  # a date
        ("Wed, 01 Jul 2026 12:01:30 -0000", 90.0),
        ("Wed, 01 Jul 2026 11:00:00 GMT", 0.0),  # past
        ("Wed, 01 Jul 2099 11:00:00 GMT", LONGEST_PAUSE),
        ("Wed, 99 Jul 2026 11:00:00 GMT", None),
        ("Wed, 01 Jul 99999999999999999999 11:00:00 GMT", None),
    ],
)
def test_a_receiver_says_how_long_to_wait(header: str | None, seconds: float | None) -> None:
    assert pause(header, SENT_AT) == seconds


@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_that_the_receiver_asks_for_is_in_the_outcome(status: int) -> None:
    with time_machine.travel(SENT_AT, tick=True):
        date = Answer(status, {"Retry-After": "Wed, 01 Jul 2026 12:02:00 GMT"})
        with WebhookReceiver(Answer(status, {"Retry-After": "7"}), date) as receiver:
            seconds, until = await post(receiver.url), await post(receiver.url)
    assert isinstance(seconds, Failed)
    assert seconds.pause == 7
    assert isinstance(until, Failed)
    assert until.pause == pytest.approx(120, abs=30)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_redirects_are_not_followed(status: int) -> None:
    with WebhookReceiver() as elsewhere:
        with WebhookReceiver(Answer(status, {"Location": elsewhere.url})) as receiver:
            outcome = await post(receiver.url, "S3cret")
        assert isinstance(outcome, Refused)
        assert "Redirects are not followed" in outcome.reason
        assert elsewhere.requests == []


async def test_a_refusal_carries_the_receivers_words_in_one_short_line() -> None:
    with WebhookReceiver(Answer(422, body=b"no\r\nsuch \x1b[31mteam")) as receiver:
        outcome = await post(receiver.url)
    assert outcome == Refused("127.0.0.1 answered 422 Unprocessable Entity: no such [31mteam")


async def test_no_more_of_an_answer_is_read_than_is_of_use() -> None:
    with WebhookReceiver(Answer(400, body=b"x" * (100 * READ))) as receiver:
        outcome = await post(receiver.url)
    assert isinstance(outcome, Refused)
    assert len(outcome.reason) < 300


async def test_an_answer_that_unpacks_to_a_large_one_is_not_unpacked() -> None:
    with WebhookReceiver(Answer(400, {"Content-Encoding": "gzip"}, body=b"not gzip")) as receiver:
        assert isinstance(await post(receiver.url), Refused)
        assert receiver.requests[0].headers["accept-encoding"] == "identity"


async def test_user_and_password_go_as_basic_auth_and_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = base64.b64encode(b"ann:S3cret/x").decode()
    words = f"S3cret/x S3cret%2Fx Basic {token} /hooks/T0KEN-T0KEN T0KEN-T0KEN k3y-k3y-k3y".encode()
    with WebhookReceiver(Answer(), Answer(403, body=words)) as receiver:
        url = receiver.url.replace("://", "://ann:S3cret%2Fx@").replace("/parcels", "/hooks/T0KEN-T0KEN?k=k3y-k3y-k3y")
        outcomes = [await post(url), await post(url)]
    assert {request.headers["authorization"] for request in receiver.requests} == {f"Basic {token}"}
    for secret in ("S3cret", token, "T0KEN-T0KEN", "k3y-k3y-k3y"):
        assert secret not in str(outcomes)
    assert "S3cret" not in caplog.text
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://u:S3cret@example.org/x", "in clear"),
        ("http://u:S3cret@10.0.0.1/x", "in clear"),
        ("http://u:S3cret@127.0.0.1.example.org/x", "in clear"),
        ("https://u:S3cret@/x", "of the form"),
        ("https://u:S3cret@h:S3cret/x", "of the form"),
        ("https://u:x/S3cret@h", "of the form"),
        ("https://u:S3cret@h/a b", "of the form"),
        ("https://u:S3cret@[h", "of the form"),
        ("https:S3cret", "of the form"),
    ],
)
def test_an_unusable_url_says_what_to_write_and_nothing_secret(url: str, advice: str) -> None:
    with pytest.raises(UsageError) as raised:
        WebhookAddress.parse(url)
    assert advice in str(raised.value)
    assert "S3cret" not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_can_be_spoken_to_in_clear(host: str) -> None:
    address = WebhookAddress.parse(f"http://u:S3cret@{host}:8000/x")
    assert address.login == ("u", "S3cret")
    assert "S3cret" not in repr(address) + str(address.url)


async def test_https_goes_to_servers_that_can_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    with WebhookReceiver(tls=server_tls(pem)) as receiver:
        untrusted = await post(receiver.url)
        assert isinstance(untrusted, Failed)
        assert "CERTIFICATE_VERIFY_FAILED" in untrusted.reason
        assert receiver.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert await post(receiver.url) == Sent("200 OK from 127.0.0.1")


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebhookReceiver() as proxy, WebhookReceiver() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert isinstance(await post(receiver.url), Sent)
        assert (proxy.came, receiver.came) == ({}, {KEY: 1})


@pytest.mark.parametrize(
    "raw",
    [
        b"",  # hangs up
        b"SSH-2.0-x\r\n",  # another protocol
        b"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n",  # a header that is none
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,  # headers without end
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzzzz",  # a broken body
    ],
    ids=range(6),
)
async def test_nonsense_is_an_outcome(raw: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        outcome = await post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x", timeout=2)
    assert isinstance(outcome, Failed)
    assert "\n" not in outcome.reason


def test_the_moment_is_now() -> None:
    with time_machine.travel(datetime(2026, 7, 1, tzinfo=UTC), tick=False):
        assert signature_headers(b"k", KEY, datetime.now(UTC), b"")["webhook-timestamp"] == "1782864000"
