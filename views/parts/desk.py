"""The desk that the pages of this process share, and what a page shows when something cannot be done."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import cast

import streamlit as st

from runtime.desk.desk import Desk
from runtime.desk.live import LiveDesk
from runtime.settings import Settings, settings
from state.errors import DatabaseLost, RoundhouseError
from views.parts.text import escaped

logger = logging.getLogger(__name__)

DESK = "desk"
"""Where a session finds a desk of its own, if it has one."""


@st.cache_resource(show_spinner="Opening the database …")
def _opened(_chosen: Settings, known_by: str) -> LiveDesk:
    # charts look whether it is imported, and fail while the page of another session is halfway through importing it
    import_module("pandas")
    return LiveDesk.open(_chosen)


def desk() -> Desk:
    """The desk of this session, or else the one on the configured database, which all sessions share."""
    if DESK in st.session_state:
        return cast(Desk, st.session_state[DESK])
    chosen = settings()
    return _opened(chosen, chosen.model_dump_json())


@contextmanager
def told() -> Iterator[None]:
    """Say on the page, in a line, why something cannot be done, and what to do; the page goes on below."""
    try:
        yield
    except RoundhouseError as refused:
        st.error(escaped(_words(refused)), icon=":material/error:")
    except Exception:
        logger.exception("A page failed.")
        st.error(
            "This part of the page failed, which is a defect of Roundhouse. The log of the app, in the terminal where "
            "it was started, says why. Nothing that was saved is lost; reload the page to go on.",
            icon=":material/bug_report:",
        )


def _words(refused: RoundhouseError) -> str:
    """What an error says; where it tells a terminal to give a command again, a page is to be reloaded."""
    if isinstance(refused, DatabaseLost):
        return f"The database was lost: {refused.reason}. What was committed is kept; reload the page when it is back."
    return str(refused)
