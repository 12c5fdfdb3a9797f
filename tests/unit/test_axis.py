from itertools import pairwise
from typing import Any

import pytest

from state.axis import APART, BREAK, Axis, compressed, in_words
from state.timeline import Span, SpanKind
from tests.support.stories import at


def span(start: float, end: float, kind: SpanKind = "worked") -> Span:
    return Span("lane", kind, at(start), at(end), "")


def labels(axis: Axis) -> list[str]:
    return [tick.label for tick in axis.ticks]


def test_time_in_which_somebody_works_is_drawn_to_scale() -> None:
    axis = compressed([span(0, 1), span(1, 4)])
    first, second = axis.drawn
    assert axis.breaks == ()
    assert (second.x1 - second.x0) / (first.x1 - first.x0) == pytest.approx(3, rel=0.2)
    assert (first.x0, second.x1) == (0.0, 1.0)


def test_hours_of_waiting_leave_room_for_milliseconds_of_work() -> None:
    axis = compressed([span(0, 0.02), span(0.02, 7520, "waited for a human"), span(7520, 7520.01)])
    first, waited, second = axis.drawn
    assert waited.x1 - waited.x0 == pytest.approx(BREAK)
    assert first.x1 - first.x0 > 0.5 > second.x1 - second.x0 > 0.25
    [gap] = axis.breaks
    assert (gap.label, gap.x0, gap.x1) == ("2 h 5 min", waited.x0, waited.x1)
    assert gap.x0 < gap.x < gap.x1


def test_a_short_gap_is_drawn_to_scale() -> None:
    assert compressed([span(0, 4), span(5, 8)]).breaks == ()
    assert len(compressed([span(0, 4), span(5, 8)], longest_gap=0.5).breaks) == 1


def test_waiting_during_work_is_not_broken() -> None:
    assert compressed([span(0, 100), span(10, 90, "waited for a human")]).breaks == ()


def test_questions_within_a_break_can_be_told_apart() -> None:
    axis = compressed([span(0, 1), span(1, 90_001, "waited for a human"), span(1, 3601, "waited for a human")])
    [_, first, second] = axis.drawn
    assert first.x0 == second.x0 < second.x1 < first.x1
    assert len(axis.breaks) == 1


def test_many_breaks_leave_half_of_the_axis_to_work() -> None:
    axis = compressed([span(hour * 3600, hour * 3600 + 1) for hour in range(40)])
    assert len(axis.breaks) == 39
    assert sum(each.x1 - each.x0 for each in axis.breaks) == pytest.approx(0.5)


def test_where_nobody_worked_all_is_drawn_to_scale() -> None:
    axis = compressed([span(0, 100, "waited for a human")])
    assert axis.breaks == ()
    assert labels(axis)[0] == "0 s"
    assert labels(axis)[-1] == "1 min 40 s"


def test_all_can_be_one_break() -> None:
    axis = compressed([span(0, 100, "waited for a human"), span(40, 60, "waited for a human")], longest_gap=5)
    assert [(each.x0, each.x1) for each in axis.breaks] == [(0.0, 1.0)]


def test_ticks_name_the_beginning_the_end_of_each_break_and_round_times_between() -> None:
    axis = compressed([span(0, 0.02), span(0.02, 7520, "waited for a human"), span(7520, 7520.01)])
    assert labels(axis) == ["0 s", "10 ms", "2 h 5 min"]


def test_round_times_after_a_break_are_told_from_its_end() -> None:
    axis = compressed([span(0, 1), span(3600, 3610)])
    assert labels(axis) == ["0 s", "1 h", "+5 s", "1 h 10 s"]


def test_ticks_are_apart_from_each_other() -> None:
    axis = compressed([span(hour * 3600, hour * 3600 + 1) for hour in range(40)])
    gaps = [after.x - before.x for before, after in pairwise(axis.ticks)]
    assert min(gaps) >= APART * 0.999


def test_one_moment_is_drawn_at_the_beginning() -> None:
    axis = compressed([span(5, 5)])
    assert [(each.x0, each.x1) for each in axis.drawn] == [(0.0, 0.0)]


def test_nothing_has_an_empty_axis() -> None:
    axis = compressed([])
    assert (axis.drawn, axis.breaks, axis.ticks) == ((), (), ())
    assert axis.x(at(0)) == 0.0


def test_a_moment_outside_has_the_position_of_the_nearest() -> None:
    axis = compressed([span(0, 10)])
    assert axis.x(at(5)) == pytest.approx(0.5)
    assert (axis.x(at(-5)), axis.x(at(50))) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.000_04, "40 µs"),
        (0.012_3, "12.3 ms"),
        # rounded up to the next unit
        (0.999_9, "1 s"),
        (0.000_999_9, "1 ms"),
        (12.34, "12.3 s"),
        (61, "1 min 1 s"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_lengths_are_told_in_words(seconds: float, words: Any) -> None:
    assert in_words(seconds) == words
