"""The lab's book, made of small experiments as ``make lab`` makes it of the shipped ones."""

from pathlib import Path

import pytest

from graphs.measured import TABLE, Measured
from lab.design import designed
from lab.experiment import run_experiment
from lab.paper.book import CHAPTERS, COSTED, FAULT_RATE, INDEX, measured_by, write_book
from lab.runfile import load_runfile, shipped_runfiles
from lab.statistics.sample import SHAPES
from runtime.logbook import MemoryLogbook

SMALL = """
name = "{name}"
agents = [2, 4]
overlap = [0, 1]
fault_rate = [0.05]
cases = 4
"""


@pytest.fixture
async def kept(tmp_path: Path) -> tuple[MemoryLogbook, dict[str, str]]:
    logbook, ids = MemoryLogbook(), {}
    for name in COSTED:
        (tmp_path / f"{name}.toml").write_text(SMALL.format(name=name))
        experiment = designed(load_runfile(str(tmp_path / f"{name}.toml")))
        await run_experiment(experiment, logbook)
        ids[name] = experiment.id
    return logbook, ids


async def test_the_book_begins_with_the_answers_and_leads_to_every_experiment(
    kept: tuple[MemoryLogbook, dict[str, str]], tmp_path: Path
) -> None:
    logbook, ids = kept
    write_book(logbook, ids, tmp_path / "book", tmp_path / "measured.json", "docs/lab/README.md")
    assert Measured.model_validate_json((tmp_path / "measured.json").read_text()).rows
    index = (tmp_path / "book" / INDEX).read_text()
    assert index.index("Where does coordination explode?") < index.index("## The experiments")
    for shape in SHAPES:
        assert f"- **{shape}**: " in index, "what it is"
        assert f"| {shape} |" in index, "and its figures"
    for name in COSTED:
        assert f"]({name}.md)" in index
        assert (tmp_path / "book" / f"{name}.md").is_file()
    pictures = [line.split("](")[1].rstrip(")") for line in index.splitlines() if line.startswith("![")]
    assert pictures
    assert all((tmp_path / "book" / picture).is_file() for picture in pictures)


async def test_the_table_has_every_shape_beside_a_hub_and_is_the_same_again(
    kept: tuple[MemoryLogbook, dict[str, str]],
) -> None:
    logbook, ids = kept
    found = measured_by(logbook, list(ids.values()), "docs/lab/README.md")
    assert found == measured_by(logbook, list(ids.values()), "docs/lab/README.md")
    cells = {(row.shape, row.agents, row.overlap) for row in found.rows}
    shapes = ("pipeline", "supervisor", "mesh", "single")
    assert cells == {(shape, agents, overlap) for shape in shapes for agents in (2, 4) for overlap in (0.0, 1.0)}
    assert all(row.turns.low <= row.turns.value <= row.turns.high for row in found.rows)
    assert all(row.turns.value > 1.5 for row in found.rows if row.shape == "supervisor")


def test_the_chapters_are_experiments_that_are_shipped() -> None:
    assert set(CHAPTERS) <= set(shipped_runfiles())
    assert TABLE.name == "measured.json"
    for name in COSTED:
        assert FAULT_RATE in load_runfile(name).fault_rate
