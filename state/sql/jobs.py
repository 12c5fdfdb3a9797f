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
    return bool(connection.scalar(select(func.to_regclass("procrastinate_jobs").is_not(None))))


def make_queue(connection: Connection, schema: str) -> None:
    """Make the tables of the queue by Procrastinate's own schema, where they are not there."""
    connection.execute(select(func.pg_advisory_xact_lock(_MAKING_LOCK)))
    if not has_queue(connection):
        connection.execution_options(no_parameters=True).exec_driver_sql(schema)


def enqueue(connection: Connection, jobs: Sequence[Job]) -> None:
    """Put jobs on the queue, in this order."""
    if jobs:
        connection.execute(_DEFER, {"jobs": json.dumps([_row(job) for job in jobs])})


def _row(job: Job) -> dict[str, Any]:
    return {
        "queue_name": QUEUE,
        "task_name": TASK,
        "priority": job.priority,
        "lock": job.lock,
        "args": {"runs": list(job.runs), "workflow": job.workflow, "returned": job.returned},
        "scheduled_at": job.not_before.isoformat() if job.not_before else None,
    }


def job_of(args: Mapping[str, Any], priority: int, lock: str | None) -> Job:
    """A job as the queue has it."""
    return Job(tuple(args["runs"]), str(args.get("workflow", "")), priority, lock, None, int(args.get("returned", 0)))


_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY("
    "SELECT jsonb_populate_recordset(NULL::procrastinate_job_to_defer_v1, CAST(:jobs AS jsonb))))"
)
