"""A choice of one of several, or of all of them."""

from collections.abc import Sequence

import streamlit as st


def one_or_all(label: str, key: str, names: Sequence[str]) -> str | None:
    """One of the names, or None for all; nothing is asked where there is no choice. It is kept from page to page."""
    if len(names) < 2:
        return None
    chosen: str | None = st.selectbox(
        label, [None, *names], format_func=lambda name: name or "all", key=key, width=240, persist_state="session"
    )
    return chosen
