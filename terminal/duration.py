"""A length of time as people type it: ``30d``, ``12h``."""

import re
from datetime import timedelta

from state.errors import UsageError

UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
"""The units, by their names."""

LONGEST = timedelta(days=36_525)
"""The longest that is taken: a hundred years."""


def parsed_duration(text: str, option: str) -> timedelta:
    """The length of time that an option gives. Raises ``UsageError``."""
    found = re.fullmatch(r"\s*([0-9]{1,12})\s*([a-z]+)\s*", text)
    unit = UNITS.get(found[2]) if found else None
    if found is None or unit is None:
        raise UsageError(
            f"{option} {text!r} is not a length of time. Use a whole number and one of {', '.join(UNITS)}, such as 30d."
        )
    count = int(found[1])
    if count > LONGEST / unit:
        raise UsageError(f"{option} {text!r} is more than a hundred years.")
    return count * unit
