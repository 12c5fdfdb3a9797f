"""The refusal of a calibration: what cannot be promised of these cases, and what could be."""

import math

from state.errors import UsageError


class NoPromise(UsageError):
    """These cases do not allow what was asked for; the message is one line that says what would be needed."""


def percent(share: float) -> str:
    """A share to a tenth of a percent, such as ``8.1 %``."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def rounded_up(bound: float) -> float:
    """A bound to a tenth of a percent, never below what it was."""
    return min(math.ceil(round(1000 * bound, 6)) / 1000, 1.0)


def percent_up(bound: float) -> str:
    """A bound to a tenth of a percent, never below what it was."""
    return percent(rounded_up(bound))
