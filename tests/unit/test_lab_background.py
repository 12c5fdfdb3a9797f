import time
from functools import partial

import pytest

from lab.background import LARGEST, LabJobs
from runtime.logbook import MemoryLogbook
from state.errors import UsageError
from tests.support.experiments import experiment, failing, taking

PATIENCE = 60.0


def until_some_are_kept(jobs: LabJobs) -> None:
    until = time.monotonic() + PATIENCE
    while jobs.latest is None or not jobs.latest.done:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_experiment_runs_to_its_end_and_is_kept() -> None:
    logbook = MemoryLogbook()
    jobs = LabJobs(logbook)
    job = jobs.begin(experiment())
    jobs.wait()
    assert (job.state, job.done, job.share) == ("done", 100, 1.0)
    assert len(logbook.trials(job.experiment)) == job.total


def test_one_that_is_stopped_goes_on_where_it_was() -> None:
    logbook = MemoryLogbook()
    jobs = LabJobs(logbook)
    stopped = jobs.begin(experiment(taking(0.02)))
    until_some_are_kept(jobs)
    with pytest.raises(UsageError, match="'small' is running"):
        jobs.begin(experiment())
    jobs.stop()
    jobs.wait()
    assert stopped.state == "stopped"
    assert 0 < stopped.done < stopped.total
    again = jobs.begin(experiment())
    jobs.wait()
    assert (again.state, again.done) == ("done", again.total)


def test_one_that_fails_says_why() -> None:
    jobs = LabJobs(MemoryLogbook())
    job = jobs.begin(experiment(partial(failing, 3)))
    jobs.wait()
    assert job.state == "failed"
    assert "Case 3 of hub with 2 agents" in job.error
    jobs.stop()


def test_a_large_one_is_left_to_the_terminal() -> None:
    jobs = LabJobs(MemoryLogbook())
    with pytest.raises(UsageError, match="Give: roundhouse lab small"):
        jobs.begin(experiment(cases=LARGEST))
    assert jobs.latest is None
