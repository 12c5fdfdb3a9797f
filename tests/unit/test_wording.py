import pytest

from lab.statistics.bootstrap import Estimate
from lab.statistics.wording import grouped, listed, number, percent, percent_interval, sentence, with_interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.2345, "1.23"),
        (12.345, "12.3"),
        (1234.5, "1,234"),
        # small figures keep two digits that say something
        (0.01234, "0.012"),
        # what rounds to nothing is nothing, and not less than nothing
        (-0.0, "0"),
        (-1.5, "−1.50"),
    ],
)
def test_a_figure_is_told_at_about_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (1, "100 %"), (0.5, "50 %"), (0.005, "0.5 %"), (0.05, "5 %"), (0.996, "99.6 %"), (1.5, "150 %")],
)
def test_a_share_is_told_in_percent(value: float, text: str) -> None:
    assert percent(value) == text


def test_an_interval_stands_in_brackets() -> None:
    found = Estimate(value=0.5, low=0.25, high=0.75, cases=4)
    assert with_interval(found) == "0.50 (0.25 to 0.75)"
    assert percent_interval(found) == "50 % (25 % to 75 %)"
    assert with_interval(None) == percent_interval(None) == "–"


def test_words_are_listed() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_figures_that_read_the_same_are_told_together() -> None:
    assert grouped([("1", "hub"), ("2", "mesh")]) == "1 in the hub and 2 in the mesh"
    assert grouped([("1", "pipeline"), ("2", "mesh"), ("1", "hub")]) == "1 in the pipeline and the hub; 2 in the mesh"
    # a figure that is a list in itself
    assert grouped([("1 and 2", "hub"), ("3 and 4", "single")]) == "1 and 2 in the hub; 3 and 4 with the single agent"


def test_a_sentence_begins_and_ends_as_one() -> None:
    assert sentence("the mesh has it") == "The mesh has it."
