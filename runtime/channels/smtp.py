"""One mail handed in by SMTP, with its two halves taken apart.

Until the server has said that it will take the content (354), nothing was handed in, whatever happens. From the first
byte of the content until the server's last word, nobody on this side can know: an error there is doubtful. After that
word there is only politeness. The standard library's own ``sendmail`` hides which half an error came from, so the
halves are written out here.

The dialogue blocks, so it runs in a thread; another thread may cut it off. The two agree under a lock on whether the
content had begun, so that a dialogue that was cut off before it never begins it.
"""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from threading import Lock
from typing import assert_never

from runtime.channels.channel import Doubtful, Failed, Outcome, Refused, Sent
from runtime.channels.mail_server import MailServer
from runtime.channels.words import one_line, why

FAREWELL = 2.0
"""Seconds that a server may take over its good-bye."""

_REPLY = re.compile(rb"(?P<code>[2-5]\d\d)(?:(?P<more>[ -])(?P<words>[^\r\n]*))?\r?\n")
_LONGEST_LINE = 8192
_MOST_LINES = 100


class Dialogue:
    """One attempt to hand in one mail."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._lock = Lock()
        self._is_cut_off = False
        self._has_begun = False
        self._socket: socket.socket | None = None

    def hand_in(self, mail: bytes, recipients: tuple[str, ...]) -> Outcome:
        """Hand in one mail to all of its recipients or to none. Blocks; raises nothing that the server can cause."""
        smtp = smtplib.SMTP()
        try:
            try:
                self._prepare(smtp, mail, recipients)
            except _Declined as declined:
                # Some of the recipients may have been named already; none of them gets the mail.
                _say(smtp, "RSET")
                return declined.outcome
            except OSError as error:
                return Failed(f"{self._server.host}: {self._why(error)}.")
            return self._hand_over(smtp, mail)
        finally:
            _say(smtp, "QUIT")
            smtp.close()

    def cut_off(self) -> bool:
        """End the dialogue from another thread; whether the content had begun. A second call does no more."""
        with self._lock:
            self._is_cut_off = True
            if self._socket is not None:
                with suppress(OSError):
                    # The plain socket's own way: that of TLS is not meant for two threads.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            return self._has_begun

    def _prepare(self, smtp: smtplib.SMTP, mail: bytes, recipients: tuple[str, ...]) -> None:
        """All that is said before the content, to the word that the server waits for it."""
        self._connect(smtp)
        self._log_in(smtp)
        size = [f"SIZE={len(mail)}"] if smtp.has_extn("size") else []
        self._expect(smtp.mail(self._server.sender, size), 2, "the sender")
        for recipient in recipients:
            self._expect(smtp.rcpt(recipient), 2, f"the recipient {recipient}")
        self._expect(smtp.docmd("DATA"), 3, "the message")
        self._begin()

    def _hand_over(self, smtp: smtplib.SMTP, mail: bytes) -> Outcome:
        """The content, and the server's last word on it."""
        content = re.sub(rb"(?m)^\.", b"..", mail)
        try:
            smtp.send((content if content.endswith(b"\r\n") else content + b"\r\n") + b".\r\n")
            code, words = _last_word(smtp)
        except OSError as error:
            return Doubtful(f"{self._server.host} was sent the message and did not confirm it: {self._why(error)}.")
        said = self._said(code, words)
        match code // 100:
            case 2:
                return Sent(said)
            case 4:
                return Failed(f"{self._server.host} put off the message: {said}")
            case 5:
                return Refused(f"{self._server.host} refused the message: {said}")
            case _:
                return Doubtful(f"{self._server.host} was sent the message and said neither yes nor no: {said}")

    def _connect(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        smtp.timeout = server.timeout
        self._use(smtp, socket.create_connection((server.host, server.port), timeout=server.timeout))
        match server.encryption:
            case "tls":
                self._encrypt(smtp)
                self._greet(smtp)
            case "starttls":
                self._greet(smtp)
                self._start_tls(smtp)
            case "none":
                self._greet(smtp)
            case unknown:
                assert_never(unknown)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        self._expect(smtp.getreply(), 2, "the connection")
        self._introduce(smtp)

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        code, words = smtp.ehlo()
        if code // 100 == 5:
            code, words = smtp.helo()
        self._expect((code, words), 2, "the greeting")

    def _start_tls(self, smtp: smtplib.SMTP) -> None:
        if not smtp.has_extn("starttls"):
            reason = f"{self._server.host} offers no STARTTLS. Use smtps://, or tls=none without a password."
            raise _Declined(Refused(reason))
        self._expect(smtp.docmd("STARTTLS"), 2, "STARTTLS")
        self._encrypt(smtp)
        # What was said in clear may have been said by anybody.
        smtp.file = None
        smtp.esmtp_features = {}
        self._introduce(smtp)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        assert smtp.sock is not None
        context = ssl.create_default_context()
        tls = context.wrap_socket(smtp.sock, server_hostname=self._server.host, do_handshake_on_connect=False)
        self._use(smtp, tls)
        tls.do_handshake()

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if self._server.user is None:
            return
        try:
            smtp.login(self._server.user, self._server.password)
        except smtplib.SMTPNotSupportedError:
            raise _Declined(Refused(f"{self._server.host} takes no login. Leave user and password out.")) from None
        except smtplib.SMTPResponseException as error:
            # Without the server's words: some repeat what they were sent.
            code = error.smtp_code
            reason = (
                f"{self._server.host} refused the login ({code}). Check the user and password of the channel's URL."
            )
            raise _Declined(Failed(reason) if code // 100 == 4 else Refused(reason)) from None
        except ValueError:
            raise _Declined(Failed(f"{self._server.host} asked for the login in a way that nobody can read.")) from None

    def _expect(self, reply: tuple[int, bytes], kind: int, what: str) -> None:
        """Go on where the reply is of that kind; nothing was handed in where it is another."""
        code, words = reply
        if code // 100 == kind:
            return
        reason = f"{self._server.host} did not take {what}: {self._said(code, words)}"
        raise _Declined(Refused(reason) if code // 100 == 5 else Failed(reason))

    def _use(self, smtp: smtplib.SMTP, connection: socket.socket) -> None:
        with self._lock:
            smtp.sock = self._socket = connection
            self._check()

    def _begin(self) -> None:
        with self._lock:
            self._check()
            self._has_begun = True

    def _check(self) -> None:
        if self._is_cut_off:
            raise ConnectionAbortedError("cut off")

    def _said(self, code: int, words: bytes) -> str:
        return f"{code} {one_line(words, self._secrets)}".strip()

    def _why(self, error: OSError) -> str:
        return "the time was up" if self._is_cut_off else why(error, self._secrets)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self._server.password,)


class _Declined(Exception):
    """The server would not go on before the content."""

    def __init__(self, outcome: Failed | Refused) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def _last_word(smtp: smtplib.SMTP) -> tuple[int, bytes]:
    """The reply that decides whether the mail was handed in.

    The library takes a reply that was cut off in the middle for a whole one; here only whole lines count. Raises
    ``OSError`` for anything else.
    """
    assert smtp.file is not None
    words: list[bytes] = []
    for _ in range(_MOST_LINES):
        line = _REPLY.fullmatch(smtp.file.readline(_LONGEST_LINE))
        if line is None:
            raise ConnectionError("the reply was cut off or is none of SMTP's")
        words.append(line["words"] or b"")
        if line["more"] != b"-":
            return int(line["code"]), b" ".join(words)
    raise ConnectionError("the reply has no end")


def _say(smtp: smtplib.SMTP, command: str) -> None:
    """Say what changes nothing any more, whatever the server makes of it."""
    with suppress(OSError):
        if smtp.sock is not None:
            smtp.sock.settimeout(FAREWELL)
            smtp.docmd(command)
