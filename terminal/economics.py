"""Economics for the terminal: who worked, what limits the work, and what it would cost."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from lab.economics import Economics, Offer, Post
from lab.licences.break_even import BreakEven
from lab.licences.economics_words import (
    amount,
    break_even_words,
    human_words,
    licence_unit,
    licence_words,
    limits,
    paid_words,
    part,
    rate,
)
from lab.licences.operations import Station
from state.duration import lasting
from terminal.block import blocks
from terminal.tables import table
from terminal.text import plain
from terminal.widest import Widest

BARS = " ▁▂▃▄▅▆▇█"

CHARACTERS = 20
"""How wide the course of a specialist's utilisation is."""

COURSE, UNIT = "over time", "pays for"
AT_LEFT = (COURSE, UNIT)
"""The columns that are not of numbers."""

Cell = Callable[[Post], str]


def economics_view(found: Economics, whose: str, table_name: str) -> RenderableType:
    """All of it; ``whose`` says which runs, and ``table_name`` which prices."""
    spent = found.ledger
    head = Text(f"{spent.cases:,} cases in {lasting(spent.span)}, {rate(found.throughput)}", style="dim")
    return Group(
        plain(whose, "bold"),
        head,
        Text(),
        Text("Who worked, who waited, who idled", "bold"),
        _who_worked(found),
        Text("busy and waited: added up over the cases · idle: time of its servers in which it did nothing", "dim"),
        Text(),
        *(plain(line) for line in (*limits(found), human_words(found), paid_words(found)) if line),
        Text(),
        _offers(found),
        *_idle(found),
        Text(),
        _break_evens(found.break_evens),
        *_notes(found, table_name),
    )


def _who_worked(found: Economics) -> RenderableType:
    columns = _columns(found.posts)
    rows = [(plain(post.work.specialist), [plain(cell(post)) for cell in columns.values()]) for post in found.posts]
    return _fitting("who", tuple(columns), rows, spare=(COURSE, "each", "servers", "tokens"))


def _fitting(
    first: str, names: Sequence[str], rows: Sequence[tuple[Text, Sequence[Text]]], spare: Sequence[str]
) -> RenderableType:
    """A table; where there is little room without the ``spare`` columns, and where there is less in blocks."""

    def shown(left_out: Sequence[str]) -> RenderableType:
        kept = [place for place, name in enumerate(names) if name not in left_out]
        made = table(first, *(names[place] for place in kept), right=[name for name in names if name not in AT_LEFT])
        for heading, cells in rows:
            made.add_row(heading, *(cells[place] for place in kept))
        return made

    narrow = blocks((heading, dict(zip(names, cells, strict=True))) for heading, cells in rows)
    return Widest(shown(()), Widest(shown(spare), narrow))


def _columns(posts: Sequence[Post]) -> Mapping[str, Cell]:
    """The columns by their headings; those of faults and models only where there are any."""
    columns: dict[str, Cell] = {
        "calls": lambda post: f"{post.work.executions:,}",
        "faults": lambda post: f"{post.work.faults:,}" if post.work.faults else "",
        "busy": lambda post: lasting(post.work.busy),
        "each": lambda post: lasting(post.station.service),
        "waited": lambda post: lasting(post.work.waiting),
        "idle": lambda post: lasting(post.idle),
        "servers": lambda post: str(post.station.servers),
        "used": lambda post: part(post.utilisation),
        "model calls": lambda post: f"{post.work.model_calls:,}" if post.work.model_calls else "",
        "tokens": lambda post: f"{tokens:,}" if (tokens := post.work.tokens_in + post.work.tokens_out) else "",
        "cost": lambda post: amount(post.work.cost, "") if post.work.cost else "",
        COURSE: lambda post: course(post.over_time),
    }
    optional = ("faults", "model calls", "tokens", "cost")
    return {name: cell for name, cell in columns.items() if name not in optional or any(map(cell, posts))}


def course(values: Sequence[float]) -> str:
    """Values as a row of bars, each row on a scale of its own; whatever is more than nothing has a bar."""
    size = max(1, len(values) // CHARACTERS)
    means = [sum(values[place : place + size]) / size for place in range(0, len(values), size)]
    highest = max(means, default=0.0)
    return "".join(BARS[0 if not each else max(1, round(each / highest * (len(BARS) - 1)))] for each in means)


def _offers(found: Economics) -> RenderableType:
    currency = f", in {found.prices.currency}" if found.prices.currency else ""
    paid = [offer.charge for offer in found.offers if not offer.licence.is_free]
    rows = []
    for offer in found.offers:
        is_cheapest = not offer.licence.is_free and offer.charge == min(paid)
        name = Text(licence_words(offer.licence.name), style="green" if is_cheapest else "")
        rows.append((name, _offer_cells(offer, found.volume)))
    names = ("specialists", "people", "total", "a case", "for idle time", UNIT)
    title = plain(f"What {found.volume:,} cases a month like these would cost{currency}", "bold")
    return Group(title, _fitting("licence", names, rows, spare=(UNIT,)))


def _offer_cells(offer: Offer, volume: int) -> list[Text]:
    unit = licence_unit(offer.licence.name)
    if offer.licence.is_free:
        return [Text("–", style="dim") for _ in range(5)] + [Text(f"{unit}: these cases used none", style="dim")]
    figures = [offer.charge, offer.human, offer.total, offer.total / volume]
    idle = Text(amount(offer.idle, "") if offer.idle else "none")
    return [*(Text(amount(each, "")) for each in figures), idle, Text(unit, style="dim")]


def _idle(found: Economics) -> Iterator[RenderableType]:
    """Who pays for the idle ones."""
    seats = found.idle_seats
    charge = sum(seat.charge for seat in seats)
    if charge:
        each = ", ".join(f"{seat.specialist} {part(seat.share)}" for seat in seats)
        yield plain(
            f"Idle seats: {amount(charge, found.prices.currency)} of the seats' month pay for nothing ({each}). By "
            "execution, token or second, the one who sells bears that."
        )


def _break_evens(found: Sequence[BreakEven]) -> RenderableType:
    rows = table("of", "what", title="Which licence is cheaper")
    rows.show_header = False
    for each in found:
        pair = f"{licence_words(each.one)} or {licence_words(each.other)}"
        rows.add_row(Text(pair, style="dim"), Text(break_even_words(each)))
    return rows


def _notes(found: Economics, table_name: str) -> Iterator[RenderableType]:
    yield plain(table_name, "dim")
    if found.strangers:
        yield plain(f"The price table names who did nothing here: {', '.join(found.strangers)}.", "yellow")


def economics_json(found: Economics) -> dict[str, Any]:
    """The same for a program; a rate without a limit is null."""
    human, more = found.ledger.human, found.one_more
    return {
        "cases": found.ledger.cases,
        "begins": found.ledger.begins.isoformat(),
        "ends": found.ledger.ends.isoformat(),
        "seconds": found.ledger.span,
        "throughput": found.throughput,
        "specialists": [_post_json(post) for post in found.posts],
        "people": {
            "answers": human.answers,
            "claimed": human.claimed,
            "open": human.open,
            "by_policy": human.by_policy,
            "seconds": found.human_seconds,
            "seconds_seen": human.seconds,
            "queued": human.queued,
        },
        "bottleneck": {
            "specialist": _named(found.specialists_bottleneck),
            "of_all": _named(found.bottleneck),
            "specialists_bound": _finite(found.specialists_bound),
            "bound": _finite(found.bound),
            "saturation": _finite(found.saturation),
            "one_more": more and {"servers": more.servers, "bound": _finite(more.bound), "next": more.next},
        },
        "currency": found.prices.currency,
        "cases_a_month": found.volume,
        "licences": [
            {
                "name": offer.licence.name,
                "specialists": offer.charge,
                "people": offer.human,
                "total": offer.total,
                "idle": offer.idle,
                "used": not offer.licence.is_free,
            }
            for offer in found.offers
        ],
        "idle_seats": [
            {"specialist": seat.specialist, "seats": seat.seats, "share": seat.share, "charge": seat.charge}
            for seat in found.idle_seats
        ],
        "break_even": [
            {
                "of": [each.one, each.other],
                "cheaper_at_first": each.first,
                "changes": list(each.changes),
                "looked_at_up_to": each.until,
            }
            for each in found.break_evens
        ],
    }


def _post_json(post: Post) -> dict[str, Any]:
    work = post.work
    return {
        "specialist": work.specialist,
        "executions": work.executions,
        "outcomes": dict(work.outcomes),
        "makings": work.makings,
        "busy": work.busy,
        "waiting": work.waiting,
        "idle": post.idle,
        "servers": post.station.servers,
        "utilisation": post.utilisation,
        "over_time": list(post.over_time),
        "model_calls": work.model_calls,
        "tool_calls": work.tool_calls,
        "tokens_in": work.tokens_in,
        "tokens_out": work.tokens_out,
        "tokens_cached": work.tokens_cached,
        "cost": work.cost,
    }


def _named(station: Station | None) -> str | None:
    return station.name if station else None


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
