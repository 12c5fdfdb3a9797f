"""What an analysis found, set against what was planted, and the table of it.

A defect counts as found where an issue of the same check, source and series overlaps its days, each issue for one
defect only. An issue that overlaps none is one too many.

That a series is inverted or scaled is a difference between two sources, and the first one's unit is the one that
counts: the analysis tells it of the other. So of these two the source is not compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agents.report.findings import Issue
from benchmarks.report import SHOWN, Row
from data.make_prices import LOCAL, WHOLE, Planted

RELATIVE = ("inverted", "scaled")
"""Checks that tell how one source is to another."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found in a sample, against what was planted in it."""

    found: tuple[Planted, ...]
    missed: tuple[Planted, ...]
    extra: tuple[Issue, ...]
    """Issues that overlap nothing planted."""
    again: tuple[Issue, ...]
    """Issues that tell of what another one tells of already."""


def compare(issues: Sequence[Issue], planted: Sequence[Planted]) -> Comparison:
    """Set issues against what was planted."""
    found: dict[Planted, Issue] = {}
    extra, again = [], []
    for issue in issues:
        touched = [one for one in planted if _is_about(issue, one)]
        free = [one for one in touched if one not in found]
        if free:
            found[free[0]] = issue
        elif touched:
            again.append(issue)
        else:
            extra.append(issue)
    missed = tuple(one for one in planted if one not in found)
    return Comparison(tuple(found), missed, tuple(extra), tuple(again))


def _is_about(issue: Issue, one: Planted) -> bool:
    same_source = issue.source == one.source or one.check in RELATIVE
    overlaps = (issue.first or date.min) <= one.last and one.first <= (issue.last or date.max)
    return (issue.check, issue.series) == (one.check, one.series) and same_source and overlaps


def rows(comparisons: Mapping[int, Comparison]) -> list[Row]:
    """A row of each kind of defect, and one of each thing that went wrong; comparisons by the seed of their sample."""
    checks = dict.fromkeys([*WHOLE, *LOCAL])
    others = sorted({issue.check for each in comparisons.values() for issue in each.extra} - {*checks})
    again = sum(len(each.again) for each in comparisons.values())
    return [
        *(_row(check, comparisons.values()) for check in [*checks, *others]),
        Row("issues that tell of a defect once more", SHOWN, str(again), True),
        *(row for seed, each in comparisons.items() for row in _wrong(seed, each)),
    ]


def _row(check: str, comparisons: Iterable[Comparison]) -> Row:
    whole = list(comparisons)
    found = sum(one.check == check for each in whole for one in each.found)
    missed = sum(one.check == check for each in whole for one in each.missed)
    extra = sum(issue.check == check for each in whole for issue in each.extra)
    measured = f"{found} found, {missed} not found, {extra} not planted"
    return Row(f"{check}: {found + missed} planted", "all, and no other", measured, not missed and not extra)


def _wrong(seed: int, comparison: Comparison) -> Iterable[Row]:
    for one in comparison.missed:
        yield Row(_words(seed, one), "found", "not found", False)
    for issue in comparison.extra:
        yield Row(_words(seed, issue), "not told", f"told: {issue.words}", False)


def _words(seed: int, one: Planted | Issue) -> str:
    return f"seed {seed}: {one.check} in {one.source}, {one.series or 'all series'}, {one.first} to {one.last}"
