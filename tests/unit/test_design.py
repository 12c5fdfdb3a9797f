import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from lab.design import designed, setting_of
from lab.runfile import Runfile, WorkflowTable, load_runfile
from lab.simulation.setting import Setting
from state.errors import InvalidWorkflow, UsageError
from state.trial import Cell
from tests.support.triage import triage, urgency


def test_what_a_runfile_does_not_say_is_as_the_setting_has_it() -> None:
    assert setting_of(Runfile(name="mine")) == Setting()


def test_what_a_runfile_says_is_in_the_setting(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\nseed = 7\n[team]\nwidth = 5\nthreshold = 0.25\n[mesh]\nquorum = 1.0\nrounds = 3\n'
        "[faults]\nsilence = 99\n[latency]\nmean = 9\nsigma = 0\ntimeout = 8\n[tokens]\nrole = 1\n"
        "[prices]\ntokens_in = 2\ntokens_out = 3\n[person]\naccuracy = 0.5\nminutes = 4\n"
    )
    made, plain = setting_of(load_runfile(file)), Setting()
    assert made == Setting(
        seed=7,
        width=5,
        threshold=0.25,
        shares=replace(plain.shares, silence=99.0),
        latency=type(plain.latency)(9.0, 0.0),
        lengths=replace(plain.lengths, role=1),
        prices=type(plain.prices)(2.0, 3.0),
        timeout=8.0,
        accuracy=0.5,
        minutes=4.0,
        quorum=1.0,
        rounds=3,
    )


async def test_a_design_makes_the_same_trial_here_and_in_another_process() -> None:
    experiment = designed(Runfile(name="mine", agents=(3,), fault_rate=(0.2,), cases=2))
    cell = Cell(shape="mesh", agents=3, overlap=0.5, fault_rate=0.2)
    assert cell in experiment.cells
    sent = pickle.loads(pickle.dumps(experiment.opens))
    assert await sent()(cell, 1) == await experiment.opens()(cell, 1)


presided = replace(triage, specialists=(replace(urgency, name="supervisor"), *triage.specialists[1:]))
"""One of its specialists has the name of a node that a shape has."""

TICKETS = "tests.support.triage:triage"


def of_tickets(folder: Path, rows: int, **table: object) -> Runfile:
    (folder / "tickets.csv").write_text("id,text\n" + "".join(f"t{n},printer {n} hums\n" for n in range(rows)))
    asked = WorkflowTable.model_validate({"name": TICKETS, "cases": "tickets.csv", **table})
    return Runfile(path=folder / "mine.toml", name="tickets", fault_rate=(0.0, 0.1), workflow=asked)


def test_a_workflow_has_its_own_agents_and_the_cases_of_its_file(tmp_path: Path) -> None:
    experiment = designed(of_tickets(tmp_path, 5, limit=3))
    assert {(cell.agents, cell.overlap) for cell in experiment.cells} == {(4, 0.0)}
    assert (len(experiment.cells), experiment.cases, experiment.total) == (10, 3, 30)
    assert designed(of_tickets(tmp_path, 2, limit=3)).cases == 2


def test_a_workflow_that_does_not_fit_a_shape_is_told_before_anything_runs(tmp_path: Path) -> None:
    asked = of_tickets(tmp_path, 2, name=f"{__name__}:presided")
    assert designed(asked.model_copy(update={"shapes": ("hub", "mesh")})).cases == 2
    with pytest.raises(InvalidWorkflow, match="RH102 'supervisor' is a name of the supervisor's own nodes"):
        designed(asked)


async def test_a_workflow_without_faults_decides_every_case_right_in_every_shape(tmp_path: Path) -> None:
    experiment = designed(of_tickets(tmp_path, 2))
    runs = experiment.opens()
    trials = [await runs(cell, 1) for cell in experiment.cells if cell.fault_rate == 0]
    assert [trial.right for trial in trials] == [True] * 5


def test_other_cases_are_another_experiment_and_the_same_ones_elsewhere_are_not(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    ids = [designed(of_tickets(folder, rows)).id for folder, rows in zip(folders, (2, 2, 3), strict=True)]
    assert ids[0] == ids[1] != ids[2]


def test_a_file_of_cases_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv"):
        designed(of_tickets(tmp_path, 2, cases="none.csv"))


def test_a_row_that_is_no_case_is_told_with_its_line(tmp_path: Path) -> None:
    asked = of_tickets(tmp_path, 1)
    (tmp_path / "tickets.csv").write_text("id,text,trouble\nt0,hums,\nt1,hums,loud\n")
    with pytest.raises(UsageError, match=r"^Line 3 of the file of cases is no case: trouble: .*take the line out\.$"):
        designed(asked)
