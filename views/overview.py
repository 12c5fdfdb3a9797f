"""The overview: how a workflow does in a period, what waits, and what to do first where nothing has run yet."""

from datetime import datetime

import streamlit as st

from runtime.batch import Selection
from runtime.desk.desk import Desk
from state.budget import Budget
from state.run import RunFilter
from state.staffing import Staffing
from views.parts.budget import attention
from views.parts.choice import runs_of
from views.parts.desk import desk, told
from views.parts.figures import conflicts, statuses, tiles, trend, waiting
from views.parts.progress import jobs
from views.parts.rules import rules
from views.parts.text import zone

SAMPLE = "lead-qualification", "sample"
"""The workflow and the profile that are tried first."""


def page() -> None:
    """The page."""
    here = desk()
    st.title("Overview", anchor=False)
    jobs(here)
    workflow, since = runs_of(here, "overview")
    found = here.figures(workflow, since, str(zone()))
    if not found.cases and workflow is None and since is None:
        _first_steps(here)
        return
    waiting(found)
    if not found.cases:
        st.info("No case was started in this period. Choose a longer one.")
        return
    budgets = _budgets(here, workflow, since)
    tiles(found, budgets[0].budget if len(budgets) == 1 else None)
    statuses(found)
    attention(budgets)
    rules(here, workflow)
    trend(found)
    conflicts(found)


def _budgets(here: Desk, workflow: str | None, since: datetime | None) -> list[Budget]:
    """How the budget of the workflow stands, or that of every one with runs."""
    names = [workflow] if workflow else here.workflows()
    if len(names) > 1:
        names = [name for name in names if here.count_runs(RunFilter(workflow=name))]
    return [here.budgets.read(name, since) for name in names]


def _first_steps(here: Desk) -> None:
    """What to do where nothing has run yet."""
    st.markdown(
        "Nothing has run yet. Roundhouse takes cases through specialists, asks a human only where it was declared, and "
        "keeps every step. Try it with the sample: 500 invented leads are scored, checked, routed and written up. It "
        "takes about ten seconds, and no model and no key."
    )
    with told():
        if st.button("Run the sample", type="primary", icon=":material/play_arrow:", key="run-sample"):
            path = here.sample(*SAMPLE)
            if path is None:
                st.info("The sample is not here. Start a case, or a file of your own.")
                return
            here.run_file(*SAMPLE, path, Selection(), Staffing())
            st.rerun()
    st.page_link("views/start.py", label="Start a case or a file of your own", icon=":material/upload_file:")


page()
