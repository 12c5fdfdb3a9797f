"""LangGraph's own conformance suite, whole, on both databases."""

from collections.abc import AsyncIterator

from langgraph.checkpoint.conformance import checkpointer_test, validate

from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database

CAPABILITIES = {
    "put",
    "put_writes",
    "get_tuple",
    "list",
    "delete_thread",
    "delete_for_runs",
    "copy_thread",
    "prune",
}


async def test_every_capability_is_there_and_passes(database: Database) -> None:
    @checkpointer_test(name="SqlCheckpointer")
    async def checkpointers() -> AsyncIterator[SqlCheckpointer]:
        yield SqlCheckpointer(database)

    report = await validate(checkpointers)
    assert {name for name, result in report.results.items() if result.detected} == CAPABILITIES
    assert [failure for result in report.results.values() for failure in result.failures] == []
    assert report.passed_all()
