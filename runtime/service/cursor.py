"""The cursor of a list: where a page ended, as a word that callers hand back as they got it."""

import base64
from datetime import datetime

from runtime.service.problem import Refusal
from state.plain import unkeepable
from state.run import RunRow
from state.sql.run_pages import Place


def cursor_of(row: RunRow) -> str:
    """The place of a run in the list."""
    return base64.urlsafe_b64encode(f"{row.created_at.isoformat()} {row.id}".encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """The place that a cursor stands for. Raises ``Refusal`` for one that was not got from here."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        at, _, run = text.partition(" ")
        place = Place(datetime.fromisoformat(at), run)
    except ValueError:
        place = None
    if place is None or not place.run or place.at.tzinfo is None or unkeepable(place.run) is not None:
        raise Refusal(422, "invalid-request", "'after' is none of ours. Give what the page before has as 'next'.")
    return place
