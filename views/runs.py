"""The page of runs: which there are, and one of them with its case, decisions and timeline."""

import streamlit as st

from state.run import RunStory
from state.sql.runs import RunFilter, list_runs
from state.sql.story import read_story
from views.database import store

st.title("Runs")
runs = store().read_now(list_runs, RunFilter(), 500)
table = [
    {
        "run": run.id,
        "case": run.case_id,
        "workflow": run.workflow,
        "status": run.status,
        "asked": run.questions,
        "flagged": run.flagged,
        "started": run.created_at,
    }
    for run in runs
]
chosen = st.dataframe(table, hide_index=True, on_select="rerun", selection_mode="single-row", key="runs")


def show(story: RunStory) -> None:
    """One run, below the table."""
    st.header(story.run.id)
    st.caption(f"{story.run.status}, {story.run.workflow}")
    st.subheader("Case")
    st.json(dict(story.case), expanded=False)
    st.subheader("Decisions")
    st.dataframe(
        [
            {
                "decision": record.decision,
                "version": record.version,
                "by": record.maker.name,
                "confidence": record.confidence,
                "built from": ", ".join(f"{name} v{version}" for name, version in record.built_from.items()),
                "rationale": (record.value or {}).get("rationale") or record.reason,
            }
            for record in story.records
        ],
        hide_index=True,
    )
    st.subheader("Questions")
    st.dataframe(
        [
            {"question": each.payload["question"]["reason"], "status": each.status, "answered by": each.answered_by}
            for each in story.reviews
        ],
        hide_index=True,
    )


for row in chosen.selection.rows[:1]:
    show(store().read_now(read_story, runs[row].id))
