"""The database that the pages read, opened once for all sessions."""

import streamlit as st

from runtime.settings import settings
from state.errors import UnusableDatabase
from state.sql.database import Database, require_database
from state.sql.store import Store


@st.cache_resource
def _opened(url: str) -> Store:
    return Store(Database.open(url))


def store() -> Store:
    """The store of the configured database; the page stops with what to do where there is none."""
    url = settings().database_url
    try:
        require_database(url)
        return _opened(url)
    except UnusableDatabase as unusable:
        st.info(f"{unusable} Run the sample with `make demo`.")
        st.stop()
