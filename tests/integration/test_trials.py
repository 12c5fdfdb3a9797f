"""Experiments and their trials, as both databases keep them."""

from datetime import UTC, datetime, timedelta

import pytest

from state.errors import UsageError
from state.experiment import ExperimentRow
from state.sql.database import Database
from state.sql.store import Store
from state.sql.trials import (
    begin_experiment,
    clear_experiment,
    find_experiment,
    finish_experiment,
    keep_trials,
    kept_places,
    list_experiments,
    read_trials,
)
from state.trial import Cell
from tests.support.trials import trial

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CELLS = [Cell(shape="hub", agents=2, overlap=0.1, fault_rate=0.2), Cell(shape="mesh", agents=8, overlap=1 / 3)]


def row(number: int = 1, name: str = "sizes") -> ExperimentRow:
    return ExperimentRow(id=f"{number:016x}", name=name, content={"agents": [2, 8]}, total=6, created_at=NOON)


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


async def test_trials_come_back_as_they_were_in_the_order_of_cells_and_cases(store: Store) -> None:
    made = [(place, trial(cell, case)) for place, cell in enumerate(CELLS) for case in range(3)]
    await store.write(begin_experiment, row())
    await store.write(keep_trials, row().id, made[4:])
    await store.write(keep_trials, row().id, made[:4])
    assert await store.read(read_trials, row().id) == [each for _, each in made]
    assert await store.read(kept_places, row().id) == {(place, case) for place in range(2) for case in range(3)}


async def test_of_two_that_keep_the_same_trial_the_first_stands(store: Store) -> None:
    first, second = trial(CELLS[0], 0), trial(CELLS[0], 0).model_copy(update={"turns": 1})
    for each in (first, second):
        await store.write(keep_trials, "x", [(0, each)])
    await store.write(keep_trials, "x", [])
    assert await store.read(read_trials, "x") == [first]


async def test_an_experiment_says_how_much_of_it_is_done(store: Store) -> None:
    await store.write(begin_experiment, row())
    await store.write(keep_trials, row().id, [(0, trial(CELLS[0], case)) for case in range(2)])
    await store.write(begin_experiment, row().model_copy(update={"total": 7}))
    found = await store.read(find_experiment, row().id)
    assert found == row().model_copy(update={"done": 2})
    for hours in (1, 2):
        await store.write(finish_experiment, row().id, NOON + timedelta(hours=hours))
    assert (await store.read(find_experiment, row().id)).finished_at == NOON + timedelta(hours=1)


async def test_an_experiment_that_is_cleared_leaves_the_others(store: Store) -> None:
    for number in (1, 2):
        await store.write(begin_experiment, row(number))
        await store.write(keep_trials, row(number).id, [(0, trial(CELLS[0], 0))])
    await store.write(clear_experiment, row(1).id)
    assert [(each.id, each.done) for each in await store.read(list_experiments)] == [(row(2).id, 1)]
    assert await store.read(read_trials, row(1).id) == []


async def test_an_experiment_is_found_by_its_name_or_the_beginning_of_its_id(store: Store) -> None:
    rows = row(1), row(2), row(0xABC << 48, "faults")
    for each in rows:
        await store.write(begin_experiment, each)
    later = row(3).model_copy(update={"created_at": NOON + timedelta(days=9)})
    await store.write(begin_experiment, later)
    assert await store.read(find_experiment, "sizes") == later
    assert (await store.read(find_experiment, "0abc")).name == "faults"
    assert (await store.read(find_experiment, row(2).id)).id == row(2).id
    for unknown in ("0000", "nothing", "", "%"):
        with pytest.raises(UsageError, match="'roundhouse lab' lists them"):
            await store.read(find_experiment, unknown)
