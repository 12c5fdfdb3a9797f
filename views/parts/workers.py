"""The workers and the queue on a page: figures first, then who works, what waits, and what failed."""

from typing import Any

import streamlit as st

from state.duration import in_time
from state.workers import Load, QueueLine, WorkerRow
from views.parts.panel import quiet, show
from views.parts.text import escaped, zone

ROW, HEAD = 35, 38
"""Pixels of a table's rows and heading."""

_COUNTS = ("running", "last minute", "last ten", "done", "failed")


def load_tiles(load: Load) -> None:
    """The figures that a person asks for first."""
    living = [worker for worker in load.workers if worker.standing != "lost"]
    places = sum(worker.concurrency for worker in living)
    with st.container(horizontal=True):
        st.metric("Workers", f"{len(living):,}", _lost(load), delta_color="red", delta_arrow="off", border=True)
        st.metric("Under way", f"{load.running:,}", _of(places), delta_color="off", delta_arrow="off", border=True)
        st.metric("Waiting", f"{load.waiting:,}", _oldest(load), delta_color="off", delta_arrow="off", border=True)
        st.metric(
            "In the last minute",
            f"{load.last_minute:,}",
            f"{load.last_ten_minutes:,} in the last ten",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Runs that workers brought to their end or to their next question",
        )
        failed = load.failed_runs + load.failed_jobs
        st.metric(
            "Dead letters",
            f"{failed:,}",
            "needs a look" if failed else "none",
            delta_color="red" if failed else "off",
            delta_arrow="off",
            border=True,
            help="Runs that failed, and jobs that were given up",
        )


def nobody(load: Load) -> None:
    """That runs wait, and no worker will take them."""
    if load.waiting and not any(worker.standing in ("working", "idle") for worker in load.workers):
        words = f"{load.waiting:,} runs wait, and no worker is there. Start one: roundhouse worker"
        st.warning(escaped(words), icon=":material/warning:")


def dead_letters(load: Load) -> None:
    """What failed, and what to do about it."""
    if not load.failed_runs and not load.failed_jobs:
        return
    st.subheader("Dead letters", anchor=False)
    if load.failed_runs:
        words = "1 run has failed" if load.failed_runs == 1 else f"{load.failed_runs:,} runs have failed"
        st.markdown(f":red[:material/error:] {escaped(words)}. Each says why on its page, and can be retried there.")
        st.page_link("views/runs.py", label="See the runs", icon=":material/list:")
    if load.failed_jobs:
        words = "1 job was given up" if load.failed_jobs == 1 else f"{load.failed_jobs:,} jobs were given up"
        st.markdown(f":red[:material/error:] {escaped(words)}. The log of the workers says why.")


def workers_table(load: Load) -> None:
    """Who works."""
    if not load.workers:
        show(quiet("None is there. On any machine that reaches the database: roundhouse worker"))
        return
    st.dataframe(
        [_worker(worker, load) for worker in load.workers],
        hide_index=True,
        height=HEAD + ROW * len(load.workers),
        placeholder="",
        column_config={
            "load": st.column_config.ProgressColumn(
                min_value=0.0, max_value=100.0, format="%.0f%%", help="Of the runs that it drives at the same time"
            ),
            **{name: st.column_config.NumberColumn(format="localized") for name in _COUNTS},
            "started": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=str(zone())),
        },
    )


def queue_table(load: Load) -> None:
    """What waits, by workflow."""
    st.subheader("Queue", anchor=False)
    if not load.queue:
        show(quiet("Nothing waits for a worker."))
        return
    st.dataframe(
        [_line(line) for line in load.queue],
        hide_index=True,
        height=HEAD + ROW * len(load.queue),
        placeholder="",
        width=640,
        column_config={name: st.column_config.NumberColumn(format="localized") for name in ("waiting", "paused")},
    )


def _worker(worker: WorkerRow, load: Load) -> dict[str, Any]:
    return {
        "worker": f"{worker.host}:{worker.pid}",
        "standing": worker.standing,
        "load": None if worker.standing == "lost" else 100.0 * worker.running / worker.concurrency,
        "running": None if worker.standing == "lost" else worker.running,
        "last minute": worker.last_minute,
        "last ten": worker.last_ten_minutes,
        "done": worker.done,
        "failed": worker.failed,
        "started": worker.started_at,
        "last heard of": f"{in_time((load.at - worker.seen_at).total_seconds())} ago",
    }


def _line(line: QueueLine) -> dict[str, Any]:
    return {
        "workflow": line.workflow,
        "waiting": line.waiting,
        "oldest": in_time(line.oldest),
        "paused": line.paused or None,
    }


def _lost(load: Load) -> str | None:
    lost = sum(worker.standing == "lost" for worker in load.workers)
    return f"{lost} lost" if lost else None


def _of(places: int) -> str | None:
    return f"of {places:,} places" if places else None


def _oldest(load: Load) -> str | None:
    return f"oldest {in_time(load.oldest)}" if load.waiting else None
