"""Runs: the table of all of them, and the page of one, which has an address of its own."""

import streamlit as st

from runtime.desk.desk import Desk
from state.errors import UnknownRun, UsageError
from views.parts.checkpoints import checkpoints
from views.parts.desk import desk, told
from views.parts.run_head import run_head
from views.parts.runs_table import runs_table
from views.parts.story import story
from views.parts.text import escaped
from views.parts.timeline import timeline_chart
from views.parts.trail import trail
from views.parts.what_if import compare, what_if

RUN = "run"
"""The part of the address that says which run is shown."""

PARTS = ("Story", "Timeline", "Checkpoints", "What if", "Audit")


def page() -> None:
    """The page."""
    here = desk()
    named = st.query_params.get(RUN)
    if named is None:
        st.title("Runs", anchor=False)
        chosen = runs_table(here)
        if chosen is not None:
            st.switch_page("views/runs.py", query_params={RUN: chosen})
    else:
        _one(here, named)


def _one(here: Desk, named: str) -> None:
    if st.button("All runs", icon=":material/arrow_back:", type="tertiary"):
        st.switch_page("views/runs.py")
    try:
        view = here.run(named)
    except (UnknownRun, UsageError) as unknown:
        st.title("No such run", anchor=False)
        st.info(escaped(str(unknown)))
        return
    run_head(here, view)
    compare(view)
    part = st.segmented_control(
        "Part", PARTS, default=PARTS[0], key="part", bind="query-params", label_visibility="collapsed"
    )
    with told():
        match part:
            case "Timeline":
                timeline_chart(view.story)
            case "Checkpoints":
                checkpoints(here, view)
            case "What if":
                what_if(here, view)
            case "Audit":
                trail(here, view)
            case _:
                story(here, view)


page()
