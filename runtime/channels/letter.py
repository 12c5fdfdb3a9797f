"""The letter: a parcel as a mail, the same at every attempt.

Its ``Message-ID`` is made of the parcel's id, so a mail that came twice can be found out by the reader's own program,
and a correction hangs from the mail that it corrects. What is attached follows the text in parts of their own, between
boundaries that are made of the parcel, too.
"""

import hashlib
from email import policy
from email.message import EmailMessage

from runtime.channels.attached import attached
from runtime.channels.body import in_utc
from runtime.channels.words import one_line
from state.effect import Parcel

# Seven bits: no server needs an extension for it, and no line of the text can be taken for a command.
_POLICY = policy.SMTP.clone(cte_type="7bit")
_LONGEST_SUBJECT = 500


def letter(parcel: Parcel, sender: str, recipients: tuple[str, ...], domain: str) -> bytes:
    """A parcel as the bytes of a mail."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = _subject(parcel)
    mail["Date"] = in_utc(parcel.created_at)
    mail["Message-ID"] = message_id(parcel.id, domain)
    if parcel.corrects is not None:
        mail["In-Reply-To"] = mail["References"] = message_id(parcel.corrects, domain)
        mail["X-Roundhouse-Corrects"] = one_line(parcel.corrects)
    # Answering machines leave such a mail alone.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(parcel.message.text)
    _attach(mail, parcel)
    return mail.as_bytes()


def message_id(parcel: str, domain: str) -> str:
    """The ``Message-ID`` of a parcel."""
    return f"<{''.join(filter(str.isalnum, parcel))}@{domain}>"


def _attach(mail: EmailMessage, parcel: Parcel) -> None:
    files = attached(parcel)
    if files:
        mail.make_mixed(boundary=_boundary(parcel))
    for file in files:
        main, _, sub = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)


def _boundary(parcel: Parcel) -> str:
    """A line between parts that no part can hold: the files are base64, and no text holds its own digest."""
    digest = hashlib.sha256(f"{parcel.id}\n{parcel.message.text}".encode("utf-8", "backslashreplace")).hexdigest()
    return f"=_{digest[:40]}"


def _subject(parcel: Parcel) -> str:
    """The subject in one line: a line break in it would begin a header of its own."""
    return one_line(parcel.message.subject, longest=_LONGEST_SUBJECT) or one_line(f"{parcel.workflow} {parcel.case}")
