"""A process that is killed keeps every checkpoint that was acknowledged."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import asyncio, sys
from langgraph.checkpoint.base import empty_checkpoint
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database

async def run(saver, thread):
    here = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    while True:
        here = await saver.aput(here, {**empty_checkpoint(), "channel_values": {"text": "x" * 3000}}, {}, {})
        name = here["configurable"]["checkpoint_id"]
        print(thread, name, "checkpoint", flush=True)
        await saver.aput_writes(here, [("score", 1)], "task")
        print(thread, name, "writes", flush=True)

async def main():
    saver = SqlCheckpointer(Database.open(sys.argv[1]))
    await asyncio.gather(*(run(saver, f"thread-{number}") for number in range(8)))

asyncio.run(main())
"""


def killed_after(url: str, lines: int) -> list[list[str]]:
    """Start a writing process, kill it without warning, and return what it had acknowledged."""
    command = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        acknowledged += process.stdout.readlines()
    return [line.split() for line in acknowledged if line.endswith("\n")]


@pytest.mark.parametrize("lines", [60, 301])
def test_what_was_acknowledged_is_there(database_url: str, lines: int) -> None:
    acknowledged = killed_after(database_url, lines)
    assert len(acknowledged) >= lines
    with Database.open(database_url) as database:
        saver = SqlCheckpointer(database)
        for thread, checkpoint, what in acknowledged:
            place = {"thread_id": thread, "checkpoint_ns": "", "checkpoint_id": checkpoint}
            found = saver.get_tuple({"configurable": place})
            assert found is not None
            if what == "writes":
                assert found.pending_writes == [("task", "score", 1)]
        assert saver.get_tuple({"configurable": {"thread_id": "thread-8"}}) is None


def test_sqlite_syncs_every_commit(sqlite_database: Database) -> None:
    with sqlite_database.reading() as connection:
        settings = {
            name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
