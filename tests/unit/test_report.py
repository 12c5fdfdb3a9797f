import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.paper.folder import about
from lab.paper.report import About, Report, report
from lab.paper.tables import plain, table
from lab.statistics.bootstrap import Bootstrap
from lab.statistics.sample import SHAPES
from lab.statistics.tariff import Tariff
from state.experiment import ExperimentRow
from state.trial import Trial
from tests.support.trials import cell, trial

ABOUT = About(
    name="sizes_and *faults*",
    factors={"Agents": "1, 2, 4, 8", "Seed": "7"},
    tariff=Tariff(0.75),
    assumptions=["Specialists are simulated."],
    bootstrap=Bootstrap(seed=7, times=50),
)

TRIALS = [
    trial(cell(shape, size, 0.5, rate), case, turns=size, right=case > 0, cascades=int(shape == "mesh" and case < 2))
    for shape in SHAPES
    for size in (1, 2, 4, 8)
    for rate in (0.0, 0.1, 0.2)
    for case in range(4)
]


@pytest.fixture(scope="module")
def made() -> Report:
    return report(ABOUT, TRIALS)


def test_the_answers_come_first_then_plots_tables_and_the_method(made: Report) -> None:
    text = made.text("there")
    places = [
        text.index(part) for part in ("**Where does", "## Plots", "## Tables", "## Method", "seed 7", "simulated.")
    ]
    assert places == sorted(places)


def test_pictures_are_linked_beside_the_text(made: Report) -> None:
    assert "](there/overhead.png)" in made.text("there")
    assert "](overhead.png)" in made.text()


def test_a_report_is_written_with_its_pictures_and_names_no_folder_of_the_machine(made: Report, tmp_path: Path) -> None:
    file = made.written(tmp_path / "lab.md")
    text = file.read_text()
    assert str(tmp_path) not in text
    links = [part.split(")")[0] for part in text.split("](")[1:]]
    assert len(links) == 6
    assert all((tmp_path / link).is_file() for link in links)
    assert (tmp_path / "lab" / "turns.svg").is_file()


def test_the_order_of_trials_plays_no_part(made: Report) -> None:
    mixed = random.Random(2).sample(TRIALS, len(TRIALS))
    assert report(ABOUT, mixed).text("there") == made.text("there")


def test_every_cell_of_the_condition_has_a_row(made: Report) -> None:
    lines = made.text().splitlines()
    assert sum(line.startswith("| mesh | 8 |") for line in lines) == 2


def test_a_name_is_shown_as_it_is(made: Report) -> None:
    assert made.text().startswith("# sizes\\_and \\*faults\\*\n")


def test_what_would_break_a_table_is_quoted() -> None:
    assert plain("a|b\nc <d>") == "a\\|b c \\<d\\>"
    assert table(["A", "B"], [["x", "1|2"]]) == "| A | B |\n| --- | ---: |\n| x | 1\\|2 |"


def test_one_cell_makes_a_report_without_plots() -> None:
    few: list[Trial] = [trial(cell("hub", 3), case) for case in range(3)]
    text = report(ABOUT, few).text()
    assert "## Plots" not in text
    assert "no growth can be told" in text


def test_a_report_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="Run it first"):
        report(ABOUT, [])


def test_a_setting_that_is_empty_is_not_told() -> None:
    row = ExperimentRow(
        id="0123456789abcdef",
        name="mine",
        content={
            "seed": 0,
            "prices": {"human_minute": 0.5, "wrong_case": 20.0},
            "workflow": {"name": "mine:workflow", "seats": {}, "limit": None, "cases": "mine.csv"},
        },
        total=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert about(row).factors["workflow"] == "name mine:workflow, cases mine.csv"
