"""What lint says of a shape, held to the table that the lab wrote."""

import re
from pathlib import Path

import pytest

from graphs.lint import lint
from graphs.lint_cost import overlap_of
from graphs.measured import Cost, Measured, measured
from graphs.shape import Hub, Mesh, Pipeline, Shape, Single, Supervisor
from graphs.shaped import shaped
from graphs.workflow import Workflow
from lab.simulation.plan import Plan
from lab.simulation.team import team

ROOT = Path(__file__).parents[2]


def table() -> Measured:
    found = measured()
    assert found is not None
    return found


def a_team(agents: int, overlap: float = 0.5) -> Workflow:
    return team(Plan(agents, overlap=overlap))


def said(workflow: Workflow, code: str) -> str:
    [finding] = [each for each in lint(workflow) if each.code == code]
    return finding.problem


def row(shape: str, agents: int, overlap: float = 0.5) -> Cost:
    [found] = [each for each in table().rows if (each.shape, each.agents, each.overlap) == (shape, agents, overlap)]
    return found


def test_a_hub_is_not_warned_about_its_cost() -> None:
    assert not [each for each in lint(a_team(8)) if each.code >= "RH210"]


@pytest.mark.parametrize(
    ("shape", "code"), [(Mesh(), "RH210"), (Supervisor(), "RH211"), (Single(), "RH212"), (Pipeline(), "RH213")]
)
def test_a_large_team_in_another_shape_is_warned_with_where_it_was_measured(shape: Shape, code: str) -> None:
    problem = said(shaped(a_team(32), shape), code)
    assert table().report in problem
    assert (ROOT / table().report).is_file()


def test_a_mesh_is_warned_with_the_figures_of_the_nearest_team_that_was_measured() -> None:
    problem, cost = said(shaped(a_team(16), Mesh()), "RH210"), row("mesh", 16)
    assert f"a mesh of 16 with overlapping domains takes {cost.turns.value:.1f} " in problem
    assert f"({cost.turns.low:.1f} to {cost.turns.high:.1f}) times the turns" in problem
    assert f"{cost.cascades.value:.0%} of its runs had an override cascade" in problem


def test_the_size_that_was_measured_is_said_where_it_is_another() -> None:
    assert "a mesh of 16 " in said(shaped(a_team(17), Mesh()), "RH210")


def test_a_supervisor_is_warned_with_the_calls_it_makes() -> None:
    assert "makes 33 calls" in said(shaped(a_team(16), Supervisor()), "RH211")


def test_a_pipeline_without_a_conflict_asks_no_more_than_a_hub() -> None:
    findings = lint(shaped(a_team(32, overlap=0), Pipeline()))
    assert not [each for each in findings if each.code == "RH213"]


def test_the_overlap_of_a_team_is_read_off_its_conflicts() -> None:
    assert overlap_of(a_team(16, overlap=0)) == 0
    assert overlap_of(a_team(16)) == pytest.approx(0.5, abs=0.05)
    assert overlap_of(a_team(16, overlap=1)) == 1
    assert overlap_of(shaped(a_team(1), Hub())) == 0


def test_the_nearest_row_is_nearest_in_size_and_then_in_overlap() -> None:
    found = table().nearest("mesh", 15, 0.0)
    assert found is not None
    assert (found.agents, found.overlap) == (16, 0.0)
    assert table().nearest("ring", 4, 0.0) is None


def test_the_table_and_the_report_are_of_the_same_trials() -> None:
    report = (ROOT / table().report).parent / "sizes.md"
    turns = {
        shape: float(re.findall(rf"^\| {shape} \| 16 \| ([0-9.]+) \(", report.read_text(), re.MULTILINE)[0])
        for shape in ("mesh", "hub")
    }
    assert turns["mesh"] / turns["hub"] == pytest.approx(row("mesh", 16).turns.value, rel=0.01)
