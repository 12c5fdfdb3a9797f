"""Charts of economics: who worked and idled, when, and what each licence costs at how many cases."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil, floor, log10
from typing import Any

import altair as alt
import streamlit as st

from lab.economics import Economics
from lab.licences.economics_words import amount, break_even_words, licence_words, part
from state.duration import lasting
from views.parts.panel import QUIET
from views.parts.text import escaped, local

WORKED, IDLE, WAITED = "worked", "idle", "waited"

COLOURS = {WORKED: "#2e9e5b", IDLE: "#b3b7bd", WAITED: "#2f7fd1"}
"""The colour of each kind of time."""

LICENCES = {
    "by execution": "#2f7fd1",
    "by token": "#a855c7",
    "by second": "#c98a00",
    "by seat": "#d9483b",
    "by capacity": "#2e9e5b",
}
"""The colour of each licence, readable on light and on dark."""

UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1), ("milliseconds", 0.001))
"""The units of the axis of time, with their seconds."""

LANE = 34
"""How high a lane is, in pixels."""

POINTS = 160
"""At how many numbers of cases charges are drawn."""

DECADES = 5
"""How many powers of ten of charges are drawn, from the greatest downwards."""


def work_chart(found: Economics) -> None:
    """Which share of each specialist's time was worked, and which idled."""
    st.subheader("Who worked and who idled", anchor=False)
    rows = [
        {"who": post.work.specialist, "what": what, "share": share, "time": lasting(seconds), "place": place}
        for post in found.posts
        for used in [min(1.0, post.utilisation)]
        for place, (what, share, seconds) in enumerate(
            ((WORKED, used, post.work.busy), (IDLE, 1 - used, post.idle)),
        )
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("share:Q", title="of its servers' time", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            y=_lane(found),
            color=_coloured("what:N", {name: COLOURS[name] for name in (WORKED, IDLE)}),
            order="place:Q",
            tooltip=["who:N", "what:N", alt.Tooltip("share:Q", format=".2%"), "time:N"],
        )
    )
    _shown(chart, found, "Which share of its time each specialist worked and idled")


def waiting_chart(found: Economics) -> None:
    """How long each specialist worked on a making, and how long the case waited for that, on average."""
    st.subheader("What a case waited for", anchor=False)
    rows = [
        {"who": post.work.specialist, "what": what, "seconds": seconds, "each": lasting(seconds), "place": place}
        for post in found.posts
        if post.work.makings
        for place, (what, seconds) in enumerate(
            ((WAITED, post.work.waiting / post.work.makings), (WORKED, post.work.busy / post.work.makings))
        )
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("seconds:Q", title="seconds each time, on average"),
            y=_lane(found),
            color=_coloured("what:N", {name: COLOURS[name] for name in (WAITED, WORKED)}),
            order="place:Q",
            tooltip=["who:N", "what:N", "each:N"],
        )
    )
    _shown(chart, found, "How long a case waited for each specialist and how long it was worked at")


def over_time_chart(found: Economics) -> None:
    """How much of each specialist's time was used, stretch by stretch of the span."""
    st.subheader("Used over time", anchor=False)
    width, begins = found.ledger.width, found.ledger.begins
    unit, seconds = next((each for each in UNITS if found.ledger.span >= 2 * each[1]), UNITS[-1])
    rows: list[dict[str, Any]] = [
        {
            "who": post.work.specialist,
            "x0": place * width / seconds,
            "x1": (place + 1) * width / seconds,
            "used": used,
            "share": part(used),
            "from": local(begins + timedelta(seconds=place * width)),
        }
        for post in found.posts
        for place, used in enumerate(post.over_time)
    ]
    highest = max((row["used"] for row in rows), default=0.0) or 1.0
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(clip=True)
        .encode(
            x=alt.X(
                "x0:Q",
                title=f"{unit} since the first case",
                axis=alt.Axis(grid=False),
                scale=alt.Scale(domain=[0, found.ledger.span / seconds or 1.0], nice=False),
            ),
            x2="x1:Q",
            y=_lane(found).scale(paddingInner=0.15),
            color=alt.Color(
                "used:Q",
                scale=alt.Scale(domain=[0, highest], range=["#dfe5e1", "#14693a"]),
                legend=alt.Legend(title=None, format="~%", orient="top", gradientLength=200),
            ),
            tooltip=["who:N", "from:N", alt.Tooltip("share:N", title="used")],
        )
    )
    _shown(chart, found, "Which share of its time each specialist was busy, over time")


def idle_chart(found: Economics) -> None:
    """Who pays for the idle ones: what the seats of each specialist cost, and what of it pays for nothing."""
    st.subheader("Who pays for the idle ones", anchor=False)
    seats, currency = found.idle_seats, found.prices.currency
    rows = [
        {"who": seat.specialist, "what": what, "charge": charge, "said": amount(charge, currency), "place": place}
        for seat in seats
        for place, (what, charge) in enumerate(
            ((WORKED, seat.charge / seat.share * (1 - seat.share) if seat.share else 0.0), (IDLE, seat.charge))
        )
    ]
    total = sum(seat.charge for seat in seats)
    st.markdown(
        f"By seat, **{escaped(amount(total, currency))}** of a month with {found.volume:,} cases pay for time in which "
        "nothing is done. By execution, token or second, the one who sells bears that."
    )
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("charge:Q", title=f"a month{f', {currency}' if currency else ''}"),
            y=_lane(found),
            color=_coloured("what:N", {name: COLOURS[name] for name in (WORKED, IDLE)}),
            order="place:Q",
            tooltip=["who:N", "what:N", alt.Tooltip("said:N", title="pays")],
        )
    )
    _shown(chart, found, "What the seats of each specialist cost, for work and for idle time")


def cost_chart(found: Economics) -> None:
    """What each licence charges against the cases a month, with the break-evens as points."""
    volumes = _volumes(found)
    curves: list[dict[str, Any]] = [
        {"licence": licence_words(each.name), "cases": cases, "charge": charge, "said": amount(charge, "")}
        for each in (offer.licence for offer in found.offers)
        if not each.is_free
        for cases in volumes
        if (charge := each.charge(cases)) > 0
    ]
    if not curves:
        return
    highest = max(row["charge"] for row in curves)
    drawn = {name: colour for name, colour in LICENCES.items() if any(row["licence"] == name for row in curves)}
    ends, heights = (volumes[0], volumes[-1]), (highest / 10**DECADES, highest)
    currency = found.prices.currency
    x = alt.X("cases:Q", title="cases a month", scale=_log(*ends), axis=_decades(*ends))
    y = alt.Y(
        "charge:Q", title=f"a month{f', {currency}' if currency else ''}", scale=_log(*heights), axis=_decades(*heights)
    )
    lines = (
        alt.Chart(alt.InlineData(values=curves))
        .mark_line(clip=True, strokeWidth=2.2)
        .encode(x=x, y=y, color=_coloured("licence:N", drawn), tooltip=["licence:N", "cases:Q", "said:N"])
    )
    here = alt.Chart(alt.InlineData(values=[{"cases": found.volume}])).mark_rule(strokeDash=[4, 3], color=QUIET)
    points = list(_crossings(found, volumes[-1]))
    turns = alt.Chart(alt.InlineData(values=points))
    rules = turns.mark_rule(opacity=0.35, strokeDash=[2, 3], color=QUIET).encode(x="cases:Q")
    dots = turns.mark_point(filled=True, size=70, color="#e8590c", clip=True, opacity=1).encode(
        x="cases:Q", y="charge:Q", tooltip=["of:N", "cheaper:N"]
    )
    chart = alt.layer(rules, here.encode(x="cases:Q"), lines, dots).properties(height=330)
    st.altair_chart(chart, alt="What each licence charges a month, against the number of cases")
    st.caption("The dots are break-evens; the dashed line is at the cases a month that are charged for above.")


def _volumes(found: Economics) -> list[int]:
    """The numbers of cases that are drawn, evenly on a logarithmic scale: around the present one and break-evens."""
    turns = [each.changes[0] for each in found.break_evens if each.changes]
    near = [turn for turn in turns if turn <= 10_000 * found.volume]
    low, high = max(1, min([found.volume, *near]) // 30), 10 * max([found.volume, *near])
    return sorted({max(1, round(low * (high / low) ** (place / (POINTS - 1)))) for place in range(POINTS)})


def _crossings(found: Economics, most: int) -> Iterator[dict[str, Any]]:
    charges = {offer.licence.name: offer.licence.charge for offer in found.offers}
    for each in found.break_evens:
        if each.changes and each.changes[0] <= most:
            pair = f"{licence_words(each.one)} or {licence_words(each.other)}"
            charge = charges[each.one](each.changes[0])
            yield {"of": pair, "cases": each.changes[0], "charge": charge, "cheaper": break_even_words(each)}


def _log(low: float, high: float) -> alt.Scale:
    return alt.Scale(type="log", domain=[low, high], nice=False)


def _decades(low: float, high: float) -> alt.Axis:
    """An axis with a tick at each power of ten."""
    powers = range(ceil(log10(low)), floor(log10(high)) + 1)
    return alt.Axis(format=",~f", values=[10.0**power for power in powers], labelOverlap=True)


def _lane(found: Economics) -> alt.Y:
    names = [post.work.specialist for post in found.posts]
    return alt.Y("who:N", sort=names, title=None, axis=alt.Axis(labelLimit=160))


def _coloured(of: str, colours: dict[str, str]) -> alt.Color:
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(of, scale=scale, legend=alt.Legend(orient="top", title=None, columns=3))


def _shown(chart: alt.Chart, found: Economics, said: str) -> None:
    st.altair_chart(chart, height=LANE * len(found.posts) + 110, alt=said)
