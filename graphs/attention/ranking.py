"""The ranking of labelled cases, from the least sure to the surest; those that ask for another reason come first."""

import math
from bisect import bisect_left
from collections.abc import Sequence

from graphs.attention.rehearsed import Rehearsed


class Ranking:
    """Labelled cases by their scores."""

    def __init__(self, cases: Sequence[Rehearsed]) -> None:
        self.cases = sorted(cases, key=lambda case: case.score)
        self.scores = [case.score for case in self.cases]

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def asking_anyway(self) -> int:
        """How many cases ask a human for another reason than their confidence."""
        return bisect_left(self.scores, math.nextafter(-math.inf, 0))

    def threshold(self, rank: int) -> float:
        """The score at a rank from 1; those below it are fewer than the rank, whatever the ties."""
        return self.scores[rank - 1]

    def asked(self, threshold: float) -> int:
        """How many cases would ask a human under a threshold."""
        return bisect_left(self.scores, threshold)

    def wrong(self, threshold: float) -> list[str]:
        """The kinds of error of the wrong ones among the cases that would not ask."""
        return [case.error for case in self.cases[self.asked(threshold) :] if case.error is not None]
