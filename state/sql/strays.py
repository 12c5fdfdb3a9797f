"""Strays: runs that are the queue's and that no job carries, such as where jobs were deleted by hand.

What starts a run enqueues it in the same transaction, and what takes a job off puts on what it leaves. So there are
none in the ordinary course; whoever looks finds those of accidents.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from state.job import Job
from state.sql.queued import resume_queued

MOST = 1_000
"""How many are put back on the queue at a time."""


def put_strays(connection: Connection, before: datetime, now: datetime) -> Sequence[str]:
    """Put runs on the queue again that were put on it before a moment, and that no job has and nobody drives."""
    found = connection.execute(_STRAYS, {"before": before, "now": now, "most": MOST}).all()
    resume_queued(connection, [Job.of_one(run, workflow) for run, workflow in found], now)
    return [run for run, _ in found]


_STRAYS = text(
    "SELECT runs.id, runs.workflow FROM runs"
    " WHERE runs.queued_at < :before AND runs.status = 'running'"
    " AND (runs.driver IS NULL OR runs.lease_until < :now)"
    " AND NOT EXISTS (SELECT 1 FROM (SELECT jsonb_array_elements_text(args->'runs') AS run FROM procrastinate_jobs"
    " WHERE status IN ('todo', 'doing') AND task_name = 'drive') AS carried WHERE carried.run = runs.id)"
    " LIMIT :most"
)
