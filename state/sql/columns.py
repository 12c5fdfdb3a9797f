"""Column types that mean the same on SQLite and PostgreSQL: a moment in time and a JSON document."""

import hashlib
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON value; Python's ``None`` is SQL's NULL."""

Key = String().with_variant(String(collation="C"), "postgresql")
"""A name that is compared and ordered by its bytes, as SQLite and Python do."""


def sixteen_digits(content: str) -> str:
    """An id made of content: sixteen hexadecimal digits of its SHA-256."""
    return hashlib.sha256(content.encode()).hexdigest()[:16]


class Moment(TypeDecorator[datetime]):
    """A moment with its time zone, kept and returned in UTC; a datetime without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A moment needs a time zone, {value!r} has none. Use datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
