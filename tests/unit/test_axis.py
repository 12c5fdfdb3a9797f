import pytest

from lab.paper.axis import Axis, Record, round_ticks
from lab.paper.palette import HEIGHT, WIDTH


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        # one and a half decades
        (0.9, 60, (1, 2, 5, 10, 20, 50)),
        # so many decades that powers of ten are enough
        (0.001, 100, (0.001, 0.01, 0.1, 1, 10, 100)),
        # nothing round in between
        (2.1, 4.9, ()),
    ],
)
def test_a_logarithmic_axis_is_labelled_at_round_values(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert round_ticks(low, high) == ticks


def test_an_axis_holds_all_points_and_their_bands() -> None:
    records: list[Record] = [{"turns": 2.0, "turns_low": 1.0, "turns_high": 4.0}, {"turns": 3.0}, {"turns": None}]
    low, high = Axis("turns", "Turns", "log").over(records).domain
    assert low < 1
    assert high > 4
    assert Axis("turns", "Turns").over(records).domain[0] == 0


def test_what_is_nothing_has_no_place_on_a_logarithmic_axis() -> None:
    records: list[Record] = [{"turns": 0.0}, {"turns": 5.0}]
    assert Axis("turns", "Turns", "log").over(records).domain[0] > 1


def test_a_value_stands_as_high_as_its_share_of_the_axis() -> None:
    assert Axis("x", "X", domain=(0, 4)).height(1) == HEIGHT / 4
    assert Axis("x", "X", "log", domain=(1, 100)).height(10) == pytest.approx(HEIGHT / 2)


def test_aside_is_in_pixels() -> None:
    assert Axis("x", "X", "log", domain=(1, 100)).aside(1, WIDTH / 2) == pytest.approx(10)
