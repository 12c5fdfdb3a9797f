"""Experiments and their trials, as every logbook keeps them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from runtime.logbook import Logbook, MemoryLogbook, SqlLogbook
from state.errors import UsageError
from state.experiment import ExperimentRow
from state.sql.database import Database
from state.sql.store import Store
from state.trial import Cell
from tests.support.experiments import trial

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CELLS = [Cell(shape="hub", agents=2, overlap=0.1, fault_rate=0.2), Cell(shape="mesh", agents=8, overlap=1 / 3)]


def row(number: int = 1, name: str = "sizes", hours: int = 0) -> ExperimentRow:
    at = NOON + timedelta(hours=hours)
    return ExperimentRow(id=f"{number:016x}", name=name, content={"agents": [2, 8]}, total=6, created_at=at)


@pytest.fixture(params=["memory", "sqlite_url", "postgres_url"])
def logbook(request: pytest.FixtureRequest) -> Iterator[Logbook]:
    if request.param == "memory":
        yield MemoryLogbook()
        return
    with Database.open(request.getfixturevalue(request.param)) as database:
        yield SqlLogbook(Store(database))


async def test_trials_come_back_as_they_were_in_the_order_of_cells_and_cases(logbook: Logbook) -> None:
    made = [(place, trial(cell, case)) for place, cell in enumerate(CELLS) for case in range(3)]
    await logbook.begin(row())
    await logbook.keep(row().id, made[4:])
    await logbook.keep(row().id, made[:4])
    assert list(logbook.trials(row().id)) == [each for _, each in made]
    assert await logbook.kept(row().id) == {(place, case) for place in range(2) for case in range(3)}


async def test_of_two_that_keep_the_same_trial_the_first_stands(logbook: Logbook) -> None:
    first, second = trial(CELLS[0], 0), trial(CELLS[0], 0).model_copy(update={"turns": 1})
    for each in (first, second):
        await logbook.keep("x", [(0, each)])
    await logbook.keep("x", [])
    assert list(logbook.trials("x")) == [first]


async def test_an_experiment_says_how_much_of_it_is_done_and_since_when(logbook: Logbook) -> None:
    await logbook.begin(row())
    await logbook.keep(row().id, [(0, trial(CELLS[0], case)) for case in range(2)])
    await logbook.begin(row(hours=7))
    assert logbook.experiment(row().id) == row().model_copy(update={"done": 2})
    for hours in (1, 2):
        await logbook.finish(row().id, NOON + timedelta(hours=hours))
    assert logbook.experiment(row().id).finished_at == NOON + timedelta(hours=1)


async def test_an_experiment_that_is_cleared_leaves_the_others(logbook: Logbook) -> None:
    for number in (1, 2):
        await logbook.begin(row(number))
        await logbook.keep(row(number).id, [(0, trial(CELLS[0], 0))])
    await logbook.clear(row(1).id)
    assert [(each.id, each.done) for each in logbook.experiments()] == [(row(2).id, 1)]
    assert not logbook.trials(row(1).id)


async def test_an_experiment_is_found_by_its_name_or_the_beginning_of_its_id(logbook: Logbook) -> None:
    for each in (row(1), row(2, hours=9), row(3), row(0xABC << 48, "faults")):
        await logbook.begin(each)
    assert logbook.experiment("sizes").id == row(2).id
    assert logbook.experiment("0abc").name == "faults"
    assert logbook.experiment(row(3).id).id == row(3).id
    for unknown in ("0000", "nothing", "", "%"):
        with pytest.raises(UsageError, match="'roundhouse lab' lists th"):
            logbook.experiment(unknown)
