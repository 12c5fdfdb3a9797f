"""The schema of a database: is there one, is it this code's, and how to make it so.

A new database is created in one transaction from the tables themselves and marked with the head revision;
that is quick and needs no Alembic. An existing one is moved by Alembic, and only when asked to be.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, func, insert, inspect, select

from state.errors import UnusableDatabase
from state.sql.tables import metadata

VERSION_TABLE = "roundhouse_version"
HEAD = "0008"
"""The revision that ``state.sql.tables`` describes."""

_CREATION_LOCK = 7_468_696_375
"""Key of the PostgreSQL advisory lock under which a schema is created or moved."""

_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def ensure_schema(engine: Engine) -> None:
    """Create the schema of an empty database; refuse one of another version."""
    with engine.connect() as connection:
        revision = current_revision(connection)
    if revision is None:
        with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            _lock(connection)
            revision = current_revision(connection) or _create(connection)
    _require_head(engine, revision)


def upgrade_schema(engine: Engine) -> str:
    """Bring the schema to this code's revision with Alembic, and return that revision."""
    from alembic import command

    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        _lock(connection)
        if current_revision(connection) is None and inspect(connection).has_table("runs"):
            raise _foreign(engine)
        _refuse_newer(engine, current_revision(connection))
        command.upgrade(alembic_config(connection), "head")
    return HEAD


def current_revision(connection: Connection) -> str | None:
    """The revision that the database is marked with, or none for one without our schema."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(select(_version.c.version_num))
    return revision


def alembic_config(connection: Connection):  # type: ignore[no-untyped-def]  # Alembic is imported on use only
    """Alembic's configuration, made in code: where the revisions are, and the connection to run on."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _lock(connection: Connection) -> None:
    """Let one process at a time decide about the schema; SQLite's write lock is held already."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))


def _create(connection: Connection) -> str:
    taken = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if taken:
        raise _foreign(connection.engine)
    metadata.create_all(connection, checkfirst=False)
    _version.create(connection)
    connection.execute(insert(_version).values(version_num=HEAD))
    return HEAD


def _require_head(engine: Engine, revision: str) -> None:
    _refuse_newer(engine, revision)
    if revision != HEAD:
        raise UnusableDatabase(
            f"Database {_name(engine)} has schema {revision!r}, this Roundhouse needs {HEAD!r}. "
            "Run 'roundhouse db upgrade'."
        )


def _refuse_newer(engine: Engine, revision: str | None) -> None:
    """Revisions are numbered, so a higher number is one that this code does not know."""
    if revision is not None and revision > HEAD:
        raise UnusableDatabase(
            f"Database {_name(engine)} has schema {revision!r}, and this Roundhouse knows only up to {HEAD!r}: "
            "the code is older than the database. Update Roundhouse."
        )


def _foreign(engine: Engine) -> UnusableDatabase:
    return UnusableDatabase(
        f"Database {_name(engine)} holds tables of another application under names that Roundhouse needs. "
        "Use a database or schema of its own."
    )


def _name(engine: Engine) -> str:
    return repr(engine.url.set(query={}).render_as_string(hide_password=True))
