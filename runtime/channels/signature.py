"""The signature of a webhook, by which its receiver knows that nobody else wrote it.

The formula is that of the Standard Webhooks specification (standardwebhooks.com): the id, the moment in whole seconds
since 1970 and the body, joined by dots; of that the HMAC with SHA-256, in base64, behind ``v1,``. The moment is signed
with the rest, so that a receiver can turn away what somebody recorded and plays again later.
"""

import base64
import hashlib
import hmac
from datetime import datetime

from state.errors import UsageError

_PREFIX = "whsec_"


def signing_key(secret: str) -> bytes:
    """The key of a secret: what follows ``whsec_`` is base64, any other secret is taken as it is.

    Raises ``UsageError``.
    """
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        problem = "ROUNDHOUSE_WEBHOOK_SECRET begins with 'whsec_', and what follows is not base64"
    raise UsageError(problem)


def signature_headers(key: bytes, identity: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The three headers that say which message this is, when it was sent, and that it is genuine."""
    seconds = str(int(moment.timestamp()))
    signed = f"{identity}.{seconds}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": identity,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
