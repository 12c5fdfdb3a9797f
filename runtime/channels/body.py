"""The body of a parcel: the JSON that a file holds and a webhook is sent, the same bytes at every attempt."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from state.effect import Parcel


def parcel_json(parcel: Parcel, attachments: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """A parcel as sorted, readable JSON in UTF-8.

    What is none of the receiver's business stays out: the name of the channel. ``attachments`` is what is said of the
    files that go with it.
    """
    body: dict[str, Any] = {
        "id": parcel.id,
        "workflow": parcel.workflow,
        "case": parcel.case,
        "run": parcel.run,
        "effect": parcel.effect,
        "corrects": parcel.corrects,
        "created_at": in_utc(parcel.created_at).isoformat(),
        "to": parcel.message.to,
        "subject": parcel.message.subject,
        "text": parcel.message.text,
        "content": dict(parcel.content),
        **({"attachments": [dict(each) for each in attachments]} if attachments else {}),
    }
    text = json.dumps(body, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    # Half of a character has no UTF-8, and the escape that Python replaces it by is JSON's own.
    return text.encode("utf-8", "backslashreplace")


def in_utc(moment: datetime) -> datetime:
    """A moment in UTC, so that a parcel reads the same wherever it is sent from; without a zone it is UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
