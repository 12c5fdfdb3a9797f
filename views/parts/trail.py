"""The audit trail of a run: who changed what, when, from what to what, and whether the chain is whole."""

import json

import streamlit as st

from runtime.desk.desk import Desk
from runtime.desk.matter import RunView
from views.parts.text import escaped, local


def trail(here: Desk, view: RunView) -> None:
    """The verdict, and the rows."""
    found = here.audit(view.story.run.id)
    if found.verdict.is_whole:
        st.success(f"The chain of {len(found.rows)} rows is whole. Its head is {escaped(found.verdict.head)}.")
    else:
        st.error(escaped(f"From row {found.verdict.bad} on the chain cannot be trusted: {found.verdict.reason}."))
    rows = [
        {
            "row": row.ordinal,
            "when": local(row.at),
            "who": f"{row.actor} ({row.actor_kind})",
            "did": row.action,
            "to": row.subject,
            "payload": row.payload or "",
        }
        for row in found.rows
    ]
    st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 620))
    st.download_button(
        "Download the trail",
        data=json.dumps([row.model_dump(mode="json") for row in found.rows], indent=1),
        file_name=f"trail-{view.story.run.id}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )
