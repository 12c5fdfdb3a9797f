"""Portions: a large table some series at a time, so that it is never in memory as a whole."""

from collections.abc import Iterable, Iterator

AT_ONCE = 1_000_000
"""Rows that are in memory at most, but for a longer series."""


def portions(counts: Iterable[tuple[str, int]], most: int = AT_ONCE) -> Iterator[list[str]]:
    """The names of series in portions of at most so many rows; ``counts`` are the rows of each."""
    portion: list[str] = []
    rows = 0
    for name, count in counts:
        if portion and rows + count > most:
            yield portion
            portion, rows = [], 0
        portion.append(name)
        rows += count
    if portion:
        yield portion
