"""Checkpoints that are ahead of the clock.

LangGraph numbers checkpoints by the clock (UUID version 6, RFC 9562: 100-nanosecond steps since 1582-10-15), and the
newest of a thread is the one with the highest number. Once the clock was set back, what a new process saves is not the
newest, and is never read again. Then the run has to go on in a thread of its own.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)


def moment_of(checkpoint: str) -> datetime:
    """When a checkpoint was made, by the clock of whoever made it."""
    number = UUID(checkpoint).int
    steps = (number >> 80) << 12 | (number >> 64) & 0xFFF
    return _EPOCH + timedelta(microseconds=steps // 10)


def is_ahead(checkpoint: str, now: datetime) -> bool:
    """Whether a checkpoint would outrank one that is made now."""
    return moment_of(checkpoint) >= now
