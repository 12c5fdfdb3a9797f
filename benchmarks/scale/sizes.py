"""How much is measured: for figures that can be believed, or for a look at whether it works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of what."""

    rounds: int = 3
    """How often contestants take turns."""
    cases: int = 1_500
    """How many cases a contestant works in a round."""
    concurrency: int = 32
    """How many runs at a time, in the command and in a worker whose speed is measured."""
    besieged: int = 20_000
    """How many cases there are while workers die."""
    workers: int = 4
    """How many work at them."""
    every: float = 5.0
    """Seconds from one death to the next."""
    deaths: int = 6
    """How many workers die one after the other, for how soon their runs go on."""
    questions: int = 100
    """How many answers are given while workers are idle, and as many while they are busy."""
    behind: int = 9_000
    """How many cases keep them busy."""
    runs: int = 1_000_000
    """How many runs there are to be listed."""
    real: int = 200
    """From how many driven ones these are cast and copied."""
    times: int = 15
    """How often each list is read."""
    finished: int = 1_000
    """How many cases are finished for what they leave in the tables."""


SHORT = Sizes(
    rounds=1,
    cases=100,
    besieged=60,
    workers=2,
    every=60.0,
    deaths=1,
    questions=4,
    behind=200,
    runs=400,
    real=60,
    times=2,
    finished=30,
)
"""To see that it works; one worker dies."""
