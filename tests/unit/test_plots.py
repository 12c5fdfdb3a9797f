from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from lab.paper.plots import (
    cascade_plot,
    overhead_plot,
    quality_plot,
    questions_plot,
    saved,
    turns_plot,
    worth_plot,
)
from lab.statistics.bootstrap import Bootstrap
from lab.statistics.row import Row
from lab.statistics.sample import SHAPES, Condition
from lab.statistics.summary import summary
from lab.statistics.tariff import Tariff
from lab.statistics.worth import Worth
from tests.support.trials import cell, trial

RATES, SIZES = (0.0, 0.05, 0.2), (1, 2, 4, 8)

TRIALS = [
    trial(cell(shape, size, 0.5, rate), case, turns=size + case, cascades=case * (shape == "mesh"), right=case > 0)
    for shape in SHAPES
    for size in SIZES
    for rate in RATES
    for case in range(4)
]

ROWS = summary(TRIALS, tariff=Tariff(1.0), bootstrap=Bootstrap(times=50))

UNDER = Condition(0.5, 0.05)

STOPS = Worth(shape="mesh", against="single", overlap=0.5, fault_rate=0.05, sizes=(4, 8), standings=("dearer",) * 2)

PLOTS: dict[str, Callable[[tuple[Row, ...]], alt.LayerChart]] = {
    "turns": lambda rows: turns_plot(rows, UNDER),
    "overhead": lambda rows: overhead_plot(rows, UNDER),
    "questions": lambda rows: questions_plot(rows, UNDER),
    "quality": lambda rows: quality_plot(rows, UNDER),
    "worth": lambda rows: worth_plot(rows, UNDER, [STOPS]),
    "cascade": lambda rows: cascade_plot(rows, 0.5, "mesh"),
}


def points(chart: alt.LayerChart) -> list[dict[str, Any]]:
    """The records of a plot, of all its layers."""
    return [record for values in chart.to_dict()["datasets"].values() for record in values]


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_saved_as_image_and_drawing_without_a_network(name: str, tmp_path: Path) -> None:
    image, drawing = saved(PLOTS[name](ROWS), tmp_path, name)
    assert (image.name, drawing.name) == (f"{name}.png", f"{name}.svg")
    assert image.read_bytes().startswith(b"\x89PNG")
    assert "http" not in drawing.read_text().replace("http://www.w3.org", "")


def test_the_same_rows_make_the_same_plot() -> None:
    assert turns_plot(ROWS, UNDER).to_dict() == turns_plot(ROWS[::-1], UNDER).to_dict()


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_of_nothing_is_empty_and_no_error(name: str, tmp_path: Path) -> None:
    assert saved(PLOTS[name](()), tmp_path, name)[0].exists()


def test_a_plot_shows_one_condition_only() -> None:
    assert {record["fault_rate"] for record in points(turns_plot(ROWS, UNDER)) if "fault_rate" in record} == {0.05}


def test_the_law_of_the_paper_stands_in_the_plot_of_turns() -> None:
    reference = [record["turns"] for record in points(turns_plot(ROWS, UNDER)) if record.get("group") == "reference"]
    assert reference[0] == pytest.approx(2.72 * 1.5**1.724)
    assert reference[-1] == pytest.approx(2.72 * 8.5**1.724)


def test_the_single_agent_is_not_compared_with_itself() -> None:
    assert "single" not in {record["group"] for record in points(overhead_plot(ROWS, UNDER))}


def test_a_ring_stands_where_a_shape_stops_being_worth_it() -> None:
    plain = worth_plot(ROWS, UNDER, [STOPS]).to_dict()
    (ring,) = [layer for layer in plain["layer"] if layer.get("mark", {}).get("filled") is False]
    assert [(each["shape"], each["agents"]) for each in plain["datasets"][ring["data"]["name"]]] == [("mesh", 4)]


def test_cascades_are_shown_for_faults_and_teams_only() -> None:
    found = points(cascade_plot(ROWS, 0.5, "mesh"))
    assert {record["fault_rate"] for record in found} == {0.05, 0.2}
    assert {record["agents"] for record in found} == {2, 4, 8}
