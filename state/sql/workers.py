"""Workers in SQL: each says of itself what it is at, and from that and the queue anybody reads how all of it goes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, text, update

from state.job import QUEUE
from state.sql.jobs import has_queue
from state.sql.keep import insert_or_keep
from state.sql.limits import free_slots_of
from state.sql.tables import batches, runs, workers
from state.workers import Load, QueueLine, Standing, WorkerRow

LOST = timedelta(seconds=12)
"""After so long without a word a worker counts as lost."""

KEPT = timedelta(minutes=10)
"""For so long a lost worker is still shown."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a worker says of itself, every few seconds."""

    id: str
    host: str
    pid: int
    started_at: datetime
    concurrency: int
    versions: tuple[str, ...]
    """The signatures of the workflows whose runs it has driven."""
    running: int = 0
    done: int = 0
    failed: int = 0
    last_minute: int = 0
    last_ten_minutes: int = 0
    draining: bool = False


def beat(connection: Connection, said: Beat) -> None:
    """Keep what a worker says of itself, at the moment of the database."""
    values = {name: getattr(said, name) for name in Beat.__slots__} | {"versions": list(said.versions)}
    values["seen_at"] = now_of(connection)
    if connection.execute(update(workers).where(workers.c.id == said.id).values(values)).rowcount == 0:
        connection.execute(insert_or_keep(connection, workers).values(values))


def leave(connection: Connection, worker: str) -> None:
    """Have a worker that has ended be shown no more."""
    free_slots_of(connection, worker)
    connection.execute(delete(workers).where(workers.c.id == worker))


def bury(connection: Connection) -> list[str]:
    """Free the places of workers that were lost, and forget those that were so long ago; returns the lost ones."""
    now = now_of(connection)
    lost = list(connection.execute(select(workers.c.id).where(workers.c.seen_at < now - LOST)).scalars())
    for worker in lost:
        free_slots_of(connection, worker)
    connection.execute(delete(workers).where(workers.c.seen_at < now - KEPT))
    return lost


def read_load(connection: Connection) -> Load:
    """The workers, the queue and what failed, at one moment."""
    now = now_of(connection)
    order = (workers.c.host, workers.c.started_at, workers.c.id)
    found = connection.execute(select(workers).where(workers.c.seen_at >= now - KEPT).order_by(*order))
    return Load(
        at=now,
        workers=[WorkerRow(**row._mapping, standing=_standing(row, now)) for row in found],
        queue=[_line(row, now) for row in connection.execute(_waiting())],
        failed_runs=connection.execute(_FAILED).scalar_one(),
        failed_jobs=_failed_jobs(connection),
    )


def count_waiting(connection: Connection, workflow: str) -> int:
    """How many runs of a workflow wait for a worker."""
    waiting = (runs.c.queued_at.is_not(None), runs.c.driver.is_(None), runs.c.workflow == workflow)
    count: int = connection.execute(select(func.count()).select_from(runs).where(*waiting)).scalar_one()
    return count


def now_of(connection: Connection) -> datetime:
    """The moment of the database, which is the same for all machines; on SQLite that of this one."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


def _waiting() -> Select[Any]:
    """What waits for a worker, by workflow."""
    is_paused = batches.c.paused_at.is_not(None)
    counts = (
        func.count().label("waiting"),
        func.min(runs.c.queued_at).label("since"),
        func.count().filter(is_paused).label("paused"),
    )
    query = select(runs.c.workflow, *counts).select_from(runs.outerjoin(batches, batches.c.id == runs.c.batch))
    waits = (runs.c.queued_at.is_not(None), runs.c.driver.is_(None), runs.c.status == "running")
    return query.where(*waits).group_by(runs.c.workflow).order_by(runs.c.workflow)


def _line(row: Any, now: datetime) -> QueueLine:
    age = max(0.0, (now - row.since).total_seconds())
    return QueueLine(workflow=row.workflow, waiting=row.waiting, oldest=age, paused=row.paused)


def _standing(row: Any, now: datetime) -> Standing:
    if row.seen_at < now - LOST:
        return "lost"
    if row.draining:
        return "draining"
    return "working" if row.running else "idle"


def _failed_jobs(connection: Connection) -> int:
    if not has_queue(connection):
        return 0
    query = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed' AND queue_name = :queue")
    count: int = connection.execute(query, {"queue": QUEUE}).scalar_one()
    return count


_FAILED = select(func.count()).select_from(runs).where(text("status = 'failed'"))
"""Not with a bound value, or SQLite does not see that the index of the failed ones has all of them."""
