"""A choice of one of several, or of all of them; and of whose runs a page is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from runtime.desk.desk import Desk

PERIODS = {"24 hours": 1, "7 days": 7, "30 days": 30, "all": None}
"""Days back, by what a period is called."""


def one_or_all(label: str, key: str, names: Sequence[str]) -> str | None:
    """One of the names, or None for all; nothing is asked where there is no choice. It is kept from page to page."""
    if len(names) < 2:
        return None
    chosen: str | None = st.selectbox(
        label, [None, *names], format_func=lambda name: name or "all", key=key, width=240, persist_state="session"
    )
    return chosen


def runs_of(here: Desk, page: str) -> tuple[str | None, datetime | None]:
    """Whose runs a page is about: a workflow's or those of all, and since when they were started, or ever."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        workflow = one_or_all("Workflow", f"{page}-workflow", here.workflows())
        period = st.segmented_control("Period", list(PERIODS), default="all", required=True, key=f"{page}-period")
    days = PERIODS[period or "all"]
    return workflow, None if days is None else datetime.now(UTC) - timedelta(days=days)
