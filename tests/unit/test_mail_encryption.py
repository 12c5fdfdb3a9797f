"""Mail to servers that want a login or TLS: passwords go to whom they are for, and into no error."""

import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from runtime.channels.channel import Channel, Doubtful, Failed, Refused, Sent
from runtime.channels.opened import open_channel
from tests.support.parcels import certificate, parcel, server_tls
from tests.support.receivers import MailReceiver, Mishap, speaking

OPTIONS = "?from=hub@example.org&to=team@example.org&timeout=1"


def without_login(receiver: MailReceiver) -> Channel:
    return open_channel("team", SecretStr(f"{receiver.url}{OPTIONS}"))


def with_login(receiver: MailReceiver, login: str, options: str = "&tls=none") -> Channel:
    url = receiver.url.replace("://", f"://{login}@")
    return open_channel("team", SecretStr(f"{url}{OPTIONS}{options}"))


async def test_a_login_is_made_where_the_url_has_one() -> None:
    with MailReceiver(login=("ann", "p@ss/w")) as receiver:
        assert isinstance(await with_login(receiver, "ann:p%40ss%2Fw").send(parcel()), Sent)
        assert receiver.logins == [("ann", "p@ss/w")]


async def test_a_wrong_password_is_refused_and_not_repeated() -> None:
    with MailReceiver(login=("ann", "right")) as receiver:
        outcome = await with_login(receiver, "ann:S3cret").send(parcel())
    assert isinstance(outcome, Refused)
    assert "refused the login (535)" in outcome.reason
    assert "S3cret" not in outcome.reason


async def test_a_server_without_logins_is_refused_with_what_to_do() -> None:
    with MailReceiver() as receiver:
        outcome = await with_login(receiver, "ann:S3cret").send(parcel())
    assert outcome == Refused("127.0.0.1 takes no login. Leave user and password out.")


async def test_a_server_that_repeats_the_password_does_not_get_it_into_an_error() -> None:
    with MailReceiver(Mishap("recipient", "550 you are S3cret"), login=("ann", "S3cret")) as receiver:
        outcome = await with_login(receiver, "ann:S3cret").send(parcel())
    assert outcome == Refused("127.0.0.1 did not take the recipient team@example.org: 550 you are …")


@pytest.mark.parametrize("challenge", [b"334 x\r\n", b"334 \xff\xfe\r\n", b"334\r\n", b"435 no\r\n", b"what\r\n", b""])
async def test_a_login_that_the_server_makes_nonsense_of_is_an_outcome(challenge: bytes) -> None:
    with speaking(b"220 x\r\n", b"250-x\r\n250 AUTH CRAM-MD5\r\n", challenge) as url:
        address = url.replace("://", "://ann:S3cret@")
        outcome = await open_channel("team", SecretStr(f"{address}{OPTIONS}&tls=none")).send(parcel())
    assert isinstance(outcome, Failed | Refused)
    assert "S3cret" not in outcome.reason


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_encrypted_mail_goes_to_servers_that_can_be_trusted(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    tls = server_tls(pem)
    with MailReceiver(login=("a", "b"), **{"starttls" if scheme == "smtp" else "tls": tls}) as receiver:  # type: ignore[arg-type]  # one of the two contexts
        untrusted = await with_login(receiver, "a:b", "").send(parcel())
        assert isinstance(untrusted, Failed)
        assert "certificate verify failed" in untrusted.reason
        assert (receiver.mails, receiver.logins) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert isinstance(await with_login(receiver, "a:b", "").send(parcel()), Sent)
        assert receiver.came == {"<0123456789abcdef@roundhouse>": 1}


async def test_a_time_out_ends_an_encrypted_dialogue_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with MailReceiver(Mishap("recipient", "hang"), Mishap("reply", "hang"), tls=server_tls(pem)) as receiver:
        began = time.monotonic()
        outcomes = [await without_login(receiver).send(parcel()) for _ in range(2)]
        assert [type(outcome) for outcome in outcomes] == [Failed, Doubtful]
        assert time.monotonic() - began < 4


async def test_nothing_is_said_in_clear_where_starttls_is_not_offered() -> None:
    with MailReceiver() as receiver:
        outcome = await without_login(receiver).send(parcel())
    assert isinstance(outcome, Refused)
    assert "offers no STARTTLS" in outcome.reason
    assert receiver.mails == []
