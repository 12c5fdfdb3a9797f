"""Learn then test in fixed sequence: the least threshold whose automated cases are proven to be wrong seldom enough.

For each threshold there is a hypothesis, that more than the allowed share α of the cases at or above it are wrong, and
an exact p-value, the chance of no more than the errors seen among m such cases at α. The thresholds are tested from the
highest to the lowest, each at δ, until the first that cannot be rejected; all before it are certified. That costs
nothing for testing many, since the first true hypothesis of the sequence must be rejected to certify a wrong one:
its chance is δ.

For this the sequence must not depend on the cases. A grid of ranks does: where the k-th case lies is chance, and so is
which of the grid's hypotheses is the first true one. Hence every threshold is tested, all real numbers downwards. The
highest with a true hypothesis is then a fixed number; the p-value there is that of the next score above it; and only
distinct scores need be looked at. Ties are no special case, as a threshold is never within one.

A test of a few cases can reject nothing. So the walk begins at the threshold with m₀ cases at or above it, so many that
the first test succeeds with 97 % if the true error is half of the allowed one (m₀ · α = 40), with half of the cases at
most, and in any case with as many as a test needs that sees no error. Where the hypothesis is true of some threshold
above the beginning, it is also true of the beginning provided that among the m₀ surest cases errors do not become
fewer as confidence falls; this is the only assumption beside independent cases.

Source: A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan and L. Lei, Learn then test: Calibrating predictive
algorithms to achieve risk control, Annals of Applied Statistics 19, 2025 (2021 as a preprint); fixed sequence after
P. Bauer, Multiple testing in clinical trials, Statistics in Medicine 10, 1991.
"""

import math

import numpy as np
from scipy.special import bdtr

from graphs.attention.ranking import Ranking

POWER = 40
"""How many errors the first test would expect at the allowed share."""


def fewest_automated(cases: int, allowed: float, delta: float) -> int:
    """m₀: how many of the surest cases the walk begins with. Pure."""
    without_error = math.ceil(math.log(delta) / math.log1p(-allowed))
    return max(without_error, min(math.ceil(POWER / allowed), cases // 2))


def certified(ranking: Ranking, allowed: float, delta: float) -> float | None:
    """The least certified threshold, a score; None where the first test fails.

    At it, and at every higher score down to the first that is tested, at most ``allowed`` of the cases at or above are
    wrong, but for a chance of ``delta``. Pure.
    """
    scores = np.asarray(ranking.scores)
    first = len(scores) - fewest_automated(len(scores), allowed, delta)
    if first < 0:
        return None
    begins = np.flatnonzero(scores > np.append(-np.inf, scores[:-1]))  # of each group of equal scores that are finite
    begins = begins[begins <= first][::-1]
    wrong = np.cumsum([case.error is not None for case in ranking.cases[::-1]])[::-1]
    rejected = bdtr(wrong[begins].astype(float), len(scores) - begins, allowed) <= delta
    passed = len(begins) if rejected.all() else int(rejected.argmin())
    return float(scores[begins[passed - 1]]) if passed else None
