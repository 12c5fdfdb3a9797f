"""How numbers are written in a report."""

import pytest

from agents.report.findings import Figure, Unit
from agents.report.paper.amount import amount, clipped, counted, grouped, level, tidied


def figure(value: float, unit: Unit, name: str = "EUR_change") -> Figure:
    return Figure(name=name, value=value, unit=unit, about="", rests_on=())


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1234567.891, 2, "1,234,567.89"),
        (-0.5, 1, "−0.5"),
        # what is not zero is not written as zero
        (0.00001234, 2, "0.00001"),
        (0.0, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (6.9e20, 2, "6.900e+20"),
        (-3e-12, 2, "−3.000e−12"),
        (float("nan"), 2, "–"),
        (float("-inf"), 2, "–"),
    ],
)
def test_a_number_is_grouped_and_keeps_its_sign(value: float, decimals: int, written: str) -> None:
    assert grouped(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (2.345, "percent", "+2.3 %"),
        (-2.355, "percent", "−2.4 %"),
        (0.034, "percent", "+0.03 %"),
        (0.0004, "percent", "0.0 %"),
        (12345.6, "percent", "+12,346 %"),
        (1.5, "percent a year", "+1.5 % a year"),
        (-1.0, "points", "−1.0 points"),
        (7, "count", "7"),
        (3, "months", "3 months"),
        # values have the unit of the series, which is said once for all
        (1.23456, "value", "1.235"),
    ],
)
def test_a_figure_has_its_unit_and_changes_have_their_sign(value: float, unit: Unit, written: str) -> None:
    assert amount(figure(value, unit), 3) == written


def test_a_share_is_no_change_and_has_no_sign() -> None:
    assert amount(figure(61.25, "percent", "EUR_season_strength"), 3) == "61.2 %"


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1.234567, 4, "1.2346"),
        (123.4567, 4, "123.46"),
        (12345.678, 2, "12,345.7"),
        (1234567.8, 2, "1,234,568"),
        (123.4567, 1, "123.5"),
        (0.123456, 4, "0.1235"),
        (float("nan"), 4, "–"),
        (float("inf"), 4, "–"),
    ],
)
def test_a_level_has_no_more_digits_than_say_something(value: float, decimals: int, written: str) -> None:
    assert level(value, decimals) == written


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("is -1.5% off", "is −1.5 % off"),
        ("0.66 % apart", "0.66 % apart"),
        ("12345 rows, 1234.5 each", "12,345 rows, 1,234.5 each"),
        # days, years and what is quoted stay as they are
        ("ends on 2025-12-31, of 2026", "ends on 2025-12-31, of 2026"),
        ("'-12%' in row 12345", "'-12%' in row 12,345"),
    ],
)
def test_the_words_of_an_issue_write_numbers_as_a_report_does(words: str, written: str) -> None:
    assert tidied(words) == written


def test_what_is_counted_is_one_or_many() -> None:
    assert [counted(count, "row") for count in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]


def test_a_text_is_clipped_to_the_letters_that_there_is_room_for() -> None:
    assert clipped("x" * 9, 9) == "x" * 9
    assert clipped("x" * 10, 9) == "x" * 8 + "…"
