"""Jobs that are given back: what had its turn already does not wait behind all that came meanwhile."""

from datetime import UTC, datetime

from runtime.workload import left_of
from state.job import ANSWERED, URGENT, Job, answered

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_runs_that_a_dead_worker_still_holds_are_looked_at_before_those_that_nobody_began() -> None:
    job = Job(("r1", "r2", "r3"), "triage")
    [drained, busy, paused] = left_of(job, {"busy": ["r1"], "drained": ["r2"], "paused": ["r3"], "done": []}, NOW)
    assert (busy.runs, busy.priority, busy.not_before is not None) == (("r1",), 1, True)
    assert (drained.runs, drained.priority, drained.not_before) == (("r2",), 1, None)
    assert (paused.runs, paused.priority) == (("r3",), 0)


def test_nothing_becomes_urgent_by_being_given_back_and_what_is_stays_so() -> None:
    job = Job(("r1",), "triage", ANSWERED - 1)
    assert job.sooner(None).priority == ANSWERED - 1
    assert answered("r1", "triage").sooner(NOW).queue == URGENT
