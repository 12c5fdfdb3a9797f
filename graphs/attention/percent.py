"""The percent: shares in words, to a tenth; a bound is rounded up, so that what is said holds."""

import math


def percent(share: float) -> str:
    """A share from 0 to 1, such as ``8.1%``. Pure."""
    shown = f"{100 * share:.1f}".removesuffix(".0")
    return f"{100 * share:.1g}%" if share and shown == "0" else f"{shown}%"


def percent_up(bound: float) -> str:
    """A bound from 0 to 1, never below what it was. Pure."""
    # what is a tenth but for the last digit of a double is not raised
    return percent(min(math.ceil(round(1000 * bound, 6)) / 1000, 1.0))
