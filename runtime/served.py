"""The shipped workflows as graphs, and the checkpointer, for LangGraph's own server and its Studio.

``langgraph.json`` names them. The server gives the graphs its threads and the checkpointer here. What it runs has the
same checkpoints as ours, and is none of our runs: it is in no list, asks nobody, and delivers nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from langchain_core.runnables import RunnableConfig

from agents.files import FileStore
from graphs.catalogue import shipped
from graphs.shaped import Compiled, bounded, graph_of
from graphs.staffing import staffed
from runtime.models import Models
from runtime.settings import settings
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database


async def lead_qualification(_config: RunnableConfig) -> Compiled:
    """The graph of the leads, with its seats as the settings have them."""
    return await asyncio.to_thread(_compiled, "lead-qualification")


async def data_reporting(_config: RunnableConfig) -> Compiled:
    """The graph of the reports, with its seats as the settings have them."""
    return await asyncio.to_thread(_compiled, "data-reporting")


@asynccontextmanager
async def checkpointer() -> AsyncIterator[SqlCheckpointer]:
    """The checkpointer on the database of the settings, while it is open. Raises ``UnusableDatabase``."""
    database = await asyncio.to_thread(Database.open, settings().database_url)
    try:
        yield SqlCheckpointer(database)
    finally:
        await asyncio.to_thread(database.close)


@cache
def _compiled(name: str) -> Compiled:
    """The graph without a checkpointer, which the server gives it. Raises ``UsageError`` where it cannot be made."""
    chosen = settings()
    workflow = staffed(shipped(FileStore(chosen.files)).load(name), chosen.staffing, Models(chosen).chat)
    return bounded(graph_of(workflow).compile(), workflow)
