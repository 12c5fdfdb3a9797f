"""Workers: who works on the queue, what waits, how quickly it goes, and what failed."""

import streamlit as st

from runtime.desk.desk import Desk
from views.parts.desk import desk, told
from views.parts.workers import dead_letters, load_tiles, nobody, queue_table, workers_table

LOOK = 3.0
"""Seconds between two looks."""


def page() -> None:
    """The page; it looks again by itself."""
    here = desk()
    st.title("Workers", anchor=False)
    st.fragment(_load, run_every=LOOK)(here)


def _load(here: Desk) -> None:
    with told():
        load = here.workers.load()
        if not load.workers and not load.queue and not load.failed_runs:
            st.info(
                "No worker is there, and nothing waits for one. That is as it should be on one machine: cases are "
                "driven by the command or the page that starts them. For more machines, put the database on "
                "PostgreSQL, start `roundhouse worker` on each, and give `roundhouse run` the option `--queue`."
            )
            return
        load_tiles(load)
        nobody(load)
        workers_table(load)
        queue_table(load)
        dead_letters(load)


page()
