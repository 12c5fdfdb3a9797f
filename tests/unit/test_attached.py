"""Attachments: the same bytes to every receiver, under names without tricks, and none without them."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest

from runtime.channels.attached import ANY_KIND, attached
from runtime.channels.body import parcel_json
from runtime.channels.channel import Failed, Refused, Sent
from runtime.channels.folder import FolderChannel
from runtime.channels.letter import letter
from runtime.channels.mail import MailChannel
from runtime.channels.mail_server import MailServer
from runtime.channels.webhook import MOST_ATTACHED, WebhookChannel
from runtime.channels.webhook_address import WebhookAddress
from state.effect import Parcel
from tests.support.parcels import attaching, parcel
from tests.support.receivers import MailReceiver, Misbehave, WebhookReceiver, wait_until

ROOT = Path(__file__).parents[2]
PAPER, PAGE, ROWS = (
    ("paper.pdf", b"%PDF-1.7\n\x00\xff"),
    ("page.html", b"<p>\r\n.\r\n</p>"),
    ("rows.csv", b"a,b\n1,2\n"),
)


def mailed(sent: Parcel) -> EmailMessage:
    raw = letter(sent, "hub@example.org", ("team@example.org",), "example.org")
    return message_from_bytes(raw, policy=policy.default)


NAMES = [
    # the name, what a receiver may save it as, its ending, its kind
    ("report.pdf", "report.pdf", "pdf", "application/pdf"),
    ("Report.PDF", "Report.PDF", "pdf", "application/pdf"),
    ("page.html", "page.html", "html", "text/html"),
    ("rows.csv", "rows.csv", "csv", "text/csv"),
    ("facts.json", "facts.json", "json", "application/json"),
    ("Jänner 2026.png", "Jänner 2026.png", "png", "image/png"),
    ("table.parquet", "table.parquet", "parquet", ANY_KIND),
    ("rows.csv.gz", "rows.csv.gz", "gz", ANY_KIND),
    ("mail.eml", "mail.eml", "eml", ANY_KIND),
    ("nothing", "nothing", "bin", ANY_KIND),
    ("..", "file", "bin", ANY_KIND),
    (".bashrc", "bashrc", "bin", ANY_KIND),
    ("fdp\u202efdp.exe", "fdp fdp.exe", "exe", None),
    ('a";b=\x7f\u2028c.pdf', "a--b- c.pdf", "pdf", "application/pdf"),
    ("C:x.pdf", "C-x.pdf", "pdf", "application/pdf"),
    ("x.p d f", "x.p d f", "bin", ANY_KIND),
    ("x." + "y" * 40, "x." + "y" * 40, "bin", ANY_KIND),
]


@pytest.mark.parametrize(("name", "shown", "ending", "kind"), NAMES, ids=[each[0].encode().hex() for each in NAMES])
def test_a_file_has_a_name_without_tricks_and_a_kind_by_its_ending(
    name: str, shown: str, ending: str, kind: str | None
) -> None:
    [file] = attached(attaching((name, b"x")))
    assert (file.name, file.ending) == (shown, ending)
    assert kind in (None, file.media_type)
    [part] = mailed(attaching((name, b"x"))).iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == (shown, file.media_type)


def test_a_parcel_whose_files_were_not_read_is_not_sent_without_them() -> None:
    unread = attaching(PAPER).model_copy(update={"contents": ()})
    with pytest.raises(ValueError, match="shorter"):
        attached(unread)


def test_a_mail_carries_the_text_and_the_files_as_they_are() -> None:
    text = "Dear all,\n\nthe report.\n"
    mail = mailed(attaching(PAPER, PAGE, ROWS, text=text))
    body = mail.get_body()
    assert body is not None
    assert (mail.get_content_type(), body.get_content()) == ("multipart/mixed", text.replace("\n", "\r\n"))
    parts = list(mail.iter_attachments())
    assert [part.get_filename() for part in parts] == ["paper.pdf", "page.html", "rows.csv"]
    assert [part.get_payload(decode=True) for part in parts] == [PAPER[1], PAGE[1], ROWS[1]]
    assert {part["Content-Transfer-Encoding"] for part in parts} == {"base64"}


def test_a_mail_has_the_same_bytes_at_every_attempt_and_in_every_process() -> None:
    script = (
        "import sys; from runtime.channels.letter import letter; from tests.support.parcels import attaching;"
        "sys.stdout.buffer.write(letter(attaching(('paper.pdf', b'x' * 999)), 'a@b.c', ('d@e.f',), 'b.c'))"
    )
    raw = letter(attaching(("paper.pdf", b"x" * 999)), "a@b.c", ("d@e.f",), "b.c")
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True).stdout == raw
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 200


def test_no_text_can_end_its_own_part_of_the_mail() -> None:
    first = mailed(attaching(PAPER))
    boundary = str(first.get_boundary())
    text = f"--{boundary}\nContent-Type: text/plain\n\nforged\n--{boundary}--\n"
    mail = mailed(attaching(PAPER, text=text))
    body = mail.get_body()
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()
    assert len(list(mail.iter_attachments())) == 1


def test_a_mail_without_attachments_is_no_mail_of_parts() -> None:
    mail = mailed(parcel())
    assert (mail.get_content_type(), mail.get_content()) == ("text/plain", "Call them.\r\n")


async def test_a_mail_server_is_handed_all_of_it() -> None:
    with MailReceiver() as receiver:
        server = MailServer.parse(f"{receiver.url}?tls=none&from=hub@example.org&to=team@example.org")
        sent = attaching(("paper.pdf", os.urandom(300_000)))
        assert isinstance(await MailChannel(server, {}).send(sent), Sent)
        [mail] = receiver.mails
    [part] = mail.message.iter_attachments()
    assert part.get_payload(decode=True) == sent.contents[0]


async def test_a_folder_gets_the_files_beside_the_parcel_that_names_them(tmp_path: Path) -> None:
    facts = ("facts.json", b"{}")
    sent = attaching(PAPER, PAGE, ("second.pdf", b"%PDF"), facts)
    outcome = await FolderChannel(tmp_path).send(sent)
    stem = "lead-1-0123456789abcdef"
    assert outcome == Sent(str(tmp_path / f"{stem}.json"))
    names = [f"{stem}.pdf", f"{stem}.html", f"{stem}-2.pdf", f"{stem}.json.txt"]
    assert {path.name for path in tmp_path.iterdir()} == {f"{stem}.json", *names}
    told = json.loads((tmp_path / f"{stem}.json").read_bytes())["attachments"]
    assert [each["file"] for each in told] == names
    assert [each["name"] for each in told] == ["paper.pdf", "page.html", "second.pdf", "facts.json"]
    for each, content in zip(told, sent.contents, strict=True):
        assert (tmp_path / each["file"]).read_bytes() == content
        assert (each["size"], each["digest"]) == (len(content), sha256(content).hexdigest())


async def test_files_that_an_attempt_left_before_it_was_killed_are_completed(tmp_path: Path) -> None:
    sent = attaching(PAPER, PAGE)
    first = await FolderChannel(tmp_path).send(sent)
    (tmp_path / "lead-1-0123456789abcdef.json").unlink()
    (tmp_path / "lead-1-0123456789abcdef.html").unlink()
    assert await FolderChannel(tmp_path).send(sent) == first
    assert len(list(tmp_path.iterdir())) == 3


SENDER = """
import asyncio, sys
from pathlib import Path
from runtime.channels.folder import FolderChannel
from tests.support.parcels import attaching

async def main():
    channel = FolderChannel(Path(sys.argv[1]))
    for number in range(100_000):
        await channel.send(attaching(("paper.pdf", b"x" * 200_000), ("page.html", b"y" * 50_000), id=f"{number:016x}"))

asyncio.run(main())
"""


@contextmanager
def sending(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", SENDER, str(folder)], cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_whoever_sees_a_parcel_finds_its_files_whatever_is_killed(tmp_path: Path) -> None:
    with sending(tmp_path):
        wait_until(lambda: len(list(tmp_path.glob("*.json"))) > 5, 30)
    for file in tmp_path.glob("*.json"):
        sizes = [(tmp_path / each["file"]).stat().st_size for each in json.loads(file.read_bytes())["attachments"]]
        assert sizes == [200_000, 50_000]


async def posted(url: str, sent: Parcel, timeout: float = 10.0) -> object:
    channel = WebhookChannel(WebhookAddress.parse(url), "hunter2hunter2", timeout=timeout)
    try:
        return await channel.send(sent)
    finally:
        await channel.close()


async def test_a_webhook_is_posted_the_files_in_base64_the_same_bytes_at_every_attempt() -> None:
    sent = attaching(PAPER, PAGE)
    with WebhookReceiver() as web:
        for _ in range(2):
            assert isinstance(await posted(web.url, sent), Sent)
        first, second = web.requests
    assert first.body == second.body
    told = json.loads(first.body)["attachments"]
    assert [base64.b64decode(each.pop("content_base64")) for each in told] == list(sent.contents)
    assert told == [file.facts() for file in attached(sent)]


async def test_more_than_a_webhook_takes_is_refused_before_anything_is_sent() -> None:
    half = b"x" * (MOST_ATTACHED // 2)
    with WebhookReceiver() as web:
        assert isinstance(await posted(web.url, attaching(("a.bin", half), ("b.bin", half))), Sent)
        outcome = await posted(web.url, attaching(("a.bin", half), ("b.bin", half + b"x")))
        assert len(web.requests) == 1
    assert outcome == Refused("The attachments have 20,000,001 bytes, a webhook takes 20,000,000. Use a folder.")


async def test_a_webhook_that_hangs_is_given_time_for_the_files_and_no_more() -> None:
    with WebhookReceiver(then=Misbehave("hang")) as web:
        outcome = await posted(web.url, attaching(("a.bin", b"x" * 300_000)), timeout=0.2)
    assert outcome == Failed("127.0.0.1 did not answer in 0.5 seconds.")


def test_a_parcel_without_attachments_says_nothing_of_them() -> None:
    assert "attachments" not in json.loads(parcel_json(parcel()))
    assert b"contents" not in parcel_json(attaching(PAPER))
    assert "PDF" not in repr(attaching(PAPER))
