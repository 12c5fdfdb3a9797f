"""The timeline of a run as a chart: work, waiting for others and waiting for a human, on a broken axis."""

from datetime import UTC, datetime
from typing import Any

import altair as alt
import streamlit as st

from state.axis import Axis, compressed
from state.duration import lasting
from state.run import RunStory
from state.spent import model_columns
from state.timeline import HUMAN, Span, timeline
from views.parts.calls import calls_table
from views.parts.panel import quiet, show
from views.parts.text import local

COLOURS = {
    "worked": "#2e9e5b",
    "queued": "#2f7fd1",
    "waited for others": "#8a8f98",
    "waited for a human": "#c98a00",
}
"""The colour of each kind of time."""

LANE = 34
"""How high a lane is, in pixels."""


def timeline_chart(story: RunStory) -> None:
    """The chart, and the same in numbers."""
    spans = timeline(story, datetime.now(UTC))
    if not spans:
        st.info("Nothing has happened yet.")
        return
    lanes = sorted(dict.fromkeys(span.lane for span in spans), key=lambda lane: lane == HUMAN)
    chart = _chart(compressed(spans), lanes)
    st.altair_chart(chart, height=LANE * len(lanes) + 110, alt="Who worked and who waited, specialist by specialist")
    _totals(spans)
    with st.expander("The same as a table"):
        st.dataframe([_row(span) for span in spans], hide_index=True)
    if model_columns(story.executions):
        with st.container(border=True):
            calls = sorted(story.executions, key=lambda call: call.started_at)
            show('<div class="rh-title">Who was called</div>', calls_table(calls))


def _chart(axis: Axis, lanes: list[str]) -> alt.LayerChart | alt.FacetChart:
    rows = [{"lane": each.span.lane, "x0": each.x0, "x1": each.x1, **_row(each.span)} for each in axis.drawn]
    ticks = {tick.x: tick.label for tick in axis.ticks}
    position = alt.Axis(
        values=list(ticks),
        labelExpr=f"({_literal(ticks)})[format(datum.value, '.6f')] || ''",
        grid=False,
        title=None,
        labelOverlap=True,
    )
    lane = alt.Y("lane:N", sort=lanes, title=None, axis=alt.Axis(labelLimit=160))
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("x0:Q", scale=alt.Scale(domain=[0, 1]), axis=position),
            x2="x1:Q",
            y=lane,
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                legend=alt.Legend(orient="bottom", title=None),
            ),
            tooltip=["kind:N", "what:N", "lasted:N", "began:N"],
        )
    )
    breaks = [{"x": each.x, "x0": each.x0, "x1": each.x1, "label": f"⁄⁄ {each.label}"} for each in axis.breaks]
    shade = alt.Chart(alt.InlineData(values=breaks)).mark_rect(opacity=0.08, color="#888").encode(x="x0:Q", x2="x1:Q")
    words = (
        alt.Chart(alt.InlineData(values=breaks))
        .mark_text(baseline="bottom", fontSize=11, color="#888", dy=-2)
        .encode(x="x:Q", y=alt.value(0), text="label:N")
    )
    return alt.layer(shade, bars, words).properties(height=LANE * len(lanes), padding={"top": 24})


def _literal(ticks: dict[float, str]) -> str:
    """The labels of ticks as an object of Vega's expressions; they are made of numbers and units alone."""
    return "{" + ", ".join(f"'{x:.6f}': '{label}'" for x, label in ticks.items()) + "}"


def _row(span: Span) -> dict[str, Any]:
    return {
        "who": span.lane,
        "kind": span.kind,
        "what": span.what,
        "began": local(span.start),
        "lasted": lasting(span.seconds),
    }


def _totals(spans: tuple[Span, ...]) -> None:
    totals = {kind: sum(span.seconds for span in spans if span.kind == kind) for kind in COLOURS}
    show(quiet(" · ".join(f"{kind}: {lasting(seconds)}" for kind, seconds in totals.items() if seconds)))
    st.caption("Stretches in which nobody worked are drawn short, with how long they took.")
