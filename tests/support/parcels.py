"""Parcels for the tests of what sends them, and what their receivers need for TLS."""

import shutil
import ssl
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from state.artifact import Artifact
from state.effect import Message, Parcel

SENT_AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""When every parcel was put into the outbox."""


def parcel(to: str | None = None, subject: str = "A lead", text: str = "Call them.\n", **fields: Any) -> Parcel:
    """A parcel that is alike every time."""
    given: dict[str, Any] = {
        "id": "0123456789abcdef",
        "workflow": "lead-qualification",
        "case": "lead-1",
        "run": "lead-1-run",
        "effect": "deliver:Update:default",
        "channel": "default",
        "content": {"team": "north", "probability": 0.25},
        "created_at": SENT_AT,
    }
    return Parcel(message=Message(to=to, subject=subject, text=text), **(given | fields))


def attaching(*files: tuple[str, bytes], **fields: Any) -> Parcel:
    """A parcel with files, each a name and its bytes, which were read."""
    plain = parcel(**fields)
    kept = [Artifact(digest=sha256(content).hexdigest(), name=name, size=len(content)) for name, content in files]
    message = plain.message.model_copy(update={"attachments": tuple(kept)})
    return plain.model_copy(update={"message": message, "contents": tuple(content for _, content in files)})


def certificate(folder: Path) -> Path:
    """A new certificate of 127.0.0.1 that nobody vouches for, in one file with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    file = folder / "certificate.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"), "-out", str(file)]
    subprocess.run([openssl, *command.split(), *more], check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "key.pem").read_text())
    return file


def server_tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
