"""Tiles and tables of economics."""

import streamlit as st

from lab.economics import Economics, Offer
from lab.licences.economics_words import amount, break_even_words, licence_unit, licence_words, part, rate
from state.content import NOTHING
from state.duration import lasting
from views.parts.panel import show, table
from views.parts.text import escaped


def tiles(found: Economics) -> None:
    """The figures that a person asks for first."""
    slowest, room = found.specialists_bottleneck, sum(post.station.servers for post in found.posts) * found.ledger.span
    busy = sum(post.work.busy for post in found.posts)
    paid = [offer for offer in found.offers if not offer.licence.is_free]
    cheapest = min(paid, key=lambda offer: offer.charge, default=None)
    with st.container(horizontal=True):
        _tile("Cases", f"{found.ledger.cases:,}", f"in {lasting(found.ledger.span)}")
        _tile("Went through", rate(found.throughput).replace(" cases", ""), "cases")
        name = escaped(slowest.name) if slowest else NOTHING
        about = "Of the specialists: who would be busy all the time first if more cases came"
        _tile("Bottleneck", name, f"at most {rate(found.specialists_bound)}", about)
        _tile("Idle", part(1 - min(1.0, busy / room)) if room else NOTHING, "of all servers' time")
        _tile("People's work", lasting(found.human_seconds), f"at most {rate(found.people.limit)}")
        if cheapest is not None:
            charge = amount(cheapest.charge, found.prices.currency)
            _tile("Cheapest", licence_words(cheapest.licence.name), f"{escaped(charge)} a month")


def _tile(label: str, value: str, below: str, about: str | None = None) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", help=about, border=True)


def work_table(found: Economics) -> None:
    """What the charts show, in numbers."""
    with st.expander("The same as a table"):
        st.dataframe(
            [
                {
                    "who": post.work.specialist,
                    "executions": post.work.executions,
                    "faults": post.work.faults,
                    "busy": lasting(post.work.busy),
                    "each": lasting(post.station.service),
                    "waited": lasting(post.work.waiting),
                    "idle": lasting(post.idle),
                    "servers": post.station.servers,
                    "used": part(post.utilisation),
                    "model calls": post.work.model_calls,
                    "tool calls": post.work.tool_calls,
                    "tokens in": post.work.tokens_in,
                    "cached": post.work.tokens_cached,
                    "tokens out": post.work.tokens_out,
                    "cost": post.work.cost,
                }
                for post in found.posts
            ],
            hide_index=True,
        )
        st.caption(
            "Busy and waited are added up over the cases. Servers: at how many cases it can be at the same time, as "
            "the prices declare, or else the most that it was seen at. Idle: the time of its servers in which it did "
            "nothing."
        )


def licences(found: Economics) -> None:
    """What a month costs under each licence."""
    currency = found.prices.currency
    st.markdown(f"**{found.volume:,}** cases a month like these{f', in {escaped(currency)}' if currency else ''}:")
    headings = ("licence", "specialists", "people", "total", "a case", "for idle time")
    show(table(headings, [_offer(offer, found.volume) for offer in found.offers]))
    names = [offer.licence.name for offer in found.offers]
    st.caption("What is paid for: " + "; ".join(f"{licence_words(name)}, {licence_unit(name)}" for name in names) + ".")


def _offer(offer: Offer, volume: int) -> list[str]:
    name = licence_words(offer.licence.name)
    if offer.licence.is_free:
        return [f"{name}: none was used", *[NOTHING] * 5]
    figures = [offer.charge, offer.human, offer.total, offer.total / volume]
    return [name, *(amount(each, "") for each in figures), amount(offer.idle, "") if offer.idle else "none"]


def break_evens(found: Economics) -> None:
    """Which of each two licences is cheaper, and from how many cases a month on."""
    rows = [
        (f"{licence_words(each.one)} or {licence_words(each.other)}", break_even_words(each))
        for each in found.break_evens
    ]
    show(table(("which", "cheaper is"), rows))
