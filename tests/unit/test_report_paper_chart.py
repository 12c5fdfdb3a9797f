"""The charts of a report, and how they stand in a page."""

import math
import re
import threading
from datetime import date

import pytest

from agents.report.paper.chart import bar_chart, course_chart
from agents.report.paper.course import Course
from agents.report.paper.inline import Styles
from agents.report.paper.palette import DARK, LIGHT
from agents.report.period import months_later

NAN = math.nan


def course(*values: float, trend: tuple[float, ...] = ()) -> Course:
    periods = tuple(months_later(date(2020, 1, 1), place) for place in range(len(values)))
    return Course("S", periods, values, trend or (NAN,) * len(values))


def written(svg: str) -> list[str]:
    """The labels of a chart."""
    return re.findall(r">([^<>\n]+)</text>", svg)


def lines(svg: str, colour: str) -> list[str]:
    return re.findall(rf'd="([^"]+)"[^>]*stroke: {LIGHT[colour]}', svg)


def test_equal_input_gives_equal_bytes_in_any_thread() -> None:
    drawn: list[str] = []
    given = course(*range(1, 40), trend=tuple(range(1, 40)))
    threads = [threading.Thread(target=lambda: drawn.append(course_chart(given))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 4
    assert len(set(drawn)) == 1


def test_years_and_round_values_stand_at_the_sides() -> None:
    labels = written(course_chart(course(*(1000 + 10 * place for place in range(36)))))
    assert labels == ["1,000", "1,200", "2020", "2021", "2022"]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        # values so close together that they would look alike
        ((1e20, 1e20), ["9.9950e+19", "1.0000e+20", "1.0005e+20"]),
        ((1e-7, 2e-7), ["1.0e−07", "1.5e−07", "2.0e−07"]),
        ((2e9, 6e9), ["2G", "4G", "6G"]),
        ((-0.3, -0.1), ["−0.3", "−0.2", "−0.1"]),
        ((0.0, 0.0), ["−0.5", "0", "0.5"]),
    ],
)
def test_labels_tell_values_apart_in_few_digits(values: tuple[float, float], labels: list[str]) -> None:
    found = [label for label in written(course_chart(course(*values))) if not label.startswith("2020")]
    assert found == labels


def test_a_gap_is_no_line_and_a_value_alone_is_a_dot() -> None:
    svg = course_chart(course(1.0, 2.0, NAN, 3.0, NAN, 2.0, 1.0))
    line, *dots = lines(svg, "course")
    assert line.count("M") == 3
    assert len(dots) == 2, "the one that stands alone, and the last"


@pytest.mark.parametrize("values", [(5.0,), (NAN,), (NAN, NAN), (5.0, 5.0), (-1.0, 0.0, 1.0)])
def test_every_course_can_be_drawn(values: tuple[float, ...]) -> None:
    svg = course_chart(course(*values))
    assert "nan" not in svg
    assert len(lines(svg, "rule")) >= 2


def test_a_trend_is_drawn_as_far_as_there_is_one() -> None:
    whole = course_chart(course(1.0, 2.0, 3.0, trend=(1.0, 2.0, 3.0)))
    part = course_chart(course(1.0, 2.0, 3.0, trend=(NAN, 2.0, 3.0)))
    assert lines(whole, "trend")[0].count("L") == 2
    assert lines(part, "trend")[0].count("L") == 1


def test_bars_stand_on_both_sides_of_zero() -> None:
    svg = bar_chart([3.0, 0.0, -2.0])
    assert svg.count(LIGHT["rise"]) == 2
    assert svg.count(LIGHT["fall"]) == 1


def test_a_chart_in_a_page_has_no_style_no_id_and_no_colour_of_its_own() -> None:
    styles = Styles()
    markup = styles.inline(course_chart(course(1.0, 2.0, 3.0, trend=(1.0, 2.0, 3.0))), "course")
    assert not re.search(r"\b(style|id|href|clip-path)=", markup)
    assert "#" not in styles.css
    used = set(re.findall(r"var\(--(\w+)\)", styles.css))
    assert {"course", "trend", "rule", "quiet"} <= used <= LIGHT.keys()
    assert set(re.findall(r'class="(d\d+)"', markup)) == set(re.findall(r"\.(d\d+) ", styles.css))


def test_day_and_night_have_the_same_colours_to_choose_from() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT), "a colour tells what it is for"
