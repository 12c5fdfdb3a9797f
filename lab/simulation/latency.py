"""Latency: how long a simulated turn takes. Nobody sleeps; the time is only written down."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from lab.simulation.chance import drawn

_STANDARD = NormalDist()


@dataclass(frozen=True, slots=True)
class Latency:
    """A lognormal time: most turns take about the median, a few take several times as long."""

    mean: float = 4.0
    """Seconds, over 0. An assumption: a short structured answer of a hosted chat model."""
    sigma: float = 0.5
    """The standard deviation of its logarithm; 0 for turns that all take the mean."""

    def __post_init__(self) -> None:
        if self.mean <= 0 or self.sigma < 0:
            raise ValueError(f"Latency({self.mean!r}, {self.sigma!r}): the mean must be over 0, sigma at least 0.")

    def seconds(self, *subject: object) -> float:
        """How long the turn takes that the subject names. Pure."""
        probability = min(max(drawn("latency", *subject), 1e-9), 1 - 1e-9)
        return self.mean * math.exp(self.sigma * _STANDARD.inv_cdf(probability) - self.sigma**2 / 2)
