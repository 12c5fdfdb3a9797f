"""Databases for tests: every contract of persistence is run on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.postgres import postgres_url as running_server
from state.sql.database import Database
from state.sql.tables import metadata


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server: the one that ROUNDHOUSE_TEST_POSTGRES_URL names, or one of the tests' own."""
    with running_server() as url:
        if not os.environ.get("ROUNDHOUSE_TEST_POSTGRES_URL"):
            _hurry(url)
        yield url


def _hurry(server_url: str) -> None:
    """Have a server of the tests' own not wait for the disk: those that crash servers start others."""
    with psycopg.connect(server_url, autocommit=True) as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        server.execute("SELECT pg_reload_conf()")


def _create_database(server_url: str) -> str:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _drop_database(server_url: str, url: str) -> None:
    name = sql.Identifier(make_url(url).database or "")
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a new, empty database on the server."""
    url = _create_database(postgres_server)
    yield url
    _drop_database(postgres_server, url)


@pytest.fixture(scope="session")
def shared_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of one database for all tests, which each of them finds empty."""
    url = _create_database(postgres_server)
    yield url
    _drop_database(postgres_server, url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'roundhouse.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without any table, once for each kind."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without any row, once for each kind; that of SQLite has no file yet."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    url: str = request.getfixturevalue("shared_postgres_url")
    Database.open(url).close()
    yield url
    _empty(url)


def _empty(url: str) -> None:
    """Take every row out; deleting is quicker than truncating where there are few."""
    with psycopg.connect(url) as connection:
        for table in metadata.tables:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An open database without any rows, once for each kind."""
    names = {"sqlite": "sqlite_url", "postgresql": "shared_postgres_url"}
    with Database.open(request.getfixturevalue(names[request.param])) as opened:
        yield opened
        if request.param == "postgresql":
            _empty(opened.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """An open SQLite database, where the kind does not matter."""
    with Database.open(sqlite_url) as opened:
        yield opened
