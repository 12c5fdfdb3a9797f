"""What a person says with the options of ``roundhouse answer``."""

import getpass
import json
from typing import Any

from state.errors import UsageError
from state.review import Action


def asked_action(approve: bool, edit: str | None, send_back: str | None, reject: str | None) -> tuple[Action, str]:
    """The one action that was asked for, and its text. Raises ``UsageError``."""
    given: list[tuple[Action, str]] = []
    given += [("approve", "")] if approve else []
    given += [("edit", "")] if edit is not None else []
    given += [("send_back", send_back)] if send_back is not None else []
    given += [("reject", reject)] if reject is not None else []
    if len(given) != 1:
        raise UsageError("Give exactly one of --approve (or --prefer), --edit, --send-back and --reject.")
    return given[0]


def user_name() -> str:
    """The name of the user who gives the command. Raises ``UsageError`` where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as nameless:
        raise UsageError("The system has no name for this user. Say who answers with --by NAME.") from nameless


def parsed_edit(text: str | None) -> dict[str, Any] | None:
    """The fields of ``--edit``, where it is given. Raises ``UsageError``."""
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise UsageError(f"--edit is not JSON: {wrong}.") from wrong
    if not isinstance(value, dict):
        raise UsageError('--edit must be a JSON object, such as {"lane": "contact"}.')
    return value
