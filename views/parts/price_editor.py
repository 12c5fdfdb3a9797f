"""The price editor: a price table to play with on a page. Nothing of it is saved; the file can be downloaded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import streamlit as st

from lab.economics import economics
from lab.licences.price_table import PriceTable, parse_price_table, read_price_table
from state.errors import UsageError
from state.ledger import Ledger
from views.parts.text import escaped

MOST = 1_000_000_000
"""The most cases a month."""

COLUMNS = {"servers": "servers", "a seat, a month": "seat", "an execution": "execution", "a second": "second"}
"""The columns of what single specialists have of their own, by their headings, with their tables."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was put in."""

    table: PriceTable
    volume: int
    """Cases a month."""


def edited_prices(ledger: Ledger) -> Chosen:
    """The editor, and what was put in."""
    st.subheader("Prices", anchor=False)
    st.caption(
        "Examples, of no vendor. Change them, or upload your own table; nothing is saved here. Download it to keep it, "
        "and for the command: roundhouse economics \\-\\-prices FILE"
    )
    base = _uploaded() or read_price_table()
    key = hashlib.sha256(base.as_toml().encode()).hexdigest()[:8]
    usual = economics(ledger, base).volume
    volume = st.number_input("Cases a month", 1, MOST, usual, width=240, key=f"volume-{usual}")
    table = _numbers(base, key)
    table = _of_specialists(table, [work.specialist for work in ledger.work], key)
    st.download_button(
        "Download as TOML", table.as_toml(), "prices.toml", "application/toml", icon=":material/download:",
        on_click="ignore", key="prices-download",
    )  # fmt: skip
    return Chosen(table, volume)


def _uploaded() -> PriceTable | None:
    file = st.file_uploader("Your price table", ["toml"], key="prices-file")
    if file is None:
        return None
    try:
        return parse_price_table(file.getvalue(), file.name)
    except UsageError as refused:
        st.error(escaped(str(refused)), icon=":material/error:")
        return None


def _numbers(base: PriceTable, key: str) -> PriceTable:
    """The prices that hold for all."""
    people, use, rent = st.columns(3)
    with people:
        human = {
            "hour": _money("An hour of a person", base.human.hour, f"hour-{key}"),
            "minutes_per_answer": _money("Minutes of an answer", base.human.minutes_per_answer, f"minutes-{key}"),
            "people": _count("People who answer", base.human.people, f"people-{key}"),
        }
        currency = st.text_input("Currency", base.currency, max_chars=12, key=f"currency-{key}")
    with use:
        execution = {"each": _money("An execution", base.execution.each, f"execution-{key}")}
        second = {"each": _money("A busy second", base.second.each, f"second-{key}")}
        token = {
            "input": _money("A million tokens in", base.token.input, f"in-{key}"),
            "cached": _money("of which cached", _cached(base), f"cached-{key}"),
            "output": _money("A million tokens out", base.token.output, f"out-{key}"),
        }
    with rent:
        seat = {"month": _money("A seat, a month", base.seat.month, f"seat-{key}")}
        capacity = {
            "month": _money("The licence for slots, a month", base.capacity.month, f"capacity-{key}"),
            "slots": _count("Slots that are included", base.capacity.slots, f"slots-{key}"),
            "slot": _money("A further slot, a month", base.capacity.slot, f"slot-{key}"),
        }
        busiest = _share("How busy they may be, in %", base.seat.busiest, f"busiest-{key}")
    changes = {"human": human, "execution": execution, "token": token, "second": second}
    changes |= {"seat": seat | {"busiest": busiest}, "capacity": capacity | {"busiest": busiest}}
    return _changed(base, changes | {"currency": currency})


def _cached(base: PriceTable) -> float:
    return base.token.input if base.token.cached is None else base.token.cached


def _of_specialists(table: PriceTable, names: Sequence[str], key: str) -> PriceTable:
    """What single specialists have of their own; an empty cell stands for what holds for all."""
    own: Mapping[str, Mapping[str, float]] = {
        "servers": table.servers,
        "seat": table.seat.of,
        "execution": table.execution.of,
        "second": table.second.of,
    }
    rows: list[dict[str, Any]] = [
        {"who": name} | {said: own[of].get(name) for said, of in COLUMNS.items()} for name in names
    ]
    with st.expander("Of single specialists"):
        edited = st.data_editor(
            rows,
            hide_index=True,
            disabled=["who"],
            column_config={
                "servers": st.column_config.NumberColumn(min_value=1, step=1, help="Else as many as it was seen at"),
                "a seat, a month": st.column_config.NumberColumn(min_value=0.0),
                "an execution": st.column_config.NumberColumn(min_value=0.0),
                "a second": st.column_config.NumberColumn(min_value=0.0),
            },
            placeholder="as for all",
            key=f"own-{key}",
        )
    given = {of: {row["who"]: row[said] for row in edited if _is_given(row[said])} for said, of in COLUMNS.items()}
    elsewhere = {of: {name: price for name, price in own[of].items() if name not in names} for of in own}
    changes: dict[str, Any] = {of: {"of": elsewhere[of] | given[of]} for of in ("seat", "execution", "second")}
    return _changed(table, changes | {"servers": {**elsewhere["servers"], **given["servers"]}})


def _is_given(cell: float | None) -> bool:
    """Whether a cell holds a number; an empty one may hold one that is none."""
    return cell is not None and not isnan(cell)


def _changed(table: PriceTable, changes: Mapping[str, Any]) -> PriceTable:
    """The table with other values; a mapping replaces only the values that it names."""
    held: dict[str, Any] = table.model_dump(exclude_none=True)
    for name, value in changes.items():
        held[name] = held[name] | value if isinstance(value, Mapping) and name != "servers" else value
    return PriceTable.model_validate(held)


def _money(label: str, value: float, key: str) -> float:
    step = 1.0 if value >= 10 else 0.1 if value >= 1 else 0.001
    return float(st.number_input(label, 0.0, None, value, step=step, format="%.6g", key=key))


def _count(label: str, value: int, key: str) -> int:
    return int(st.number_input(label, 1, 1_000_000, value, key=key))


def _share(label: str, value: float, key: str) -> float:
    return float(st.number_input(label, 1, 100, round(value * 100), key=key)) / 100
