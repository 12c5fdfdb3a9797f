"""The lab at a desk: an experiment that runs beside a Roundhouse, in the same database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.background import LabJobs
from runtime.desk.live import LiveDesk
from runtime.settings import Settings
from tests.support.experiments import experiment


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[LiveDesk]:
    opened = LiveDesk.open(Settings(database_url=database_url, channels={}, files=tmp_path / "files"))
    yield opened
    opened.close()


def test_an_experiment_beside_the_desk_is_kept_with_everything_else(desk: LiveDesk) -> None:
    jobs = LabJobs(desk.logbook)
    job = jobs.begin(experiment())
    jobs.wait()
    assert (job.state, job.done) == ("done", 100)
    [row] = desk.logbook.experiments()
    assert (row.done, row.finished_at is not None) == (100, True)
    assert len(desk.logbook.trials(row.id)) == 100
