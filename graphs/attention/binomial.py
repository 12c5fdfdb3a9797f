"""Exact statements on a share, from how many of so many independent cases had something.

Write P for the chance that a binomial number with ``cases`` trials of chance ``share`` is at most ``errors``. It falls
as the share grows. So the shares for which it is over δ are those below one number, and that number, as a bound, is too
low with a chance of at most δ, whatever the true share is: the bound of Clopper and Pearson. Two-sided, each side may
fail in half of the times.

The same read by the order of cases: the k-th smallest of n independent draws is above the point under which a share b
lies only where fewer than k of them fell under that point, so with the chance that a binomial number of n and b is at
most k − 1 (Wilks; exact tolerance limits).

A Clopper-Pearson interval holds for one look. Whoever looks after each case needs one that holds for all looks at once.
With a uniform prior on the chance, the likelihood of what was seen, averaged over the prior, divided by that at the
true share p,

    M(n) = B(count + 1, n − count + 1) / (p^count · (1 − p)^(n − count)),   B the beta function,

is a nonnegative martingale that begins with 1, so that it ever reaches 1/α with a chance of at most α (Ville). The
shares at which M is below 1/α are an interval, as log M is convex in p, and are a confidence sequence.

Sources: C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits illustrated in the case of the
binomial, Biometrika 26, 1934. S. S. Wilks, Determination of sample sizes for setting tolerance limits, Annals of
Mathematical Statistics 12, 1941. H. Robbins, Statistical methods related to the law of the iterated logarithm, Annals
of Mathematical Statistics 41, 1970. S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, Time-uniform, nonparametric,
nonasymptotic confidence sequences, Annals of Statistics 49, 2021.
"""

import math
from bisect import bisect_right

from scipy.special import bdtr, betaincinv, betaln, xlog1py, xlogy

_HALVINGS = 60
"""How often an interval of width 1 is halved until its ends are one number in double precision."""


def tail(errors: int, cases: int, share: float) -> float:
    """The chance of at most ``errors`` among ``cases`` where each has one with the chance ``share``. Pure.

    It is the p-value of the hypothesis that the true share is at least that: small where so few would be surprising.
    """
    return 0.0 if errors < 0 else float(bdtr(min(errors, cases), cases, share))


def at_most(errors: int, cases: int, delta: float) -> float:
    """The bound, 0 to 1, that the true share is above with a chance of at most ``delta``; 1 without any cases. Pure."""
    return 1.0 if errors >= cases else float(betaincinv(errors + 1, cases - errors, 1 - delta))


def interval(errors: int, cases: int, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a share at one look, 0 to 1, which holds with a chance of at least ``level``. Pure."""
    delta = (1 - level) / 2
    return 1 - at_most(cases - errors, cases, delta), at_most(errors, cases, delta)


def order_for(cases: int, share: float, delta: float) -> int:
    """The greatest k, so that at most ``share`` lies under the k-th smallest of ``cases`` draws, but for ``delta``.

    0 where there are too few draws to say so of any of them. Pure.
    """
    return bisect_right(range(cases), delta, key=lambda fewer: tail(fewer, cases, share))


def always_valid(count: int, cases: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share, 0 to 1, that may be looked at after every case.

    With a chance of at least ``level`` it holds at all of the looks together. From 0 to 1 without any cases. Pure.
    """
    if cases == 0:
        return 0.0, 1.0
    middle = count / cases
    low = 0.0 if count == 0 else _edge(count, cases, level, outside=0.0, inside=middle)
    high = 1.0 if count == cases else _edge(count, cases, level, outside=1.0, inside=middle)
    return low, high


def _edge(count: int, cases: int, level: float, outside: float, inside: float) -> float:
    """Where the martingale reaches 1/α between a share that is ruled out and one that is not."""
    enough = -math.log1p(-level) - betaln(count + 1, cases - count + 1)
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        if -xlogy(count, middle) - xlog1py(cases - count, -middle) >= enough:
            outside = middle
        else:
            inside = middle
    return outside
