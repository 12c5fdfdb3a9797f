"""Intervals of time: their union, how many there are at the same time, and how they fall into stretches of a period."""

from collections.abc import Iterable, Sequence
from datetime import datetime

Interval = tuple[datetime, datetime]
"""A start and an end that is not before it."""


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """The stretches of time that at least one of them covers, in order, none of which touch. Pure."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def length(intervals: Iterable[Interval]) -> float:
    """The seconds of all of them together. Pure."""
    return sum((end - start).total_seconds() for start, end in intervals)


def most_at_once(intervals: Sequence[Interval]) -> int:
    """How many of them there are at the same time at the most; one that begins as another ends is not. Pure."""
    moves = [(start, 1) for start, end in intervals if end > start]
    moves += [(end, -1) for start, end in intervals if end > start]
    moves.sort()
    most, now = min(len(intervals), 1), 0
    for _, change in moves:
        now += change
        most = max(most, now)
    return most


def in_stretches(intervals: Iterable[Interval], begin: datetime, width: float, count: int) -> tuple[float, ...]:
    """The seconds of all of them that fall into each of ``count`` stretches of ``width`` seconds from ``begin``.

    What lies outside of the first and the last is counted into these, so that nothing is lost. Pure.
    """
    seconds = [0.0] * count
    for start, end in intervals:
        left, right = (start - begin).total_seconds(), (end - begin).total_seconds()
        first, last = (min(max(int(each / width), 0), count - 1) if width else 0 for each in (left, right))
        if first == last:
            seconds[first] += right - left
            continue
        seconds[first] += (first + 1) * width - left
        for place in range(first + 1, last):
            seconds[place] += width
        seconds[last] += right - last * width
    return tuple(seconds)
