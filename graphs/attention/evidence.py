"""Evidence against a hypothesis: what betting against it, at fair odds, has come to.

A bet multiplies the stake by a factor whose mean is at most 1 if the hypothesis is true, whatever was seen before. A
player who begins with 1, never owes, and divides the money between bets as they like then has a nonnegative
supermartingale, and it ever reaches c with a chance of at most 1/c: Ville's inequality. So one may look after each
observation, and the rate of false alarms is bounded over all of time, not per look.

Somebody who bets all from the start has lost nearly all of it when a change comes late. Here a part of the money is
staked with each observation, for a change that begins just there: after n observations 1/log₂(n + 2) of it is still
held back, so that the n-th stake is 1/log₂(n + 1) − 1/log₂(n + 2), split evenly over the strategies j, each for changes
of another kind or size. What strategy j has is

    R_j(n) = (R_j(n − 1) + stake(n) / J) · factor_j(x_n),

the sum over all beginnings in one number, which is the recursion of Shiryaev and Roberts with weights. A change after n
observations costs about log(n · log² n) of the logarithm of wealth, however long it was quiet.

Sources: J. Ville, Étude critique de la notion de collectif, 1939. G. Shafer, Testing by betting, Journal of the Royal
Statistical Society A 184, 2021. J. Shin, A. Ramdas and A. Rinaldo, E-detectors: a nonparametric framework for
sequential change detection, New England Journal of Statistics in Data Science 2, 2024. I. Waudby-Smith and A. Ramdas,
Estimating means of bounded random variables by betting, Journal of the Royal Statistical Society B 86, 2024.
"""

from collections.abc import Sequence
from math import log2

from state.watch import Wealth


class Evidence:
    """The wealth of a player, while it is added to."""

    def __init__(self, wealth: Wealth, strategies: int) -> None:
        self.steps = wealth.steps
        self.stakes = list(wealth.stakes) or [0.0] * strategies

    def bet(self, factors: Sequence[float]) -> None:
        """Bet on one observation, of which these are the factors, one of each strategy, from 0."""
        fresh = (1 / log2(self.steps + 2) - 1 / log2(self.steps + 3)) / len(self.stakes)
        self.steps += 1
        self.stakes = [(stake + fresh) * factor for stake, factor in zip(self.stakes, factors, strict=True)]

    @property
    def total(self) -> float:
        """All the money, with what is held back; 1 at the beginning."""
        return 1 / log2(self.steps + 2) + sum(self.stakes)

    @property
    def wealth(self) -> Wealth:
        """The same to keep."""
        return Wealth(steps=self.steps, stakes=tuple(self.stakes), total=self.total)
