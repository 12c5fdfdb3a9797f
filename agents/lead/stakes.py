"""The stakes: what a conversion is worth and a contact costs, and what follows for one lead.

With probability p, value V and cost c, a contact is worth pV − c on average, so a lead is contacted above the
break-even probability c/V. Knowing the outcome beforehand would save c where a contact would have been wasted and
earn V − c where a conversion would have been missed: perfect information is worth min(p(V − c), (1 − p)c). That is
nothing for a certain lead and most at break-even, (V − c)c/V. The confidence is one minus the worth over that
maximum; at V = 2c it is the ordinary |2p − 1|.
"""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Lane = Literal["contact", "decline"]
"""``contact``: a contact is worth more than it costs. ``decline``: it is not, the lead is left alone."""

LANES: tuple[Lane, ...] = ("contact", "decline")

NEAREST = 1e-6
"""How near to 0 or 1 a probability may come before its log-odds are taken."""


class Stakes(BaseModel):
    """What is at stake for one lead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float = Field(gt=0, allow_inf_nan=False)
    """Of a conversion, in ``currency``; above ``cost``."""
    cost: float = Field(gt=0, allow_inf_nan=False)
    """Of a contact, in ``currency``; above 0."""
    currency: str = Field(min_length=1, max_length=20)
    """A word or a code such as EUR."""

    @model_validator(mode="after")
    def _a_conversion_pays(self) -> "Stakes":
        if self.value <= self.cost:
            raise ValueError(f"value={self.value:g} must be above cost={self.cost:g}, or no contact ever pays")
        return self

    @property
    def break_even(self) -> float:
        """The probability above which a contact pays, 0 to 1."""
        return self.cost / self.value

    def expected_value(self, probability: float) -> float:
        """What a contact is worth on average, in ``currency``, from −cost to value − cost."""
        return probability * self.value - self.cost

    def lane(self, probability: float) -> Lane:
        """The lane of a lead that converts with this probability, 0 to 1."""
        return "contact" if self.expected_value(probability) > 0 else "decline"

    def confidence(self, probability: float) -> float:
        """One minus the worth of perfect information over its maximum, 0 (at break-even) to 1 (certain)."""
        saved = (1 - probability) * self.cost
        earned = probability * (self.value - self.cost)
        most = (self.value - self.cost) * self.cost / self.value
        return min(1.0, max(0.0, 1 - min(saved, earned) / most))


def log_odds(probability: float) -> float:
    """The natural log-odds of a probability, 0 to 1; finite at both ends."""
    inside = min(1 - NEAREST, max(NEAREST, probability))
    return math.log(inside / (1 - inside))


def probability_of(odds: float) -> float:
    """The probability, 0 to 1, of natural log-odds."""
    return 1 / (1 + math.exp(-min(700.0, max(-700.0, odds))))
