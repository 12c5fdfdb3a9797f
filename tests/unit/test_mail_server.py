"""The mail server's URL: what it says, and that no error repeats any of it."""

import pytest

from runtime.channels.mail_server import MailServer
from state.errors import UsageError

FULL = "smtp://ann%40x:p%2Fw@mail.example.org:2525?from=hub+a@example.org&to=a@b.de,c@d.de&timeout=5&domain=example.org"


def test_a_url_says_all_of_it() -> None:
    server = MailServer.parse(FULL)
    assert server == MailServer(
        host="mail.example.org",
        port=2525,
        sender="hub+a@example.org",
        recipients=("a@b.de", "c@d.de"),
        encryption="starttls",
        timeout=5.0,
        domain="example.org",
        user="ann@x",
        password="p/w",
    )
    assert "p/w" not in repr(server)


@pytest.mark.parametrize(
    ("url", "encryption", "port"),
    [
        ("smtp://h?from=a@b.c", "starttls", 587),  # the usual
        ("smtp://h?from=a@b.c&tls=starttls", "starttls", 587),
        ("smtp://h:25?from=a@b.c&tls=none", "none", 25),  # in clear, without a password
        ("smtps://h?from=a@b.c", "tls", 465),
        ("SMTPS://h/?from=a@b.c", "tls", 465),
        ("smtp://u:p@localhost?from=a@b.c&tls=none", "none", 587),  # this machine
        ("smtp://u:p@127.1.2.3?from=a@b.c&tls=none", "none", 587),
        ("smtp://u:p@[::1]?from=a@b.c&tls=none", "none", 587),
    ],
)
def test_encryption_is_the_rule_and_its_absence_is_asked_for(url: str, encryption: str, port: int) -> None:
    server = MailServer.parse(url)
    assert (server.encryption, server.port) == (encryption, port)


def test_a_domain_of_other_letters_gets_its_ascii_form() -> None:
    assert MailServer.parse("smtp://h?from=a@b.c&to=x@bücher.example").recipients == ("x@xn--bcher-kva.example",)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("smtp://u:S3cret@mail.example.org?from=a@b.c&tls=none", "in clear"),
        ("smtp://u:S3cret@10.0.0.1?from=a@b.c&tls=none", "in clear"),
        ("smtp://u:S3cret@localhost.example.org?from=a@b.c&tls=none", "in clear"),
        ("smtps://u:S3cret@h?from=a@b.c&tls=none", "tls is 'starttls' or 'none'"),
        ("smtp://u:S3cret@h?from=a@b.c&tls=S3cret", "tls is 'starttls' or 'none'"),
        ("smtp://u:S3cret@h", "from="),  # no sender
        ("smtp://u:S3cret@h?from=S3cret", "from= takes one plain address"),
        ("smtp://u:S3cret@h?from=a@b.c,d@e.f", "from= takes one plain address"),
        ("smtp://u:S3cret@h?from=a@b.c&to=Ann <a@b.c>", "of the form"),
        ("smtp://u:S3cret@h?from=a@b.c&to=Ann%20%3Ca@b.c%3E", "to= takes at most"),
        ("smtp://u:S3cret@h?from=a@b.c%0d%0aRCPT", "from= takes one plain address"),
        ("smtp://u:S3cret@h?from=a@b.c&timeout=S3cret", "timeout= takes seconds"),
        ("smtp://u:S3cret@h?from=a@b.c&timeout=0", "timeout= takes seconds"),
        ("smtp://u:S3cret@h?from=a@b.c&timeout=nan", "timeout= takes seconds"),
        ("smtp://u:S3cret@h?from=a@b.c&domain=S3cret>", "domain= takes"),
        ("smtp://u:S3cret@h?from=a@b.c&S3cret=1", "the options behind '?' are"),
        ("smtp://u:S3cret@h?from=a@b.c&from=d@e.f", "each once"),
        ("smtp://u:S3cret@?from=a@b.c", "names no usable host"),
        ("smtp://u:S3cret@h:0?from=a@b.c", "of the form"),
        ("smtp://u:S3cret@h:99999?from=a@b.c", "of the form"),
        ("smtp://u:S3cret@h:S3cret?from=a@b.c", "of the form"),
        ("smtp://u:S3cret@[h?from=a@b.c", "of the form"),
        ("smtp://u:S3cr%C3%A9t@h?from=a@b.c", "plain ASCII"),
        ("smtp://u:S3cret%0d%0a@h?from=a@b.c", "plain ASCII"),
        # passwords with signs that should have been escaped
        ("smtp://u:x/S3cret@h?from=a@b.c", "%2F"),
        ("smtp://u:12/S3cret@h?from=a@b.c", "%2F"),
        ("smtp://u:x#S3cret@h?from=a@b.c", "%23"),
        ("smtp://u:12#S3cret@h?from=a@b.c", "%23"),
        ("smtp://u:12?S3cret@h?from=a@b.c", "%3F"),
    ],
)
def test_an_unusable_url_says_what_to_write_and_nothing_secret(url: str, advice: str) -> None:
    with pytest.raises(UsageError) as raised:
        MailServer.parse(url)
    assert advice in str(raised.value)
    assert "S3cret" not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None
