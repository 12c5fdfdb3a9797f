"""How far the files that run in the background have come, and what chat models think meanwhile."""

import streamlit as st

from runtime.batch import REPLACED
from runtime.desk.desk import Desk
from runtime.desk.jobs import Job
from state.summary import Summary
from views.parts.desk import told
from views.parts.panel import badge, quiet, show, table
from views.parts.text import ago, escaped, local, share
from views.parts.thoughts import many_thoughts

LOOK = 1.0
"""Seconds between two looks at a job."""


def jobs(here: Desk) -> None:
    """Every job of this process; the page looks again by itself while one runs."""
    running = any(job.state == "running" for job in here.jobs())
    st.fragment(_jobs, run_every=LOOK if running else None)(here, running)


def _jobs(here: Desk, running: bool) -> None:
    with told():
        going = [job for job in here.jobs() if job.state == "running"]
        for job in going:
            _job(here, job)
        if going:
            many_thoughts(here.thoughts())
        for job in here.jobs():
            if job not in going:
                _job(here, job)
        if running and not going:
            st.rerun()


def _job(here: Desk, job: Job) -> None:
    with st.container(border=True, key=f"job-{job.id}"):
        profile = f" with {escaped(job.profile)}" if job.profile else ""
        title = f"**{escaped(job.source)}** through {escaped(job.workflow)}{profile}"
        match job.state:
            case "running":
                st.markdown(f":material/sync: {title}")
                _bar(job)
                if st.button("Stop", key=f"stop-{job.id}", icon=":material/stop:", help="What is finished is kept"):
                    here.stop_job(job.id)
            case "done":
                st.markdown(f":green[:material/check_circle:] {title}, started {ago(job.started_at)}")
                if job.summary is not None:
                    _summary(job.summary)
                if job.shortage:
                    st.warning(escaped(f"Not all rows were decided: {job.shortage}."))
                if job.replaces:
                    st.caption(REPLACED)
            case "stopped":
                st.markdown(f":orange[:material/stop_circle:] {title}")
                st.caption(f"Stopped after {job.counts.total()} cases. The same file, given again, goes on from there.")
            case "failed":
                st.markdown(f":red[:material/error:] {title}")
                st.error(escaped(job.error))


def _bar(job: Job) -> None:
    if job.rows is None:
        st.progress(0.0, text="counting the rows")
        return
    counts = ", ".join(f"{count} {status}" for status, count in job.counts.most_common())
    st.progress(job.share, text=escaped(f"{job.counts.total()} of {job.rows}: {counts or 'none yet'}"))


def _summary(summary: Summary) -> None:
    """What came of a batch, and where to go on."""
    run = summary.cases - summary.quarantined
    words = f"{summary.cases} cases in {summary.seconds:.1f} s"
    if summary.model_calls:
        words += f", {summary.model_calls:,} model calls, {summary.tokens:,} tokens"
    show(
        quiet(words),
        "".join(badge(name, f"{count} {name}") for name, count in summary.states.items() if count),
        quiet(
            f"asked a human {share(summary.human_share * run, run)}, flagged {share(summary.flagged_share * run, run)}"
        ),
    )
    with st.container(horizontal=True):
        if summary.awaiting_review:
            st.page_link("views/inbox.py", label="Open the inbox", icon=":material/inbox:")
        st.page_link("views/runs.py", label="Look at the runs", icon=":material/list:")


def batches(here: Desk) -> None:
    """The files that were run before, by whoever ran them."""
    found = here.batches()
    if found:
        st.subheader("Files that were run", anchor=False)
        rows = [
            (
                each.source,
                each.workflow,
                local(each.created_at),
                *(each.counts.get(name, 0) for name in _STATES),
                each.quarantined,
            )
            for each in found
        ]
        show(table(("file", "workflow", "started", *_STATES, "quarantined"), rows))


_STATES = ("completed", "waiting", "rejected", "failed", "running")
