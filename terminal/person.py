"""The person who gives a command, as it is written down with what was done."""

from state.errors import UsageError
from state.plain import unkeepable
from terminal.answer import user_name


def person_of(by: str | None) -> str:
    """The name that ``--by`` gives, or else the user's. Raises ``UsageError`` for one that cannot be kept."""
    if by is not None and not by.strip():
        raise UsageError("--by is empty. Give a name.")
    person = by or user_name()
    reason = unkeepable(person)
    if reason is not None:
        raise UsageError(f"--by {person!r} {reason}.")
    return person
