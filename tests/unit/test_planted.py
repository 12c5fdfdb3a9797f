"""What was found against what was planted: what counts as found, as missed, and as told though it is not there."""

from datetime import date
from typing import Any

import pytest

from agents.report.findings import Issue
from benchmarks.planted import Comparison, compare, rows
from data.make_prices import Planted

GAP = Planted("missing", "broker", "vellin", date(2024, 5, 6), date(2024, 5, 8))


def issue(one: Planted, **changes: Any) -> Issue:
    """The issue that tells of a planted defect, with some changes."""
    told = {"check": one.check, "source": one.source, "series": one.series, "first": one.first, "last": one.last}
    return Issue.model_validate({**told, "measure": 1.0, "words": "", **changes})


def test_a_defect_is_found_by_an_issue_that_overlaps_its_days() -> None:
    told = issue(GAP, first=date(2024, 5, 8), last=date(2024, 5, 9))
    assert compare([told], [GAP]) == Comparison(found=(GAP,), missed=(), extra=(), again=())


@pytest.mark.parametrize(
    "changes",
    [
        {"check": "outlier"},
        {"source": "exchange"},
        {"series": "dunsalt"},
        {"series": None},
        {"first": date(2024, 5, 9), "last": date(2024, 5, 9)},  # the day after
        {"first": date(2024, 5, 3), "last": date(2024, 5, 5)},  # the day before
    ],
)
def test_an_issue_about_something_else_finds_nothing_and_is_one_too_many(changes: dict[str, Any]) -> None:
    told = issue(GAP, **changes)
    assert compare([told], [GAP]) == Comparison(found=(), missed=(GAP,), extra=(told,), again=())


def test_an_issue_without_days_is_about_all_of_them() -> None:
    assert compare([issue(GAP, first=None, last=None)], [GAP]).found == (GAP,)


def test_one_issue_over_two_defects_finds_only_one_of_them() -> None:
    later = Planted("missing", "broker", "vellin", date(2024, 9, 2), date(2024, 9, 2))
    both = compare([issue(GAP, last=later.last)], [GAP, later])
    assert (both.found, both.missed) == ((GAP,), (later,))


def test_a_second_issue_about_one_defect_is_told_again() -> None:
    first, second = issue(GAP, last=GAP.first), issue(GAP, first=GAP.last)
    assert compare([first, second], [GAP]) == Comparison(found=(GAP,), missed=(), extra=(), again=(second,))


@pytest.mark.parametrize("check", ["inverted", "scaled"])
def test_what_is_relative_between_two_sources_may_be_told_of_either(check: str) -> None:
    whole = Planted(check, "exchange", "vellin", date(2023, 4, 3), date(2026, 3, 31))
    assert compare([issue(whole, source="broker")], [whole]).found == (whole,)


def test_all_of_a_source_is_found_by_an_issue_about_all_of_it() -> None:
    whole = Planted("partial", "broker", None, date(2026, 3, 1), date(2026, 3, 31))
    assert compare([issue(whole, first=date(2026, 3, 12))], [whole]).found == (whole,)
    assert compare([issue(whole, series="vellin")], [whole]).missed == (whole,)


def test_the_table_counts_by_kind_and_lists_what_went_wrong() -> None:
    false = issue(GAP, check="outlier", words="20 % above")
    told = {row.what: row for row in rows({7: compare([false], [GAP]), 8: compare([issue(GAP)], [GAP])})}
    assert told["missing: 2 planted"].measured == "1 found, 1 not found, 0 not planted"
    assert told["outlier: 0 planted"].measured == "0 found, 0 not found, 1 not planted"
    assert not told["missing: 2 planted"].reached
    assert told["duplicate: 0 planted"].reached
    assert told["seed 7: missing in broker, vellin, 2024-05-06 to 2024-05-08"].measured == "not found"
    assert told["seed 7: outlier in broker, vellin, 2024-05-06 to 2024-05-08"].measured == "told: 20 % above"
    assert not [what for what in told if what.startswith("seed 8")]


def test_a_kind_that_is_never_planted_is_told_where_it_was_found() -> None:
    false = issue(GAP, check="source")
    assert "source: 0 planted" in [row.what for row in rows({7: compare([false], [])})]
