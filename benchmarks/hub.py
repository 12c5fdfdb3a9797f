"""How fast leads go through the hub, against a hand-written LangGraph chain of the same five functions.

Both sides use ``durability="sync"`` and 32 runs at once. The chain is what a good engineer writes by hand: a node for
each specialist in the one order that works, decisions as plain JSON in the state, ``AsyncSqliteSaver`` on a file in
WAL mode with ``synchronous=FULL``. It reads each decision by its type; it has no conflicts, questions or ledger.

The hub is measured twice: as a bare graph on ``SqlCheckpointer``, and as the whole product: run rows, leases, records,
ledger, reviews and outbox included. Contestants take turns; a figure is the median of the ratios within a round.
"""

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict, cast
from uuid import uuid4

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from rich.console import Console

from agents.handoff import Handoff
from agents.specialist import FunctionSpecialist
from benchmarks.driven import LEADS, Drive, cases_a_second
from benchmarks.report import Row, table
from graphs.catalogue import shipped
from graphs.hub import hub
from graphs.workflow import Workflow
from runtime.intake import Accepted, Source
from runtime.roundhouse import Roundhouse
from state.case import Case
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database

ROUNDS = 5
CASES = 128


class ChainState(TypedDict, total=False):
    """The state of the hand-written chain."""

    case: dict[str, Any]
    decisions: dict[str, dict[str, Any]]


def chain(workflow: Workflow, saver: AsyncSqliteSaver) -> Any:
    """The five functions in a row, as one would write it by hand."""
    graph = StateGraph(ChainState)
    for specialist in workflow.specialists:
        graph.add_node(specialist.name, _chain_node(workflow, cast(FunctionSpecialist, specialist)))
    for before, after in pairwise((START, *(specialist.name for specialist in workflow.specialists), END)):
        graph.add_edge(before, after)
    return graph.compile(checkpointer=saver)


def _chain_node(workflow: Workflow, specialist: FunctionSpecialist) -> Any:
    async def node(state: ChainState) -> ChainState:
        known = state.get("decisions", {})
        needs = {need: need.model_validate(known[need.__name__]) for need in specialist.needs}
        decision = await specialist(Handoff(case=workflow.case.model_validate(state["case"]), decisions=needs))
        return {"decisions": {**known, specialist.decides.__name__: decision.model_dump(mode="json")}}

    return node


async def measure() -> list[Row]:
    """All figures, with their targets."""
    workflow = shipped().load("lead-qualification")
    cases = [row.case for row in Source(LEADS, workflow.case).rows() if isinstance(row, Accepted)][:CASES]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="roundhouse-bench-"))
        rival = await stack.enter_async_context(_chained(workflow, Path(folder)))
        bare = await stack.enter_async_context(_bare_hub(workflow, Path(folder)))
        whole = await stack.enter_async_context(_whole_product(Path(folder)))
        ratios = await _ratios((bare, whole), rival, cases)
    names = "the hub's graph on SqlCheckpointer", "the whole product, ledger and tables included"
    return [
        Row(f"leads through {name}, against a hand-written chain", "≥ 1.2x", f"{ratio:.2f}x", ratio >= 1.2)
        for name, ratio in zip(names, ratios, strict=True)
    ]


async def _ratios(contestants: tuple[Drive, ...], rival: Drive, cases: list[Case]) -> list[float]:
    for drive in (*contestants, rival):
        await cases_a_second(drive, cases)
    rounds = []
    for _ in range(ROUNDS):
        speeds = [await cases_a_second(drive, cases) for drive in contestants]
        theirs = await cases_a_second(rival, cases)
        rounds.append([speed / theirs for speed in speeds])
    return [statistics.median(ratios) for ratios in zip(*rounds, strict=True)]


@asynccontextmanager
async def _chained(workflow: Workflow, folder: Path) -> AsyncIterator[Drive]:
    async with AsyncSqliteSaver.from_conn_string(str(folder / "chain.db")) as saver:
        await saver.setup()
        await saver.conn.execute("PRAGMA synchronous = FULL")
        graph = chain(workflow, saver)

        async def drive(case: Case) -> object:
            return await graph.ainvoke({"case": case.model_dump(mode="json")}, _thread(), durability="sync")

        yield drive


@asynccontextmanager
async def _bare_hub(workflow: Workflow, folder: Path) -> AsyncIterator[Drive]:
    with Database.open(f"sqlite:///{folder / 'hub.db'}") as database:
        graph: Any = hub(workflow).compile(checkpointer=SqlCheckpointer(database))

        async def drive(case: Case) -> object:
            return await graph.ainvoke({"case": case.model_dump(mode="json")}, _thread(), durability="sync")

        yield drive


@asynccontextmanager
async def _whole_product(folder: Path) -> AsyncIterator[Drive]:
    async with Roundhouse.open(f"sqlite:///{folder / 'product.db'}") as roundhouse:
        driver = await roundhouse.driver("lead-qualification")

        async def drive(case: Case) -> object:
            return await driver.start(case, uuid4().hex)

        yield drive


def _thread() -> dict[str, Any]:
    return {"configurable": {"thread_id": uuid4().hex}}


if __name__ == "__main__":
    Console().print(table("Hub", asyncio.run(measure())))
