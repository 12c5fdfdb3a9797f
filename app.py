"""The browser front door: ``make app``."""

from pathlib import Path

import streamlit as st

from views.parts.desk import told
from views.parts.panel import STYLE
from views.parts.person import require_login, who

VIEWS = Path(__file__).parent / "views"

st.set_page_config(page_title="Roundhouse", page_icon=":material/hub:", layout="wide")
st.html(STYLE)
require_login()
chosen = st.navigation(
    [
        st.Page(VIEWS / "overview.py", title="Overview", icon=":material/monitoring:", default=True),
        st.Page(VIEWS / "start.py", title="Start", icon=":material/play_arrow:"),
        st.Page(VIEWS / "inbox.py", title="Inbox", icon=":material/inbox:"),
        st.Page(VIEWS / "runs.py", title="Runs", icon=":material/list:"),
        st.Page(VIEWS / "workers.py", title="Workers", icon=":material/precision_manufacturing:"),
        st.Page(VIEWS / "economics.py", title="Economics", icon=":material/payments:"),
        st.Page(VIEWS / "lab.py", title="Lab", icon=":material/science:"),
    ],
    position="top",
)
with told():
    chosen.run()
who()
