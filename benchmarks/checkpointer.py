"""How fast runs go through the checkpointer, against LangGraph's own savers.

Every saver drives the same graph: four trivial specialists in a chain, ``durability="sync"``. Contestants take
turns, several rounds of them, and a figure is the median over the rounds of the ratio within one round, so
that a machine that is slow for a while is slow for both.

The rivals' set-up is the best simple one. ``AsyncSqliteSaver``: a file in WAL mode with ``synchronous=FULL``,
which is what ours uses. ``AsyncPostgresSaver``: a pool of ten connections with prepared statements, on the
same server with its default of a synchronous commit. ``InMemorySaver`` keeps nothing.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict
from uuid import uuid4

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from rich.console import Console
from sqlalchemy import text

from benchmarks.postgres import postgres_url
from benchmarks.report import SHOWN, Row, table
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database

ROUNDS = 5
CASES = {32: 192, 1: 40}
"""Cases of one turn, by how many of them run at once."""

Saver = BaseCheckpointSaver[Any]
Contestant = Callable[[], AbstractAsyncContextManager[Saver]]


class Lead(TypedDict, total=False):
    """The state of the chain."""

    company: str
    score: float
    context: str
    team: str
    update: str


def chain(saver: Saver) -> Any:
    """Four specialists, one after the other, that do next to nothing."""
    graph = StateGraph(Lead)
    graph.add_node("analyst", _analyst)
    graph.add_node("researcher", _researcher)
    graph.add_node("router", _router)
    graph.add_node("communicator", _communicator)
    for before, after in pairwise((START, "analyst", "researcher", "router", "communicator", END)):
        graph.add_edge(before, after)
    return graph.compile(checkpointer=saver)


async def _analyst(state: Lead) -> Lead:
    return {"score": 0.7}


async def _researcher(state: Lead) -> Lead:
    return {"context": f"{state['company']} is in the register"}


async def _router(state: Lead) -> Lead:
    return {"team": "north" if state["score"] > 0.5 else "south"}


async def _communicator(state: Lead) -> Lead:
    return {"update": f"{state['company']} goes to {state['team']}"}


async def cases_a_second(saver: Saver, concurrency: int) -> float:
    """Run the cases of one turn, so many at once."""
    graph, count = chain(saver), CASES[concurrency]
    waiting = iter(range(count))

    async def drive() -> None:
        for number in waiting:
            config = {"configurable": {"thread_id": str(uuid4())}}
            await graph.ainvoke({"company": f"Company {number}"}, config, durability="sync")

    start = time.perf_counter()
    await asyncio.gather(*(drive() for _ in range(concurrency)))
    return count / (time.perf_counter() - start)


async def ratio(ours: Contestant, theirs: Contestant, concurrency: int) -> float:
    """The median, over the rounds, of how many times theirs ours does."""
    rounds = []
    async with ours() as our_saver, theirs() as their_saver:
        for saver in (our_saver, their_saver):
            await cases_a_second(saver, concurrency)
        for _ in range(ROUNDS):
            mine = await cases_a_second(our_saver, concurrency)
            rounds.append(mine / await cases_a_second(their_saver, concurrency))
    return statistics.median(rounds)


async def measure() -> list[Row]:
    """All figures, with their targets."""
    with tempfile.TemporaryDirectory(prefix="roundhouse-bench-") as folder, postgres_url() as url:
        sqlite, rival = _ours(f"sqlite:///{folder}/ours.db"), _async_sqlite(Path(folder, "theirs.db"))
        postgres = _ours(url)
        commits, size = await _economy(f"sqlite:///{folder}/economy.db")
        return [
            _times("SQLite, 32 at once, against AsyncSqliteSaver", 2.5, await ratio(sqlite, rival, 32)),
            _times("SQLite, 1 at once, against AsyncSqliteSaver", 1.0, await ratio(sqlite, rival, 1)),
            _times("SQLite, 32 at once, against InMemorySaver", 0.6, await ratio(sqlite, _memory, 32)),
            _times("SQLite, 1 at once, against InMemorySaver", None, await ratio(sqlite, _memory, 1)),
            _times(
                "PostgreSQL, 32 at once, against AsyncPostgresSaver",
                2.0,
                await ratio(postgres, _async_postgres(url), 32),
            ),
            _times(
                "PostgreSQL, 1 at once, against AsyncPostgresSaver",
                None,
                await ratio(postgres, _async_postgres(url), 1),
            ),
            Row("commits a case, SQLite, 32 at once", "< 2", f"{commits:.2f}", commits < 2),
            Row("bytes a case, SQLite", SHOWN, f"{size:,.0f}", True),
        ]


async def _economy(url: str) -> tuple[float, float]:
    """Commits and bytes of a case at 32 at once."""
    with Database.open(url) as database:
        empty = _bytes(database)
        await cases_a_second(SqlCheckpointer(database), 32)
        return database.committer.commits / CASES[32], (_bytes(database) - empty) / CASES[32]


def _bytes(database: Database) -> int:
    with database.reading() as connection:
        pages, size = (connection.scalar(text(f"PRAGMA {name}")) for name in ("page_count", "page_size"))
    return int(pages or 0) * int(size or 0)


def _times(what: str, target: float | None, measured: float) -> Row:
    wanted = SHOWN if target is None else f"≥ {target:.1f}x"
    return Row(what, wanted, f"{measured:.2f}x", target is None or measured >= target)


def _ours(url: str) -> Contestant:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Saver]:
        with Database.open(url) as database:
            yield SqlCheckpointer(database)

    return opened


def _async_sqlite(file: Path) -> Contestant:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Saver]:
        async with AsyncSqliteSaver.from_conn_string(str(file)) as saver:
            await saver.setup()
            await saver.conn.execute("PRAGMA synchronous = FULL")
            yield saver

    return opened


def _async_postgres(url: str) -> Contestant:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Saver]:
        options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        async with AsyncConnectionPool(url, min_size=10, max_size=10, kwargs=options) as pool:
            saver = AsyncPostgresSaver(pool)  # type: ignore[arg-type]  # the row factory is in the options
            await saver.setup()
            yield saver

    return opened


@asynccontextmanager
async def _memory() -> AsyncIterator[Saver]:
    yield InMemorySaver()


if __name__ == "__main__":
    Console().print(table("Checkpointer", asyncio.run(measure())))
