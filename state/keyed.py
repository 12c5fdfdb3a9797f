"""Keyed digests: numbers that are drawn for a case by a secret key, always the same and foreseen by nobody."""

import hashlib
import hmac


def toss(key: str, subject: str) -> float:
    """A number from 0 up to, not with, 1 for a subject: uniform over subjects for whoever does not have the key."""
    digest = hmac.new(key.encode(), subject.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:6]) / 2**48
