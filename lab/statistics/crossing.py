"""The crossing: where the share of cases with an event passes a quarter, a half and three quarters.

The share is measured at a few fault rates. It is made monotone first: the isotonic least-squares fit, by pooled
adjacent violators, which has the closed form max over j ≤ i of min over k ≥ i of the mean of the shares j to k
(T. Robertson, F. Wright and R. Dykstra, *Order Restricted Statistical Inference*, 1988, section 1.4). Neighbouring
rates are then joined by logistic pieces, linear in ln (share / (1 − share)) against ln rate, with half a case added to
both sides so that none and all stay finite.

One logistic curve through all rates would mislead: a compounding event, 1 − (1 − p)^n, is steeper above its midpoint
than below, and fixed rates show the lower side of small teams and the upper side of large ones, which looks as if the
crossing sharpened. The pieces see only what lies next to the crossing.
"""

from dataclasses import dataclass

import numpy as np

from lab.statistics.bootstrap import FloatArray


@dataclass(frozen=True, slots=True)
class Quarters:
    """The fault rates at which several curves pass the quarters; nan where the rates do not show it.

    All are of shape (draws, sizes).
    """

    first: FloatArray
    half: FloatArray
    third: FloatArray

    @property
    def width(self) -> FloatArray:
        """How far apart the first and the third are, as ln of their ratio."""
        widths: FloatArray = np.log(self.third / self.first)
        return widths


def quarters(shares: FloatArray, rates: FloatArray, cases: int) -> Quarters:
    """Where curves pass the quarters.

    ``shares`` has the shape (draws, sizes, rates) and lies in 0 to 1; ``rates`` are ascending and above 0; ``cases``
    is how many each share is from.
    """
    smoothed = (monotone(shares) * cases + 0.5) / (cases + 1)
    logits, logs = np.log(smoothed / (1 - smoothed)), np.log(rates)
    first, half, third = (np.exp(_passes(logits, logs, bound)) for bound in (-np.log(3), 0.0, np.log(3)))
    return Quarters(first, half, third)


def monotone(shares: FloatArray) -> FloatArray:
    """The non-decreasing curves nearest to these along the last axis."""
    count = shares.shape[-1]
    sums = np.concatenate([np.zeros_like(shares[..., :1]), shares.cumsum(axis=-1)], axis=-1)
    means = {(j, k): (sums[..., k + 1] - sums[..., j]) / (k - j + 1) for k in range(count) for j in range(k + 1)}
    fitted = [
        np.maximum.reduce([np.minimum.reduce([means[j, k] for k in range(i, count)]) for j in range(i + 1)])
        for i in range(count)
    ]
    return np.stack(fitted, axis=-1)


def _passes(logits: FloatArray, logs: FloatArray, bound: float) -> FloatArray:
    """Where non-decreasing curves reach a bound from under it; nan where they do not."""
    reached = logits >= bound
    after = reached.argmax(axis=-1)
    before = np.maximum(after - 1, 0)
    high = np.take_along_axis(logits, after[..., None], axis=-1)[..., 0]
    low = np.take_along_axis(logits, before[..., None], axis=-1)[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        place = logs[before] + (bound - low) / (high - low) * (logs[after] - logs[before])
    return np.where(reached[..., -1] & ~reached[..., 0], place, np.nan)
