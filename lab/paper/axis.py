"""The axis of a plot: what it shows, from where to where, and how high a value stands on it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import altair as alt

from lab.paper.palette import HEIGHT, WIDTH

Scale = Literal["linear", "log"]

Record = Mapping[str, Any]
"""One point: its columns by name, a figure's interval as ``…_low`` and ``…_high``, its curve as ``group``."""

FARTHEST = 1e-300
"""What stands for 0 on a logarithmic axis, on which it has no place."""

MOST_TICKS = 9
"""On a logarithmic axis, before it is labelled at powers of ten only."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a plot."""

    field: str
    title: str
    scale: Scale = "linear"
    ticks: tuple[float, ...] | None = None
    """Where it is labelled; None for round values."""
    format: str = "~g"
    domain: tuple[float, float] = (0.0, 1.0)

    def over(self, records: Sequence[Record]) -> "Axis":
        """The same, as far as the records go with their bands, and some room; a linear one from 0."""
        names = (self.field, f"{self.field}_low", f"{self.field}_high")
        values = [record[name] for record in records for name in names if record.get(name) is not None]
        if self.scale == "log":
            positive = [value for value in values if value > 0] or [1.0]
            return replace(self, domain=(min(positive) / 1.15, max(positive) * 1.15))
        low, high = min([0.0, *values]), max([0.0, *values]) or 1.0
        return replace(self, domain=(1.06 * low, 1.06 * high))

    def channel(self, field: str | None = None) -> dict[str, Any]:
        """What an encoding on it needs."""
        ticks = round_ticks(*self.domain) if self.ticks is None and self.scale == "log" else self.ticks
        shown: dict[str, Any] = {"tickCount": 6} if ticks is None else {"values": list(ticks)}
        axis = alt.Axis(title=self.title, format=self.format, labelOverlap=self.ticks is not None, **shown)
        scale = alt.Scale(type=self.scale, domain=list(self.domain), nice=False, zero=False)
        return {"shorthand": f"{field or self.field}:Q", "axis": axis, "scale": scale}

    def height(self, value: float) -> float:
        """How high a value stands, in pixels from the bottom."""
        return HEIGHT * self._share(value)

    def aside(self, value: float, pixels: float) -> float:
        """What stands so many pixels right of a value, on a logarithmic axis."""
        low, high = self.domain
        return float(value * (high / low) ** (pixels / WIDTH))

    def _share(self, value: float) -> float:
        low, high = (self._place(each) for each in self.domain)
        return (self._place(value) - low) / (high - low)

    def _place(self, value: float) -> float:
        return math.log(max(value, FARTHEST)) if self.scale == "log" else value


def round_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round values for a logarithmic axis: 1, 2 and 5 times the powers of ten, or these alone where that is many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    within = [value for value in fine if low <= value <= high]
    return tuple(within if len(within) <= MOST_TICKS else [value for value in within if f"{value:e}".startswith("1.0")])
