"""The page of questions: what waits for a human, oldest first. They are answered with ``roundhouse answer``."""

import streamlit as st

from state.sql.reviews import count_open, list_open
from views.database import store

st.title("Inbox")
waiting = store().read_now(list_open, 500)
st.metric("questions that wait", store().read_now(count_open))
st.dataframe(
    [
        {
            "review": review.id,
            "case": review.case_id,
            "question": review.payload["question"]["reason"],
            "since": review.opened_at,
        }
        for review in waiting
    ],
    hide_index=True,
)
st.caption("Answer with: roundhouse answer REVIEW --approve, --edit JSON, --send-back TEXT or --reject TEXT")
