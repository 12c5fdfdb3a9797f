"""Chance: draws that are a function of what they are about, so that nothing depends on the order of anything.

A stream of random numbers gives a turn another number when an earlier turn is left out. Here every draw is a digest of
its own subject (the seed, the case, the agent, what it was handed), read as a number. So the same agent with the same
inputs draws the same in every shape, in every round and on every worker: the trials of an experiment are paired.
"""

from hashlib import blake2b

_WHOLE = 2**64


def drawn(*subject: object) -> float:
    """A number from 0 to under 1, uniform over different subjects. Pure."""
    text = "\x1f".join([str(part) for part in subject])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / _WHOLE


def between(low: float, high: float, *subject: object) -> float:
    """A number from ``low`` to under ``high``, uniform over different subjects. Pure."""
    return low + (high - low) * drawn(*subject)


def among(count: int, *subject: object) -> int:
    """A place from 0 to under ``count``, uniform over different subjects. Pure."""
    return int(drawn(*subject) * count)
