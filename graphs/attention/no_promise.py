"""The refusal of a calibration: what cannot be promised of these cases."""

from state.errors import UsageError


class NoPromise(UsageError):
    """These cases do not allow what was asked for; the message is one line that says what would be needed."""
