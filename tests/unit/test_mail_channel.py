"""Mail: what is certain, what is refused, and what nobody can know; to all recipients or to none."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from runtime.channels.channel import Channel, Doubtful, Failed, Outcome, Refused, Sent
from runtime.channels.opened import open_channel
from state.effect import Parcel
from state.errors import UsageError
from tests.support.parcels import parcel
from tests.support.receivers import (
    DROP_AT_CONNECT,
    HANG,
    LOSE_REPLY,
    PUT_OFF,
    UNKNOWN_RECIPIENT,
    Mailed,
    MailReceiver,
    Mishap,
    speaking,
    wait_until,
)

OPTIONS = "?from=hub@example.org&to=team@example.org&timeout=1"
ROOT = Path(__file__).parents[2]


def channel(receiver: MailReceiver, options: str = "&tls=none", recipients: Mapping[str, str] | None = None) -> Channel:
    return open_channel("team", SecretStr(f"{receiver.url}{OPTIONS}{options}"), recipients=recipients)


async def mailed(sent: Parcel, recipients: Mapping[str, str] | None = None, options: str = "") -> Mailed:
    with MailReceiver() as receiver:
        outcome = await channel(receiver, f"&tls=none{options}", recipients).send(sent)
        assert outcome == Sent("250 2.0.0 Accepted")
        [mail] = receiver.mails
    return mail


ATTEMPTS = [
    # before the content everything is certain
    (DROP_AT_CONNECT, Failed, 0),
    (HANG, Failed, 0),
    (Mishap("connect", "drip"), Failed, 0),
    (Mishap("connect", "421 too busy"), Failed, 0),
    (Mishap("connect", "554 not you"), Refused, 0),
    (Mishap("connect", "what is SMTP?"), Failed, 0),
    (PUT_OFF, Failed, 0),
    (UNKNOWN_RECIPIENT, Refused, 0),
    (Mishap("recipient", "drop"), Failed, 0),
    (Mishap("recipient", "hang"), Failed, 0),
    (Mishap("recipient", "drip"), Failed, 0),
    (Mishap("data", "drop"), Failed, 0),
    (Mishap("data", "451 later"), Failed, 0),
    (Mishap("data", "554 never"), Refused, 0),
    # from the first byte of the content nobody knows
    (Mishap("content", "drop"), Doubtful, 0),
    (Mishap("content", "hang"), Doubtful, 0),
    (LOSE_REPLY, Doubtful, 1),
    (Mishap("reply", "hang"), Doubtful, 1),
    (Mishap("reply", "drip"), Doubtful, 1),
    (Mishap("reply", "25"), Doubtful, 1),
    (Mishap("reply", "2502 what"), Doubtful, 1),
    (Mishap("reply", "354 go on"), Doubtful, 0),
    # the server's last word decides
    (None, Sent, 1),
    (Mishap("reply", "250-first\r\n250 second"), Sent, 1),
    (Mishap("reply", "250"), Sent, 1),
    (Mishap("reply", "452 disk full"), Failed, 0),
    (Mishap("reply", "554 spam"), Refused, 0),
    # after it there is only politeness
    (Mishap("quit", "drop"), Sent, 1),
    (Mishap("quit", "hang"), Sent, 1),
    (Mishap("quit", "421 what"), Sent, 1),
]


@pytest.mark.parametrize(("mishap", "kind", "taken"), ATTEMPTS, ids=str)
async def test_an_attempt_comes_to_what_is_known_of_it(mishap: Mishap | None, kind: type[Outcome], taken: int) -> None:
    began = time.monotonic()
    with MailReceiver(mishap) as receiver:
        outcome = await channel(receiver).send(parcel())
        assert isinstance(outcome, kind)
        assert "\n" not in str(outcome)
        assert len(receiver.mails) == taken
    assert time.monotonic() - began < 3


async def answered_in_pieces(*pieces: bytes) -> Outcome:
    with speaking(*pieces) as url:
        return await open_channel("team", SecretStr(f"{url}{OPTIONS}&tls=none")).send(parcel())


@pytest.mark.parametrize("last", [b"250", b"250 acce", b"250-first\r\n", b"550 un", b"", b"250-x\r\n" * 200])
async def test_a_last_word_that_is_cut_off_is_doubtful(last: bytes) -> None:
    beginning = (b"220 here\r\n", b"250 h\r\n", b"250 s\r\n", b"250 r\r\n", b"354 go\r\n")
    assert isinstance(await answered_in_pieces(*beginning, last), Doubtful)
    assert isinstance(await answered_in_pieces(*beginning, b"250 x\r\n"), Sent)


@pytest.mark.parametrize(
    ("reply", "kind"), [("550 5.1.1 No such user", Refused), ("450 4.2.0 Greylisted", Failed)], ids=["never", "later"]
)
async def test_nobody_gets_a_mail_that_one_recipient_cannot_get(reply: str, kind: type[Failed | Refused]) -> None:
    with MailReceiver(Mishap("recipient", reply, only="second@example.org")) as receiver:
        both = channel(receiver, "&tls=none", {"north": "first@example.org, second@example.org"})
        outcome = await both.send(parcel(to="north"))
        assert isinstance(outcome, kind)
        assert f"did not take the recipient second@example.org: {reply}" in outcome.reason
        assert receiver.mails == []
        assert isinstance(await both.send(parcel(to="north")), Sent)
        assert receiver.mails[0].recipients == ("first@example.org", "second@example.org")


async def test_a_mail_says_what_it_is() -> None:
    mail = await mailed(parcel(subject="Grüße aus Köln", text="Fünf Punkte:\n.\n..x\nEnde\n"))
    assert (mail.sender, mail.recipients) == ("hub@example.org", ("team@example.org",))
    assert mail.message["Subject"] == "Grüße aus Köln"
    assert mail.message["Date"] == "Wed, 01 Jul 2026 12:00:00 +0000"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.id == "<0123456789abcdef@roundhouse>"
    assert {mail.message[name] for name in ("In-Reply-To", "References", "X-Roundhouse-Corrects", "Bcc")} == {None}
    assert mail.message.get_content().replace("\r\n", "\n") == "Fünf Punkte:\n.\n..x\nEnde\n"
    assert mail.raw.isascii()


async def test_a_mail_is_the_same_bytes_at_every_attempt() -> None:
    assert (await mailed(parcel())).raw == (await mailed(parcel())).raw


async def test_a_correction_hangs_from_what_it_corrects() -> None:
    mail = await mailed(parcel(corrects="fedcba9876543210"), options="&domain=example.org")
    assert mail.id == "<0123456789abcdef@example.org>"
    assert mail.message["In-Reply-To"] == mail.message["References"] == "<fedcba9876543210@example.org>"
    assert mail.message["X-Roundhouse-Corrects"] == "fedcba9876543210"


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\0", "\r\n\r\n"])
async def test_a_line_break_makes_no_header(break_: str) -> None:
    injection = f"Hi{break_}Bcc: victim@example.org{break_}X-Evil: yes"
    mail = await mailed(parcel(to=injection, subject=injection, corrects=injection))
    assert mail.recipients == ("team@example.org",)
    assert not {"bcc", "x-evil"} & {name.lower() for name in mail.message}
    assert mail.message["Subject"] == "Hi Bcc: victim@example.org X-Evil: yes"
    assert mail.message.get_content().strip() == "Call them."


async def test_a_text_that_speaks_smtp_is_a_text() -> None:
    text = "Hello\r\n.\r\nMAIL FROM:<x@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\n\n.\nbye\r.\r"
    with MailReceiver() as receiver:
        assert isinstance(await channel(receiver).send(parcel(text=text)), Sent)
        [mail] = receiver.mails
    assert mail.recipients == ("team@example.org",)
    assert mail.message.get_content().splitlines() == text.splitlines()


@pytest.mark.parametrize(
    ("to", "recipients"),
    [
        (None, ("team@example.org",)),  # the channel's own
        ("North", ("n1@example.org", "n2@example.org")),  # by name
        (" nORTH ", ("n1@example.org", "n2@example.org")),  # environments know small letters only
        ("South", ("team@example.org",)),  # nobody knows the name
        ("N1@example.org", ("n1@example.org",)),  # an address that the settings name
        ("stranger@example.net", ("team@example.org",)),  # one that only the decision names
    ],
)
async def test_only_the_settings_say_who_gets_mail(to: str | None, recipients: tuple[str, ...]) -> None:
    mail = await mailed(parcel(to=to), {"north": "n1@example.org, n2@example.org"})
    assert mail.recipients == recipients
    assert mail.message["To"] == ", ".join(recipients)


@pytest.mark.parametrize("to", ["south", None, "stranger@example.net"])
async def test_a_parcel_without_an_address_is_refused_with_what_to_set(to: str | None) -> None:
    nowhere = open_channel("x", SecretStr("smtp://127.0.0.1:1?from=a@b.c&tls=none"), recipients={"north": "a@b.c"})
    outcome = await nowhere.send(parcel(to=to))
    assert isinstance(outcome, Refused)
    assert "ROUNDHOUSE_RECIPIENTS" in outcome.reason
    assert "'to='" in outcome.reason


@pytest.mark.parametrize("address", ["", "nobody", "Ann <a@b.c>", "a@b.c\r\nRCPT TO:<d@e.f>", "a b@c.d", "ü@b.c"])
def test_a_recipient_that_is_no_address_is_found_when_the_channel_is_opened(address: str) -> None:
    with pytest.raises(UsageError, match="Channel 'x' cannot be opened: ROUNDHOUSE_RECIPIENTS gives 'north' no plain"):
        open_channel("x", SecretStr("smtp://h?from=a@b.c"), recipients={"north": address})


async def test_a_dialogue_that_is_cut_off_before_the_content_never_begins_it() -> None:
    with MailReceiver(Mishap("recipient", "hang")) as receiver:
        work = asyncio.ensure_future(channel(receiver).send(parcel()))
        await asyncio.to_thread(wait_until, lambda: receiver.attempts == 1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await asyncio.sleep(0.2)
        assert receiver.mails == []


SENDER = f"""
import asyncio, sys
from pydantic import SecretStr
from runtime.channels.opened import open_channel
from tests.support.parcels import parcel

print(asyncio.run(open_channel("x", SecretStr(sys.argv[1] + {OPTIONS + "&tls=none"!r})).send(parcel())))
"""


def test_a_sender_in_another_process_is_received_even_if_it_is_killed() -> None:
    with MailReceiver(Mishap("reply", "hang")) as receiver:
        command = [sys.executable, "-c", SENDER, receiver.url]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            wait_until(lambda: bool(receiver.mails))
            os.kill(process.pid, signal.SIGKILL)
        said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        assert said == "Sent(receipt='250 2.0.0 Accepted')\n"
        assert receiver.came == {"<0123456789abcdef@roundhouse>": 2}
