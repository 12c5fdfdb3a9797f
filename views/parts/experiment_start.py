"""Beginning an experiment from a page, and how far one that runs has come."""

import streamlit as st

from lab.background import LARGEST, LabJob, LabJobs
from lab.design import designed
from lab.runfile import Runfile, load_runfile, shipped_runfiles
from views.parts.desk import told
from views.parts.text import ago, escaped

LOOK = 1.0
"""Seconds between two looks."""


def running(jobs: LabJobs) -> None:
    """The experiment that runs, or ran last in this process; the page looks again by itself while it runs."""
    going = jobs.latest is not None and jobs.latest.state == "running"
    st.fragment(_running, run_every=LOOK if going else None)(jobs, going)


def _running(jobs: LabJobs, going: bool) -> None:
    with told():
        job = jobs.latest
        if job is not None:
            _job(jobs, job)
        if going and (job is None or job.state != "running"):
            st.rerun()


def _job(jobs: LabJobs, job: LabJob) -> None:
    name = f"**{escaped(job.name)}**"
    match job.state:
        case "running":
            with st.container(border=True):
                st.markdown(f":material/sync: Experiment {name} runs, begun {ago(job.started_at)}.")
                st.progress(job.share, text=f"{job.done:,} of {job.total:,} trials")
                if st.button("Stop", key="lab-stop", icon=":material/stop:", help="What is finished is kept"):
                    jobs.stop()
        case "done":
            st.caption(f":green[:material/check_circle:] Experiment {name} is done: {job.total:,} trials.")
        case "stopped":
            st.caption(
                f":orange[:material/stop_circle:] Experiment {name} was stopped after {job.done:,} of {job.total:,} "
                "trials. Begun again, it goes on from there."
            )
        case "failed":
            st.error(escaped(job.error), icon=":material/error:")


def start(jobs: LabJobs, *, expanded: bool) -> None:
    """Choose a shipped experiment and begin it, or read which command does."""
    with st.expander("Run an experiment", icon=":material/play_arrow:", expanded=expanded):
        shipped = {name: load_runfile(name) for name in shipped_runfiles()}
        names = sorted(shipped, key=lambda name: shipped[name].size)
        name = st.selectbox("Experiment", names, format_func=lambda each: _title(shipped[each]), key="lab-runfile")
        st.markdown(escaped(shipped[name].about))
        if shipped[name].size > LARGEST:
            st.markdown(
                "It is too large to run beside this page. In a terminal, it takes all cores and can be stopped:"
            )
            st.code(f"roundhouse lab {name}", language="shell")
            return
        if st.button("Run", type="primary", icon=":material/play_arrow:", key="lab-run"):
            jobs.begin(designed(shipped[name]))
            st.rerun()
        st.caption("Your own: write a runfile, a few lines of TOML, and give `roundhouse lab mine.toml` in a terminal.")


def _title(runfile: Runfile) -> str:
    return f"{runfile.name}, {runfile.size:,} trials"
