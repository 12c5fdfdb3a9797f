"""The workers, as somebody meets them who asks whether the queue moves."""

from datetime import UTC, datetime, timedelta

from runtime.desk.fake import FakeDesk
from state.errors import DatabaseLost
from state.workers import Load, QueueLine, Standing, WorkerRow
from tests.app.conftest import Visit
from tests.app.words import read, table

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def worker(name: str, standing: Standing = "working", running: int = 8) -> WorkerRow:
    counts = {"done": 1200, "failed": 1, "last_minute": 90, "last_ten_minutes": 800}
    return WorkerRow(
        id=name,
        host=name,
        pid=7,
        started_at=NOW - timedelta(hours=2),
        seen_at=NOW - timedelta(seconds=1),
        concurrency=32,
        versions=("abc",),
        running=running,
        draining=standing == "draining",
        standing=standing,
        **counts,
    )


def given(desk: FakeDesk, *workers: WorkerRow, waiting: int = 0, failed: int = 0) -> None:
    queue = (QueueLine(workflow="triage", waiting=waiting, oldest=74.0),) if waiting else ()
    desk.workers.given = Load(at=NOW, workers=workers, queue=queue, failed_runs=failed, failed_jobs=0)


def test_on_one_machine_without_a_queue_the_page_says_that_all_is_well(desk: FakeDesk, visit: Visit) -> None:
    at = visit(desk, "workers")
    assert "as it should be on one machine" in at.info[0].value
    assert not at.dataframe


def test_workers_are_listed_with_their_load(desk: FakeDesk, visit: Visit) -> None:
    given(desk, worker("node-1"), worker("node-2", "lost"), waiting=6210)
    at = visit(desk, "workers")
    first, second = table(at)
    assert (first["worker"], first["standing"], first["load"]) == ("node-1:7", "working", 25.0)
    assert second["standing"] == "lost"
    values = {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert values["Workers"] == ("1", "1 lost")
    assert values["Under way"] == ("8", "of 32 places")
    assert values["Waiting"] == ("6,210", "oldest 1 min 14 s")
    assert values["In the last minute"] == ("90", "800 in the last ten")
    assert table(at, 1)[0]["workflow"] == "triage"
    assert not at.warning


def test_runs_that_wait_for_nobody_are_a_warning(desk: FakeDesk, visit: Visit) -> None:
    given(desk, worker("node-1", "lost"), waiting=3)
    at = visit(desk, "workers")
    assert "no worker is there" in at.warning[0].value


def test_what_failed_is_said_with_what_to_do(desk: FakeDesk, visit: Visit) -> None:
    given(desk, worker("node-1", "idle", 0), failed=1)
    at = visit(desk, "workers")
    assert "1 run has failed" in read(at)
    assert not at.exception


def test_a_database_that_is_away_is_said_on_the_page(desk: FakeDesk, visit: Visit) -> None:
    class Away:
        def load(self) -> Load:
            raise DatabaseLost("no route")

    vars(desk)["workers"] = Away()
    at = visit(desk, "workers")
    assert "The database was lost" in at.error[0].value
