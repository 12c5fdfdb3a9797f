"""The rival of the chat models: the LangGraph chain that a good engineer writes by hand with ``ChatOpenAI``.

A node for each specialist in the order in which they are declared; each is told the same instructions, is shown the
case and all earlier decisions, and answers by ``with_structured_output``, built once. Decisions are plain JSON in the
state, checkpoints go to ``AsyncSqliteSaver`` on a file in WAL mode with ``synchronous=FULL``.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict, cast

import httpx2
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from pydantic import SecretStr

from agents.model import ModelSpecialist
from benchmarks.model_process import MODEL
from graphs.workflow import Workflow
from state.decision import Decision

AT_ONCE = 65
"""Connections: as many as the hub's own client has."""


class ChainState(TypedDict, total=False):
    """The state of the hand-written chain."""

    case: dict[str, Any]
    decisions: dict[str, dict[str, Any]]


@asynccontextmanager
async def model_chain(workflow: Workflow, url: str, database: Path) -> AsyncIterator[Any]:
    """The chain, compiled, while the context is open."""
    limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with (
        httpx2.AsyncClient(limits=limits, timeout=60.0) as http,
        AsyncSqliteSaver.from_conn_string(str(database)) as saver,
    ):
        await saver.setup()
        await saver.conn.execute("PRAGMA synchronous = FULL")
        model = ChatOpenAI(model=MODEL, base_url=url, api_key=SecretStr("none"), http_async_client=http)
        graph = StateGraph(ChainState)
        names = [owner.name for owner in workflow.specialists]
        for owner in workflow.specialists:
            graph.add_node(owner.name, _node(cast(ModelSpecialist, owner), model))
        for before, after in pairwise((START, *names, END)):
            graph.add_edge(before, after)
        yield graph.compile(checkpointer=saver)


def _node(owner: ModelSpecialist, model: ChatOpenAI) -> Any:
    decides = owner.decides
    structured = model.with_structured_output(decides, method="json_schema", strict=True)
    role = f"You are the {owner.name}. You decide {decides.__name__}: {cleandoc(decides.__doc__ or '')}"
    system = SystemMessage(f"{role}\n{owner.brief.instructions}")

    async def node(state: ChainState) -> ChainState:
        known = state.get("decisions", {})
        human = HumanMessage(f"Case:\n{json.dumps(state['case'])}\n\nEarlier decisions:\n{json.dumps(known)}")
        decision = cast(Decision, await structured.ainvoke([system, human]))
        return {"decisions": {**known, decides.__name__: decision.model_dump(mode="json")}}

    return node
