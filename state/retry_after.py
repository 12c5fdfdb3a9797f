"""Retry-After: how long a server asks to be left alone, in seconds or as a date."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_PAUSE = 3600.0
"""Seconds that a server can put anybody off at most."""


def pause(header: str | None, now: datetime) -> float | None:
    """Seconds to wait, from 0 to ``LONGEST_PAUSE``; None where the server named no time that can be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        # A number of any length is longer than the longest pause, and Python reads no more than some thousand digits.
        return min(float(text[:20]), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_PAUSE)
