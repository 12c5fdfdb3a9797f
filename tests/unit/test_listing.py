"""Lists of objects as small tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.report.findings import Issue
from state.listing import ASKS, Listing, asking

FILE = {"digest": "8b" * 32, "name": "a.parquet", "size": 10}


def names(rows: Sequence[Mapping[str, Any]], room: int | None = None) -> list[str]:
    listing = Listing.of(rows)
    return [column.name for column in (listing.columns if room is None else listing.fitting(room))]


def issue(series: str, **facts: Any) -> dict[str, Any]:
    given = {
        "check": "disagree",
        "source": "exchange/broker",
        "series": series,
        "first": "2024-09-17",
        "last": "2024-09-30",
        "count": 10,
        "measure": 0.0186731,
        "words": "broker is up to 1.87% above exchange: 994.666 against 976.433 (2024-09-30)",
        "state": "open",
        "asks": False,
    }
    return {**given, **facts}


def test_columns_are_in_the_order_of_the_contract_and_a_range_is_one() -> None:
    rows = [issue("vellin", asks=True), issue("oxresin", check="missing")]
    shown = ["check", "source", "series", "first to last", "count", "measure", "words", "state", "asks"]
    assert names(rows) == shown
    assert Listing.of(rows).columns[3].cells == ("2024-09-17 to 2024-09-30",) * 2


def test_a_range_of_one_day_is_that_day_and_a_range_of_nothing_is_empty() -> None:
    rows: list[dict[str, Any]] = [{"first": "2024-02-05", "last": "2024-02-05"}, {"first": None, "last": None}]
    assert Listing.of(rows).columns[0].cells == ("2024-02-05", "")


def test_what_is_empty_or_nested_is_no_column() -> None:
    assert names([{"a": 1, "none": None, "no": False, "text": "", "deep": {"x": 1}, "list": [{"y": 2}]}]) == ["a"]


def test_what_is_the_same_in_every_row_is_said_once() -> None:
    rows = [{"request": name, "by": "analysis"} for name in "abc"]
    assert names(rows) == ["request"]
    assert Listing.of(rows).same == {"by": "analysis"}
    assert names(rows[:2]) == ["request", "by"]


def test_rows_that_are_all_alike_still_have_their_columns() -> None:
    listing = Listing.of([{"a": 1, "b": "x"}] * 4)
    assert [column.name for column in listing.columns] == ["a", "b"]
    assert listing.same == {}


def test_rows_may_differ_in_their_fields() -> None:
    assert [column.cells for column in Listing.of([{"a": 1}, {"b": 2}]).columns] == [("1", ""), ("", "2")]


def test_a_file_stands_by_its_name_and_size() -> None:
    assert Listing.of([{"table": FILE}]).columns[0].cells == ("a.parquet, 10 bytes",)


def test_of_what_does_not_fit_the_widest_goes_first_and_what_is_asked_stays() -> None:
    rows = [issue("vellin", asks=True), issue("oxresin", check="missing", source="broker", count=3)]
    assert names(rows, 200) == names(rows)
    assert names(rows, 70) == ["check", "series", "count", "words", "state", "asks"]
    assert names(rows, 10) == ["check", "words", "asks"]


def test_of_several_texts_a_narrow_table_has_the_first() -> None:
    assert names([{"a": "x" * 50, "b": "y" * 50}], 60) == ["a"]


def test_a_listing_is_wide_with_many_columns_or_a_text_beside_some() -> None:
    assert Listing.of([{**dict.fromkeys("abc", 1), "d": "x" * 50}]).is_wide
    assert not Listing.of([{**dict.fromkeys("ab", 1), "d": "x" * 50}]).is_wide
    assert Listing.of([dict.fromkeys("abcde", 1)]).is_wide
    assert not Listing.of([dict.fromkeys("abcd", 1)]).is_wide


def test_a_listing_can_be_told_in_two_parts() -> None:
    listing = Listing.of([{"a": number} for number in range(5)])
    assert listing.first(2).columns[0].cells == ("0", "1")
    assert listing.rest(2).columns[0].cells == ("2", "3", "4")
    assert (listing.rows, listing.first(9).rows, listing.rest(9).rows) == (5, 5, 0)


def test_only_what_a_person_is_asked_about_asks() -> None:
    assert [row["series"] for row in asking([issue("a", asks=True), issue("b"), issue("c", asks="yes")])] == ["a"]
    assert asking([{"series": "a"}]) == []


def test_an_issue_of_the_analysis_says_whether_it_asks() -> None:
    assert ASKS in Issue.model_fields
