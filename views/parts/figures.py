"""The figures of a period: tiles, the days as a chart, and the conflicts."""

import altair as alt
import streamlit as st

from state.figures import ConflictFigures, Figures
from state.spent import money
from views.parts.panel import COLOURS, bar, quiet, show
from views.parts.text import ago, escaped, marked_up, share

ALONE, ASKED, OPEN = "without a human", "asked a human", "rejected, failed or not at its end"
"""What came of a day's cases."""

FEW, WIDEST = 20, 40
"""With fewer days than that, bars are so many pixels wide."""


def tiles(found: Figures, budget: float | None) -> None:
    """The figures that a person asks for first."""
    with st.container(horizontal=True):
        st.metric("Cases", f"{found.cases:,}", border=True)
        st.metric("Finished without a human", share(found.alone, _started(found)), border=True)
        asked = _asked(found)
        st.metric(
            "Asked a human",
            share(found.asked, found.cases),
            None if budget is None else f"{'within' if asked <= budget else 'over'} the budget of {budget:.0%}",
            delta_color="green" if budget is None or asked <= budget else "red",
            delta_arrow="off",
            border=True,
        )
        st.metric("Flagged", share(found.flagged, found.cases), border=True)
        st.metric("Cost", _cost(found), border=True, help="What models charged, by the price table; rules are free")


def _started(found: Figures) -> int:
    """The cases that are not being driven right now."""
    return found.cases - found.by_status.get("running", 0)


def _asked(found: Figures) -> float:
    return found.asked / found.cases if found.cases else 0.0


def _cost(found: Figures) -> str:
    if not found.model_calls:
        return "0"
    return money(found.cost) if found.cost else f"{found.tokens:,} tokens"


def statuses(found: Figures) -> None:
    """How many cases stand where."""
    words = [f"{count:,} {status}" for status, count in found.by_status.items()]
    spent = [f"{found.model_calls:,} model calls"]
    spent += [f"{found.tokens:,} tokens"] if found.tokens else []
    spent += [f"cost {money(found.cost)}"] if found.cost else []
    show(quiet(" · ".join([*words, *spent])))


def waiting(found: Figures) -> None:
    """What waits for a human, and for how long."""
    if not found.waiting:
        st.success("Nothing waits for a human.", icon=":material/inbox:")
        return
    oldest = f", the oldest since {ago(found.oldest).removesuffix(' ago')}" if found.oldest else ""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        plural = "question waits" if found.waiting == 1 else "questions wait"
        st.markdown(f":orange[:material/inbox:] **{found.waiting:,}** {plural} for a human{oldest}.")
        st.page_link("views/inbox.py", label="Open the inbox", icon=":material/arrow_forward:")


def trend(found: Figures) -> None:
    """The days of the period, each with what came of its cases."""
    days = found.days
    st.subheader("Cases a day", anchor=False)
    rows = [
        {"day": day.date.isoformat(), "what": what, "cases": count, "place": place}
        for day in days
        for place, (what, count) in enumerate(
            ((ALONE, day.alone), (ASKED, day.asked), (OPEN, day.cases - day.alone - day.asked))
        )
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(size=WIDEST if len(days) < FEW else alt.Undefined)
        .encode(
            x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("cases:Q", title=None),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(
                    domain=[ALONE, ASKED, OPEN],
                    range=[COLOURS["completed"], COLOURS["waiting"], COLOURS["withdrawn"]],
                ),
                legend=alt.Legend(orient="top", title=None, labelLimit=300),
            ),
            order="place:Q",
            tooltip=["day:O", "what:N", "cases:Q"],
        )
        .properties(height=240)
    )
    st.altair_chart(chart, alt="Cases a day, by whether a human was asked")
    with st.expander("The same as a table"):
        st.dataframe([day.model_dump(mode="json") for day in reversed(days)], hide_index=True)


def conflicts(found: Figures) -> None:
    """Each conflict, how often it arose and how it was settled."""
    st.subheader("Conflicts", anchor=False)
    if not found.conflicts:
        st.caption("No declared conflict arose.")
    for conflict in found.conflicts:
        with st.container(border=True):
            _conflict(conflict, found.cases)


def _conflict(conflict: ConflictFigures, cases: int) -> None:
    st.markdown(f"**{escaped(conflict.name)}** arose in {conflict.cases:,} cases, {share(conflict.cases, cases)}")
    lines = [
        f'<div class="rh-name">{marked_up(how)}</div>'
        f"<div>{count:,}{bar(count / conflict.cases, COLOURS['running'])}</div>"
        for how, count in conflict.settled.items()
    ]
    show(f'<div class="rh-facts">{"".join(lines)}</div>')
