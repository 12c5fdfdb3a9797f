"""What every channel keeps to, whichever way it sends."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr

from runtime.channels.body import parcel_json
from runtime.channels.channel import Channel, Doubtful, Failed, Refused, Sent
from runtime.channels.opened import open_channel
from runtime.channels.words import LONGEST, one_line
from tests.support.parcels import SENT_AT, parcel
from tests.support.receivers import HANG, MailReceiver, Misbehave, WebhookReceiver, wait_until


@dataclass
class Way:
    """A channel, and how many parcels its receiver has taken for different ones."""

    channel: Channel
    folder: Path
    web: WebhookReceiver
    mail: MailReceiver

    @property
    def taken(self) -> int:
        return len(list(self.folder.glob("*.json"))) + len(self.web.processed) + len(self.mail.mails)


@pytest.fixture
def receivers() -> Iterator[tuple[WebhookReceiver, MailReceiver]]:
    with WebhookReceiver() as web, MailReceiver() as mail:
        yield web, mail


@pytest.fixture(params=["folder", "webhook", "mail"])
async def way(
    request: pytest.FixtureRequest, tmp_path: Path, receivers: tuple[WebhookReceiver, MailReceiver]
) -> AsyncIterator[Way]:
    web, mail = receivers
    urls = {
        "folder": f"folder:{tmp_path}/out",
        "webhook": web.url,
        "mail": f"{mail.url}?tls=none&from=hub@example.org&to=team@example.org",
    }
    channel = open_channel(request.param, SecretStr(urls[request.param]))
    yield Way(channel, tmp_path / "out", web, mail)
    await channel.close()


HOSTILE = [
    parcel(),
    parcel(case="../../etc/passwd"),
    parcel(case="…" * 300, subject="ü" * 500, text="日本\n.\n.\r\n\r\n.\r\nMAIL FROM:<x@y>\r\n"),
    parcel(
        to="x\r\nBcc: victim@example.org", subject="Hi\r\nBcc: victim@example.org\r\n\r\nbody", corrects="a\r\nX: y"
    ),
    parcel(subject="\n", text=""),
    parcel(content={"half": "\ud800"}),
    parcel(text="long " * 400_000, content={"x": "y" * 1_000_000}),
    parcel(text="x" * 100_000),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_every_parcel_arrives_as_one(way: Way, hostile: object) -> None:
    assert isinstance(hostile, type(parcel()))
    assert isinstance(await way.channel.send(hostile), Sent)
    assert way.taken == 1


async def test_a_parcel_sent_twice_is_one_where_repeats_are_told_apart(way: Way) -> None:
    first, second = await way.channel.send(parcel()), await way.channel.send(parcel())
    assert isinstance(first, Sent)
    assert first == second
    assert way.taken == (1 if way.channel.tells_repeats_apart else 2)


async def test_many_parcels_go_out_at_the_same_time(way: Way) -> None:
    several = [parcel(id=f"{number:016x}") for number in range(20)]
    outcomes = await asyncio.gather(*map(way.channel.send, several))
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert way.taken == 20


@pytest.mark.parametrize("kind", ["webhook", "mail"])
async def test_a_cancellation_passes_through_at_once(kind: str) -> None:
    with WebhookReceiver(then=Misbehave("hang")) as web, MailReceiver(then=HANG) as mail:
        url = web.url if kind == "webhook" else f"{mail.url}?tls=none&from=hub@example.org&to=team@example.org"
        channel = open_channel(kind, SecretStr(url))
        work = asyncio.ensure_future(channel.send(parcel()))
        await asyncio.to_thread(wait_until, lambda: bool(web.requests) or mail.attempts > 0)
        work.cancel()
        async with asyncio.timeout(2):
            with pytest.raises(asyncio.CancelledError):
                await work
        await channel.close()


@pytest.mark.parametrize("kind", ["https://127.0.0.1:1/x", "smtp://127.0.0.1:1?from=a@b.c&to=a@b.c&tls=none"])
async def test_a_receiver_that_is_not_there_is_tried_again(kind: str) -> None:
    channel = open_channel("x", SecretStr(kind))
    outcome = await channel.send(parcel())
    await channel.close()
    assert isinstance(outcome, Failed)
    assert "\n" not in outcome.reason
    assert outcome.pause is None


def test_the_body_is_sorted_json_with_all_that_a_receiver_needs() -> None:
    body = parcel_json(parcel(to="north", corrects="fedcba9876543210", text="ü"))
    plain = json.loads(body)
    assert list(plain) == sorted(plain)
    assert plain == {
        "id": "0123456789abcdef",
        "workflow": "lead-qualification",
        "case": "lead-1",
        "run": "lead-1-run",
        "effect": "deliver:Update:default",
        "corrects": "fedcba9876543210",
        "created_at": "2026-07-01T12:00:00+00:00",
        "to": "north",
        "subject": "A lead",
        "text": "ü",
        "content": {"team": "north", "probability": 0.25},
    }


@pytest.mark.parametrize(
    "moment",
    [SENT_AT.astimezone(timezone(timedelta(hours=5))), SENT_AT.replace(tzinfo=None)],
    ids=["another zone", "no zone"],
)
def test_the_body_is_the_same_bytes_however_the_database_tells_the_time(moment: datetime) -> None:
    assert parcel_json(parcel(created_at=moment)) == parcel_json(parcel())


def test_half_a_character_is_an_escape_in_the_body() -> None:
    assert json.loads(parcel_json(parcel(content={"half": "\ud800"})))["content"] == {"half": "\ud800"}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("a\r\n\tb", "a b"),  # lines
        ("\x1b[31mred\x07", "[31mred"),  # a terminal's commands
        ("a\u202eb\u2028c", "a b c"),  # writing turned round, other line ends
        (b"caf\xe9", "caf\ufffd"),  # not UTF-8
        ("the pass is hunter2!", "the pass is …!"),  # a secret
        ("x" * 1000, "x" * (LONGEST - 1) + "…"),  # too much
    ],
)
def test_what_a_receiver_says_becomes_one_harmless_line(said: str | bytes, line: str) -> None:
    assert one_line(said, ["hunter2", ""]) == line


@pytest.mark.parametrize("outcome", [Sent("x"), Failed("x"), Refused("x"), Doubtful("x")])
def test_outcomes_are_frozen(outcome: object) -> None:
    with pytest.raises((AttributeError, TypeError)):
        outcome.reason = "y"  # type: ignore[attr-defined]  # that is what is tried
