"""The lab: what coordination costs by shape and size, from the experiments that are kept, and how to begin one."""

from collections.abc import Sequence

import streamlit as st

from lab.background import LabJobs
from lab.statistics.sample import SHAPES
from lab.statistics.wording import MEANT
from runtime.desk.desk import Desk
from runtime.logbook import Logbook
from state.experiment import ExperimentRow
from views.parts.desk import desk, told
from views.parts.experiment import answers, chosen_result, figures, plots
from views.parts.experiment_start import running, start
from views.parts.text import escaped, local


def page() -> None:
    """The page."""
    here = desk()
    jobs = _jobs(here.logbook, id(here.logbook))
    st.title("Lab", anchor=False)
    with st.expander("What the shapes are"):
        st.markdown("\n".join(f"- **{name}**: {MEANT[name]}" for name in SHAPES))
    with told():
        kept = here.logbook.experiments()
        above = st.container()
        chosen = _chosen(kept)
        if chosen is not None:
            _experiment(here, chosen)
        start(jobs, expanded=chosen is None)
        # last, since what is looked at again by itself while a page changes breaks the next page
        with above:
            running(jobs)


@st.cache_resource(show_spinner=False)
def _jobs(_logbook: Logbook, of: int) -> LabJobs:
    return LabJobs(_logbook)


def _chosen(kept: Sequence[ExperimentRow]) -> ExperimentRow | None:
    """The experiment that is looked at, of those with a trial."""
    some = {each.id: each for each in kept if each.done}
    if not some:
        st.markdown(
            "No experiment is kept yet. One tries teams of every shape (a hub, a pipeline, a supervisor, a mesh, a "
            "single agent) and size on the same cases, with agents that err now and then, and measures what "
            "coordination costs, how often a human is asked and how many cases come out right. It takes no model and "
            "no key."
        )
        return None
    by_id = st.selectbox("Experiment", list(some), format_func=lambda each: _title(some[each]), key="lab-experiment")
    return some[by_id]


def _title(row: ExperimentRow) -> str:
    """What does not change while it runs, or a person's choice would be lost."""
    return f"{row.name}, {local(row.created_at)}"


def _experiment(here: Desk, row: ExperimentRow) -> None:
    found = chosen_result(here.logbook, row)
    if row.done < row.total:
        st.info(escaped(f"So far {row.done:,} of {row.total:,} trials are done. Its runfile, given again, goes on."))
    answers(found)
    plots(found)
    figures(found)


page()
