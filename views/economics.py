"""Economics: who worked, waited and idled, what limits the work, and what each price model would charge for it."""

import streamlit as st

from lab.economics import economics
from lab.licences.economics_words import human_words, limits, paid_words
from state.ledger import Ledger
from views.parts.choice import runs_of
from views.parts.desk import desk, told
from views.parts.economics_charts import cost_chart, idle_chart, over_time_chart, waiting_chart, work_chart
from views.parts.economics_tables import break_evens, licences, tiles, work_table
from views.parts.panel import quiet, show
from views.parts.price_editor import edited_prices
from views.parts.text import escaped


def page() -> None:
    """The page."""
    here = desk()
    st.title("Economics", anchor=False)
    workflow, since = runs_of(here, "economics")
    ledger = here.ledger(workflow, since)
    if not ledger.cases:
        st.info("No specialist has worked on such runs yet. Start a case or a file, or choose a longer period.")
        return
    _economics(ledger)


@st.fragment
def _economics(ledger: Ledger) -> None:
    """All of it; a price that is changed has only this drawn anew, and the ledger is not read again."""
    with told():
        work, costs = st.container(), st.container()
        chosen = edited_prices(ledger)
        found = economics(ledger, chosen.table, chosen.volume)
        with work:
            tiles(found)
            left, right = st.columns([3, 2])
            with left:
                work_chart(found)
            with right:
                waiting_chart(found)
            over_time_chart(found)
            work_table(found)
            st.subheader("What limits it", anchor=False)
            lines = [*limits(found), human_words(found), paid_words(found)]
            st.markdown("\n".join(f"- {escaped(line)}" for line in lines if line))
        with costs:
            st.subheader("What it would cost", anchor=False)
            show(quiet("By the prices below, which are examples until you put in your own."))
            licences(found)
            cost_chart(found)
            break_evens(found)
            idle_chart(found)


page()
