"""What ``langgraph.json`` names, taken as LangGraph's server takes it: by the file's path, and called."""

import importlib.util
import inspect
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from graphs.catalogue import shipped
from state.sql.checkpoints import SqlCheckpointer
from tests.support.service import LEAD

ROOT = Path(__file__).parents[2]
FILE = json.loads((ROOT / "langgraph.json").read_text())


def named(place: str) -> Any:
    """What stands at a place, ``./file.py:name``, in a module of its own."""
    file, _, name = place.partition(":")
    spec = importlib.util.spec_from_file_location(f"served_{uuid4().hex}", ROOT / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)[name]


async def graph(name: str) -> Any:
    """The graph of that name, made as the server makes it."""
    return await named(FILE["graphs"][name])({"configurable": {}})


def test_every_workflow_that_is_shipped_is_there() -> None:
    assert tuple(FILE["graphs"]) == shipped().names
    assert set(FILE) == {"$schema", "python_version", "dependencies", "graphs", "checkpointer"}
    assert FILE["python_version"] in (ROOT / "pyproject.toml").read_text()
    assert FILE["dependencies"] == ["."]


@pytest.mark.parametrize("name", FILE["graphs"])
async def test_a_graph_is_made_without_a_checkpointer_by_one_that_takes_a_configuration(name: str) -> None:
    assert len(inspect.signature(named(FILE["graphs"][name])).parameters) == 1
    made = await graph(name)
    assert isinstance(made, CompiledStateGraph)
    assert made.checkpointer is None


async def test_a_graph_keeps_its_checkpoints_in_the_database_of_the_settings(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDHOUSE_DATABASE_URL", database_url)
    config: RunnableConfig = {"configurable": {"thread_id": str(uuid4())}}
    async with named(FILE["checkpointer"]["path"])() as saver:
        assert isinstance(saver, SqlCheckpointer)
        made = await graph("lead-qualification")
        served = made.copy(update={"checkpointer": saver})
        await served.ainvoke({"case": LEAD}, config)
    async with named(FILE["checkpointer"]["path"])() as saver:
        kept = await saver.aget_tuple(config)
        assert kept is not None
        assert kept.checkpoint["channel_values"]["case"]["company"] == LEAD["company"]
        assert kept.checkpoint["channel_values"]["progress"]
