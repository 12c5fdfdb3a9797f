"""Jobs in SQL: the queue of Procrastinate, called by its own functions inside our transactions.

So a run and its job are there together or not at all. The tables are Procrastinate's: a job that a worker has is
``doing`` and names the worker, whose heartbeat says that it lives.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, text

from state.job import QUEUE, TASK, Job

_MAKING_LOCK = 7_468_696_376
"""Key of the PostgreSQL advisory lock under which the queue's tables are made."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A job that a worker has taken."""

    id: int
    job: Job
    attempts: int
    """How often it was put back after its worker had died."""


def has_queue(connection: Connection) -> bool:
    """Whether the database has the tables of the queue; SQLite never has."""
    if connection.dialect.name != "postgresql":
        return False
    return bool(connection.scalar(_IS_THERE))


def make_queue(connection: Connection, schema: str) -> None:
    """Make the tables of the queue by Procrastinate's own schema, where they are not there."""
    connection.execute(select(func.pg_advisory_xact_lock(_MAKING_LOCK)))
    if not has_queue(connection):
        connection.execution_options(no_parameters=True).exec_driver_sql(schema)


def enqueue(connection: Connection, jobs: Sequence[Job]) -> None:
    """Put jobs on the queue, in this order."""
    if jobs:
        connection.execute(_DEFER, {"jobs": json.dumps([_row(job) for job in jobs])})


def finish_job(connection: Connection, job: int, left: Sequence[Job]) -> None:
    """Take a job off the queue that its worker has done, and put on what it has left."""
    connection.execute(text("SELECT procrastinate_finish_job_v1(:job, 'succeeded', true)"), {"job": job})
    enqueue(connection, left)


def offer_again(connection: Connection, workflow: str) -> None:
    """Have jobs of a workflow that were given back for later be offered to workers now."""
    if has_queue(connection):
        connection.execute(_AGAIN, {"queue": QUEUE, "workflow": workflow})


def beat(connection: Connection, worker: int) -> None:
    """Say that a worker lives; one that was given up for dead is there again."""
    connection.execute(_BEAT, {"worker": worker})


def put_back(connection: Connection, seconds: float) -> int:
    """Put the jobs of workers back that have said nothing for so long, and forget these; returns how many jobs."""
    put: int = connection.execute(_PUT_BACK, {"task": TASK, "seconds": seconds}).scalar_one()
    connection.execute(text("SELECT procrastinate_prune_stalled_workers_v1(:seconds)"), {"seconds": seconds})
    return put


def live_workers(connection: Connection, seconds: float) -> int:
    """How many workers have said within so many seconds that they live."""
    living = (
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= now() - make_interval(secs => :seconds)"
    )
    return int(connection.execute(text(living), {"seconds": seconds}).scalar_one())


def _row(job: Job) -> dict[str, Any]:
    return {
        "queue_name": job.queue,
        "task_name": TASK,
        "priority": job.priority,
        "lock": job.lock,
        "args": {"runs": list(job.runs), "workflow": job.workflow, "returned": job.returned},
        "scheduled_at": job.not_before.isoformat() if job.not_before else None,
    }


def job_of(args: Mapping[str, Any], priority: int, lock: str | None) -> Job:
    """A job as the queue has it."""
    return Job(tuple(args["runs"]), str(args.get("workflow", "")), priority, lock, None, int(args.get("returned", 0)))


_AGAIN = text(
    "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE queue_name = :queue AND status = 'todo' "
    "AND scheduled_at > now() AND args ->> 'workflow' = :workflow"
)

_IS_THERE = text(
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_class"
    " WHERE relname = 'procrastinate_jobs' AND pg_catalog.pg_table_is_visible(oid))"
)
"""Asked of the table itself: ``to_regclass`` may answer from before another transaction made the tables."""

_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY("
    "SELECT jsonb_populate_recordset(NULL::procrastinate_job_to_defer_v1, CAST(:jobs AS jsonb))))"
)

_BEAT = text(
    "INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (:worker, now())"
    " ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()"
)

_PUT_BACK = text(
    "WITH stalled AS (SELECT job.id FROM procrastinate_jobs job"
    " LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id"
    " WHERE job.task_name = :task AND job.status = 'doing'"
    " AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :seconds))"
    " FOR UPDATE OF job SKIP LOCKED)"
    " SELECT count(procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)) FROM stalled"
)
