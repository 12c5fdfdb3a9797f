"""The seats: who decides in what is started now, where the settings name a chat model."""

import streamlit as st

from graphs.staffing import unknown_seats
from runtime.desk.desk import Desk
from state.staffing import Staffing
from views.parts.text import escaped

AS_SET, RULES = "as the settings say", "rules alone"


def chosen_staffing(here: Desk, workflow: str, profile: str | None) -> Staffing | None:
    """The staffing that a person has chosen; None for that of the settings. Nothing is asked where it is all rules."""
    staffing = here.staffing()
    if staffing.is_all_rules:
        return None
    about = "Chat models are set where the app is started: `ROUNDHOUSE_MODEL`, for one seat `ROUNDHOUSE_MODEL_ANALYST`"
    chosen = st.segmented_control(
        "Who decides", [AS_SET, RULES], default=AS_SET, required=True, help=about, key="start-seats"
    )
    if chosen == RULES:
        return Staffing()
    st.caption(escaped(staffing.words))
    unknown = unknown_seats(here.workflow(workflow, profile), staffing)
    if unknown:
        st.caption(f":orange[:material/warning:] {escaped(workflow)} has no seat {escaped(', '.join(unknown))}.")
    return None
