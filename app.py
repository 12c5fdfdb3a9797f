"""The browser front door: ``make app``."""

from pathlib import Path

import streamlit as st

VIEWS = Path(__file__).parent / "views"

st.set_page_config(page_title="Roundhouse", layout="wide")
st.navigation(
    [
        st.Page(VIEWS / "inbox.py", title="Inbox", icon=":material/inbox:", default=True),
        st.Page(VIEWS / "runs.py", title="Runs", icon=":material/list:"),
    ]
).run()
