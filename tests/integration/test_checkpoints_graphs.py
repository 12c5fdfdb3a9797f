"""Real graphs on the checkpointer, and the ways to make one."""

import asyncio
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from sqlalchemy import create_engine, func, select

from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database
from state.sql.tables import saved_checkpoints
from tests.support.checkpoints import listed, put, thread


@pytest.fixture
def saver(database: Database) -> SqlCheckpointer:
    return SqlCheckpointer(database)


class Lead(TypedDict, total=False):
    """The state of the graph below."""

    company: str
    score: int
    approved: bool


def graph(saver: SqlCheckpointer) -> Any:
    builder = StateGraph(Lead)
    builder.add_node("analyst", lambda lead: {"score": len(lead["company"])})
    builder.add_node("gate", lambda lead: {"approved": interrupt({"score": lead["score"]})})
    builder.add_edge(START, "analyst").add_edge("analyst", "gate").add_edge("gate", END)
    return builder.compile(checkpointer=saver)


async def test_a_graph_stops_at_a_question_and_goes_on(saver: SqlCheckpointer) -> None:
    config = thread()
    asked = await graph(saver).ainvoke({"company": "Acme"}, config, durability="sync")
    assert asked["__interrupt__"][0].value == {"score": 4}
    answered = await graph(saver).ainvoke(Command(resume=True), config, durability="sync")
    assert answered == {"company": "Acme", "score": 4, "approved": True}
    history = [state.values async for state in graph(saver).aget_state_history(config)]
    assert history[0] == answered


def test_a_graph_runs_on_the_synchronous_face(saver: SqlCheckpointer) -> None:
    config = thread()
    graph(saver).invoke({"company": "Acme"}, config, durability="sync")
    answered = graph(saver).invoke(Command(resume=True), config, durability="sync")
    assert answered == {"company": "Acme", "score": 4, "approved": True}


async def test_an_ordinary_engine_will_do(database_url: str) -> None:
    url = Database.open(database_url)
    engine = create_engine(url.engine.url)
    url.close()
    saver = SqlCheckpointer(engine)
    await put(saver, thread())
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(saved_checkpoints)) == 1
    saver.close()


async def test_a_database_in_memory_will_do() -> None:
    with Database.open("sqlite://") as database:
        saver = SqlCheckpointer(database)
        await asyncio.gather(*(put(saver, thread(f"thread-{number}")) for number in range(20)))
        assert len(await listed(saver, None)) == 20
