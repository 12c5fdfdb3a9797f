"""The wording: how the figures of the lab are read out."""

from collections.abc import Sequence

from lab.bootstrap import Estimate
from state.trial import ShapeName

NONE = "–"
"""What stands for a figure that is not defined."""

SPOKEN: dict[ShapeName, str] = {
    "single": "the single agent",
    "pipeline": "the pipeline",
    "hub": "the hub",
    "supervisor": "the supervisor",
    "mesh": "the mesh",
}
"""The shapes as they are spoken of."""


def number(value: float) -> str:
    """A figure at three digits, more only before the point."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 or not value else f"{value:.2g}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def percent(value: float) -> str:
    """A share: whole percents, with one digit more near none and all."""
    fine = 0 < value < 0.1 or 0.99 < value < 1
    text = f"{100 * value:.1f}".removesuffix(".0") if fine else f"{100 * value:.0f}"
    return f"{text.replace('-', '−')} %"


def with_interval(found: Estimate | None) -> str:
    """A figure and its interval."""
    if found is None:
        return NONE
    return f"{number(found.value)} ({number(found.low)} to {number(found.high)})"


def percent_interval(found: Estimate | None) -> str:
    """A share and its interval."""
    if found is None:
        return NONE
    return f"{percent(found.value)} ({percent(found.low)} to {percent(found.high)})"


def listed(words: Sequence[str]) -> str:
    """Words as a part of a sentence, the last two joined by "and"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
