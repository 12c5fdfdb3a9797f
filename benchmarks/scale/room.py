"""What a finished case leaves in the tables: rows and bytes, before and after ``prune``.

All questions are answered, so that every case has come to its end. Bytes are those of the tables with their indexes and
what PostgreSQL keeps beside them; once as they lie, with what updates have left behind, and once packed by ``VACUUM
FULL``, which is what a table grows by in the long run.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.report import SHOWN, Row
from benchmarks.scale.site import Site, opened_site
from benchmarks.scale.sizes import Sizes
from benchmarks.scale.speed import enqueue
from runtime.answering import answer_all
from runtime.roundhouse import Roundhouse
from state.sql.prune import Ended

AT_ONCE = 16
"""How many answers are given at the same time."""

TABLES = (
    "SELECT relname::text, pg_total_relation_size(oid) FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)

SMALLEST = 0.05
"""Rows a case, of those tables that are told one by one."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one table holds."""

    rows: int
    bytes: int


Tables = Mapping[str, Held]


def measure(server: str, sizes: Sizes) -> list[Row]:
    """The rows of room."""
    cases = sizes.finished
    with opened_site(server) as site:
        empty = _held(site, "packed")
        enqueue(site, cases)
        site.hire(1, sizes.concurrency)
        site.until(lambda: site.done() == cases)
        asyncio.run(_answer(site))
        site.until(lambda: site.done() == cases)
        site.dismiss()
        asyncio.run(_answer(site))
        lying, packed = _held(site, "lying"), _held(site, "packed")
        asyncio.run(_prune(site))
        pruned = _held(site, "packed")
        ended = site.row("SELECT count(*) FROM runs WHERE ended_at IS NOT NULL")[0]
    return [
        Row(f"cases that have come to their end, of {cases:,}", f"{cases:,}", f"{ended:,}", ended == cases),
        _total("a finished case, before prune", packed, empty, cases),
        _total("a finished case, after prune", pruned, empty, cases),
        _total("a finished case, before prune, as it lies", lying, empty, cases),
        *_each(packed, pruned, empty, cases),
    ]


async def _answer(site: Site) -> None:
    """Approve whatever waits."""
    async with Roundhouse.open(site.url) as roundhouse:
        waiting = [review.id for review in await roundhouse.inbox(limit=100_000)]
        await answer_all(roundhouse, waiting, AT_ONCE, action="approve", by="ann")


async def _prune(site: Site) -> None:
    async with Roundhouse.open(site.url) as roundhouse:
        await roundhouse.prune(Ended(datetime.now(UTC)), by="ann")


def _held(site: Site, how: str) -> Tables:
    """What the tables hold, as they lie or packed."""
    site.do("VACUUM (FULL, ANALYZE)" if how == "packed" else "VACUUM (ANALYZE)")
    return {name: Held(site.row(f'SELECT count(*) FROM "{name}"')[0], size) for name, size in site.rows(TABLES)}


def _total(name: str, held: Tables, empty: Tables, cases: int) -> Row:
    rows = sum(each.rows - empty[table].rows for table, each in held.items())
    size = sum(each.bytes - empty[table].bytes for table, each in held.items())
    return Row(name, SHOWN, f"{rows / cases:.1f} rows, {size / cases / 1000:.1f} kB", True)


def _each(packed: Tables, pruned: Tables, empty: Tables, cases: int) -> list[Row]:
    """The tables that hold something of a case, the largest first."""
    told = sorted(packed, key=lambda table: packed[table].bytes, reverse=True)
    return [
        Row(f"… in {table}", SHOWN, f"{_share(packed[table], cases)}; {_share(pruned[table], cases)}", True)
        for table in told
        if packed[table].rows - empty[table].rows > SMALLEST * cases
    ]


def _share(held: Held, cases: int) -> str:
    return f"{held.rows / cases:.2f} rows, {held.bytes / cases / 1000:.2f} kB"
