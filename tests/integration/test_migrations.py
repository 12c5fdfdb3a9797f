"""Opening, creating and moving a database's schema, and what is said when it cannot be used."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, insert, inspect, select, text
from sqlalchemy.exc import StatementError

from state.errors import UnusableDatabase
from state.sql import schema
from state.sql.database import Database
from state.sql.outbox import mark_due
from state.sql.reviews import list_open
from state.sql.store import Store
from state.sql.tables import metadata, quarantine, runs

ROOT = Path(__file__).resolve().parents[2]
LANGGRAPHS_OWN = {"checkpoints", "writes", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations", "store"}


def differences(engine: Engine) -> list[object]:
    """What the database has otherwise than the tables say."""
    options = {"target_metadata": metadata, "version_table": schema.VERSION_TABLE}
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def marked(url: str, revision: str) -> None:
    """Give a database another revision."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = :new"), {"new": revision})
    engine.dispose()


def refusal(url: str) -> str:
    with pytest.raises(UnusableDatabase) as refused:
        Database.open(url)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_the_migrations_make_what_the_tables_say(empty_database_url: str) -> None:
    assert Database.upgrade(empty_database_url) == schema.HEAD
    with Database.open(empty_database_url) as database:
        assert differences(database.engine) == []


def test_a_new_database_gets_what_the_tables_say(empty_database_url: str) -> None:
    with Database.open(empty_database_url) as database:
        assert differences(database.engine) == []
        assert set(inspect(database.engine).get_table_names()) == {*metadata.tables, schema.VERSION_TABLE}


def test_the_head_revision_is_the_last_migration(sqlite_database: Database) -> None:
    with sqlite_database.reading() as connection:
        scripts = ScriptDirectory.from_config(schema.alembic_config(connection))
    assert scripts.get_heads() == [schema.HEAD]


def test_no_table_has_a_name_of_langgraphs(sqlite_database: Database) -> None:
    assert not LANGGRAPHS_OWN & {*metadata.tables, schema.VERSION_TABLE}


OLD_ROWS = (
    "INSERT INTO runs (id, workflow, signature, case_id, case_data, status, pins, decisions, created_at, updated_at)"
    " VALUES ('r1', 'w', 's', 'c1', '{}', 'waiting', '{}', '{}', :now, :now)",
    "INSERT INTO reviews (id, run, question, kind, names, versions, payload, status, opened_at)"
    " VALUES ('q1', 'r1', 'low_confidence:A@1', 'low_confidence', '[\"A\"]', '{\"A\": 1}',"
    ' \'{"question": {"reason": "unsure", "suggestion": null}, "decisions": {}}\', \'open\', :now)',
    "INSERT INTO outbox (id, workflow, case_id, effect, digest, run, payload, status, created_at)"
    " VALUES ('e1', 'w', 'c1', 'deliver:A:default', 'd', 'r1', '{\"a\": 1}', 'pending', :now)",
)
"""A run with a question, and an effect, as the first schema kept them."""


def test_what_the_first_schema_kept_is_listed_and_delivered_after_the_upgrade(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        command.upgrade(schema.alembic_config(connection), "0001")
        for statement in OLD_ROWS:
            connection.execute(text(statement), {"now": "2026-07-01 12:00:00.000000"})
    engine.dispose()
    assert "Run 'roundhouse db upgrade'" in refusal(empty_database_url)
    Database.upgrade(empty_database_url)
    with Database.open(empty_database_url) as database, database.reading() as connection:
        assert differences(database.engine) == []
        [review] = list_open(connection, 10)
        assert (review.id, review.queue, review.terms, review.deadline) == ("q1", "default", None, None)
        store = Store(database)
        [marked_effect] = asyncio.run(store.write(mark_due, ["default"], "me", datetime.now(UTC), 10))
    assert (marked_effect.parcel.id, marked_effect.parcel.message.subject) == ("e1", "w: deliver:A:default for c1")


def test_upgrading_twice_and_opening_again_changes_nothing(empty_database_url: str) -> None:
    for _ in range(2):
        Database.upgrade(empty_database_url)
        Database.open(empty_database_url).close()


def test_an_older_database_says_how_to_upgrade(empty_database_url: str) -> None:
    Database.open(empty_database_url).close()
    marked(empty_database_url, "0000")
    assert "Run 'roundhouse db upgrade'" in refusal(empty_database_url)


def test_a_newer_database_says_that_the_code_is_older(empty_database_url: str) -> None:
    Database.open(empty_database_url).close()
    marked(empty_database_url, "9999")
    assert "the code is older than the database" in refusal(empty_database_url)
    with pytest.raises(UnusableDatabase, match="the code is older than the database"):
        Database.upgrade(empty_database_url)


def test_tables_of_another_application_are_left_alone(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (miles int)"))
    engine.dispose()
    assert "another application" in refusal(empty_database_url)
    with pytest.raises(UnusableDatabase, match="another application"):
        Database.upgrade(empty_database_url)


def test_processes_that_open_a_new_database_at_once_all_succeed(empty_database_url: str) -> None:
    script = "import sys; from state.sql.database import Database; Database.open(sys.argv[1]).close()"
    command = [sys.executable, "-c", script, empty_database_url]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]


def test_an_open_database_is_no_obstacle_to_another_process(sqlite_url: str) -> None:
    script = "import sys; from state.sql.database import Database; Database.open(sys.argv[1]).close()"
    with Database.open(sqlite_url) as database, database.reading() as connection:
        connection.execute(select(quarantine)).all()
        assert subprocess.run([sys.executable, "-c", script, sqlite_url], cwd=ROOT, timeout=60).returncode == 0


UNUSABLE = [
    ("not a url", "cannot be read"),
    ("", "cannot be read"),
    ("mysql://root:secret@localhost/x", "not supported"),
    ("sqlite+aiosqlite:///x.db", "not supported"),
    ("sqlite:////nowhere/at/all/x.db", "does not exist"),
    ("postgresql+psycopg://user:secret@127.0.0.1:1/x?connect_timeout=2", "cannot be opened"),
    ("postgresql://user:secret@127.0.0.1:99999/x", "cannot"),
    ("postgresql://user:secret@127.0.0.1:1/x?nonsense=secret", "cannot be opened"),
    ("postgresql://user:secret@127.0.0.1:port/x", "cannot be read"),
    ("postgresql://user:se@cret@secret/x", "as '%40'"),
]
"""A URL that cannot be opened, and what is said."""


@pytest.mark.parametrize(("url", "said"), UNUSABLE)
def test_an_unusable_url_is_told_in_one_line_without_its_password(url: str, said: str) -> None:
    message = refusal(url)
    assert said in message
    assert "secret" not in message


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear all, " * 200)
    assert "not a database" in refusal(f"sqlite:///{tmp_path / 'letter.db'}")
    assert "cannot be opened" in refusal(f"sqlite:///{tmp_path}")


def test_a_moment_comes_back_as_it_was_in_utc(database: Database) -> None:
    moment = datetime(2026, 7, 1, 14, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    row: dict[str, object] = dict.fromkeys(("workflow", "signature", "case_id", "status"), "x")
    row |= {"case_data": {}, "pins": {}, "decisions": {}, "created_at": moment, "updated_at": moment}
    database.committer.submit(lambda connection: connection.execute(insert(runs).values(id="run", **row))).result()
    with database.reading() as connection:
        found = connection.execute(select(runs.c.created_at, runs.c.ended_at)).one()
    assert found == (moment, None)
    assert found.created_at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with database.reading() as connection, pytest.raises(StatementError, match="needs a time zone"):
        connection.execute(select(runs).where(runs.c.created_at > datetime(2026, 7, 1)))
