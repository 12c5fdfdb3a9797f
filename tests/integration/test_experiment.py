"""Experiments that are run, stopped, killed and gone on with: every trial is made once, and is always the same."""

import asyncio
import multiprocessing
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from lab.experiment import run_experiment
from runtime.logbook import MemoryLogbook, SqlLogbook
from state.errors import ExperimentFailed
from state.sql.database import Database
from state.sql.store import Store
from tests.support.experiments import experiment, failing, killed, steady, taking

WHOLE = experiment()
PATIENCE = 60.0
"""Seconds within which what is waited for must come about."""


class Counted:
    """A meter that stops its experiment once so many trials are kept."""

    def __init__(self, until: int | None = None) -> None:
        self.told: list[tuple[int, int]] = []
        self.count = 0
        self._until, self._task = until, asyncio.current_task()

    def began(self, total: int, done: int) -> None:
        self.told.append((total, done))

    def kept(self, trials: int) -> None:
        self.count += trials
        if self._until is not None and self.count >= self._until and self._task is not None:
            self._task.cancel()


@pytest.fixture
def logbook(database: Database) -> SqlLogbook:
    return SqlLogbook(Store(database))


async def whole() -> MemoryLogbook:
    """What the experiment comes to when nothing happens on the way."""
    made = MemoryLogbook()
    await run_experiment(WHOLE, made)
    return made


@pytest.mark.parametrize("jobs", [1, 2])
async def test_an_experiment_that_is_stopped_goes_on_where_it_was(logbook: SqlLogbook, jobs: int) -> None:
    async def stopped(until: int) -> None:
        await run_experiment(WHOLE, logbook, jobs=jobs, meter=Counted(until))

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(stopped(30))
    assert logbook.experiment(WHOLE.id).finished_at is None
    meter = Counted()
    await run_experiment(WHOLE, logbook, jobs=jobs, meter=meter)
    [(total, kept)] = meter.told
    assert 30 <= kept < total == WHOLE.total
    assert meter.count == WHOLE.total - kept
    assert list(logbook.trials(WHOLE.id)) == list((await whole()).trials(WHOLE.id))
    assert logbook.experiment(WHOLE.id).finished_at is not None


async def test_one_process_and_several_make_the_same_table(logbook: SqlLogbook) -> None:
    tables = []
    for jobs in (1, 2, 3):
        await run_experiment(WHOLE, logbook, jobs=jobs, since="nothing")
        tables.append(list(logbook.trials(WHOLE.id)))
    assert tables[0] == tables[1] == tables[2]
    assert len(tables[0]) == WHOLE.total


async def test_what_is_finished_is_not_done_again_unless_it_is_begun_at_nothing(logbook: SqlLogbook) -> None:
    meters = [Counted() for _ in range(3)]
    await run_experiment(WHOLE, logbook, meter=meters[0])
    await run_experiment(WHOLE, logbook, meter=meters[1])
    await run_experiment(WHOLE, logbook, since="nothing", meter=meters[2])
    assert [meter.count for meter in meters] == [WHOLE.total, 0, WHOLE.total]


async def test_a_worker_that_is_killed_is_replaced(logbook: SqlLogbook, tmp_path: Path) -> None:
    lost = experiment(partial(killed, 21, tmp_path / "killed"))
    await run_experiment(lost, logbook, jobs=2)
    assert (tmp_path / "killed").exists()
    assert list(logbook.trials(WHOLE.id)) == list((await whole()).trials(WHOLE.id))


async def test_workers_that_are_killed_again_and_again_are_given_up(logbook: SqlLogbook) -> None:
    with pytest.raises(ExperimentFailed, match="give the same command again, with fewer --jobs"):
        await run_experiment(experiment(partial(killed, 21, None)), logbook, jobs=2)
    kept = len(logbook.trials(WHOLE.id))
    assert 0 < kept < WHOLE.total
    await run_experiment(experiment(steady), logbook, jobs=2)
    assert list(logbook.trials(WHOLE.id)) == list((await whole()).trials(WHOLE.id))


@pytest.mark.parametrize("jobs", [1, 2])
async def test_a_trial_that_fails_says_which_and_why_and_the_others_are_kept(logbook: SqlLogbook, jobs: int) -> None:
    with pytest.raises(ExperimentFailed, match=r"Case 21 of \w+ with \d agents could not be tried: KeyError"):
        await run_experiment(experiment(partial(failing, 21)), logbook, jobs=jobs)
    assert len(logbook.trials(WHOLE.id)) > 0


def _alone(url: str, pids: "multiprocessing.SimpleQueue[int]") -> None:
    """A process of its own that makes slow trials with two workers, and says which processes these are."""

    class Telling:
        def began(self, total: int, done: int) -> None: ...

        def kept(self, trials: int) -> None:
            for child in multiprocessing.active_children():
                pids.put(child.pid or 0)
            pids.put(-1)

    with Database.open(url) as database:
        asyncio.run(run_experiment(experiment(taking(0.02)), SqlLogbook(Store(database)), jobs=2, meter=Telling()))


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


async def test_a_process_that_is_killed_takes_its_workers_along_and_loses_nothing(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    pids = context.SimpleQueue()
    process = context.Process(target=_alone, args=(database_url, pids))
    process.start()
    workers = set(iter(pids.get, -1))
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert len(workers) == 2
    until = time.monotonic() + PATIENCE
    while not all(map(_gone, workers)):
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    with Database.open(database_url) as database:
        logbook = SqlLogbook(Store(database))
        kept = len(logbook.trials(WHOLE.id))
        assert 0 < kept < WHOLE.total
        await run_experiment(WHOLE, logbook)
        assert list(logbook.trials(WHOLE.id)) == list((await whole()).trials(WHOLE.id))
