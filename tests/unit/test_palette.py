from itertools import pairwise
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from lab.paper.palette import COLOURS, GAP, HEIGHT, MARKS, spread
from lab.statistics.sample import SHAPES
from state.trial import ShapeName


def test_every_shape_has_a_colour_and_a_mark_of_its_own() -> None:
    assert set(SHAPES) == COLOURS.keys() == MARKS.keys() == set(get_args(ShapeName))
    assert len(set(COLOURS.values())) == len(set(MARKS.values())) == len(SHAPES)


def test_names_with_room_stay_where_they_are() -> None:
    assert spread([10, 200, 100]) == [10, 200, 100]


def test_names_on_each_other_part_about_their_middle() -> None:
    assert spread([100, 100], gap=20) == [90, 110]
    assert spread([100, 100, 105, 300], gap=20) == [100 - 20 + 5 / 3, 100 + 5 / 3, 100 + 20 + 5 / 3, 300]


def test_a_name_at_the_edge_stays_within_the_plot() -> None:
    assert spread([0, 0], gap=20, top=100) == [0, 20]
    assert spread([100, 100], gap=20, top=100) == [80, 100]


@given(st.lists(st.floats(0, HEIGHT), max_size=8))
def test_names_never_overlap_and_keep_their_order(heights: list[float]) -> None:
    moved = spread(heights)
    order = sorted(range(len(heights)), key=lambda place: (heights[place], place))
    gaps = [moved[after] - moved[before] for before, after in pairwise(order)]
    assert all(gap >= GAP - 1e-6 for gap in gaps)
    assert all(-1e-6 <= height <= HEIGHT + 1e-6 for height in moved)
