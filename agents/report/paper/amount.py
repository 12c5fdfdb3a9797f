"""The amount: a number as a reader sees it, with its unit, its sign and as many decimals as make sense."""

import math
import re
from typing import assert_never

from agents.report.findings import Figure, Unit
from state.template import one_line

NONE = "–"
"""What stands where there is no number."""

MINUS = "\u2212"

_WORDLESS: tuple[Unit, ...] = ("value", "count")
_UNSIGNED = ("_strength", "_share")
"""How the names of shares end: percent that are no change."""

_DIGITS = 6
"""How many significant digits a value from 1 on is shown with at most."""

_UNTIDY = re.compile(r"'[^']*'|(?<=\d)%|(?<![^\s(])-(?=\d)|(?<![^\s(])(?:\d{5,}|\d{4,}(?=\.\d))(?![\w-])")
"""What is written otherwise in a report. What stands in quotes is quoted as it is; four digits may be a year."""


def amount(figure: Figure, decimals: int) -> str:
    """A figure with its unit, such as ``+2.3 %``; values have ``decimals`` of them and no unit."""
    words = number(figure, decimals)
    return words if words == NONE or figure.unit in _WORDLESS else f"{words} {unit_of(figure.unit)}"


def number(figure: Figure, decimals: int) -> str:
    """A figure without its unit, such as ``+2.3``. Changes carry their sign, also where they are positive."""
    match figure.unit:
        case "value":
            return level(figure.value, decimals)
        case "count" | "months":
            return grouped(figure.value, 0)
        case "percent" | "percent a year" | "points":
            return _share(figure.value, "" if figure.name.endswith(_UNSIGNED) else "+")
        case _ as impossible:
            assert_never(impossible)


def unit_of(unit: Unit) -> str:
    """A unit as it stands after a number."""
    return unit.replace("percent", "%")


def level(value: float, decimals: int) -> str:
    """A value with ``decimals``, or fewer where it is so large that the last ones say nothing."""
    size = abs(value)
    if 1 <= size < math.inf:
        whole = len(f"{size:.0f}")
        decimals = min(decimals, max(0, _DIGITS - whole), 2 if whole > 2 else decimals)
    return grouped(value, decimals)


def counted(count: int, noun: str) -> str:
    """How many of something: ``1 row``, ``2 rows``."""
    return f"{grouped(count, 0)} {noun}{'' if count == 1 else 's'}"


def tidied(text: str) -> str:
    """The words of an issue in one line, with numbers as a report writes them."""
    return _UNTIDY.sub(_tidy, one_line(text))


def _tidy(found: re.Match[str]) -> str:
    match found[0]:
        case "%":
            return " %"
        case "-":
            return MINUS
        case digits if digits.isdigit():
            return f"{int(digits):,}"
        case quoted:
            return quoted


def grouped(value: float, decimals: int, sign: str = "") -> str:
    """A number with its thousands grouped; more decimals where it would be all zeros, powers where it is huge."""
    if not math.isfinite(value):
        return NONE
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-8:
        return f"{value:{sign}.3e}".replace("-", MINUS)
    while 0 < size < 0.5 * 10**-decimals:
        decimals += 1
    written = f"{value:{sign},.{decimals}f}"
    is_zero = not written.strip("+-0.,")
    return written.lstrip("+-") if is_zero else written.replace("-", MINUS)


def _share(value: float, sign: str) -> str:
    """Percent with one decimal, two where they are few, none where they are many."""
    size = abs(value)
    if size < 0.005:
        return grouped(0.0, 1)
    return grouped(value, 2 if size < 0.095 else 0 if size >= 1000 else 1, sign)


def clipped(text: str, longest: int) -> str:
    """A text with no more than so many letters."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
