"""The table in SQL: only ever read, and nothing that a model or a name says becomes SQL."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from agents.tools.lookup import Lookup, LookupArguments
from agents.tools.sql_table import SqlTable
from agents.tools.tool import Finding, ToolRefused
from state.errors import UsageError

ROWS = """
CREATE TABLE companies (id INTEGER PRIMARY KEY, name TEXT, "size ""%" INTEGER, founded DATE);
INSERT INTO companies VALUES (3, 'Acme', 12, '2001-02-03'), (1, ' ACME ', 40, NULL), (2, 'Zoë', 7, NULL);
CREATE VIEW small AS SELECT name FROM companies WHERE id = 2;
"""

INJECTIONS = [
    "' OR '1'='1",
    "'; DROP TABLE companies; --",
    'companies" UNION SELECT * FROM companies --',
    "companies; DELETE FROM companies",
    "%",
    "(SELECT 1)",
    "rowid",
]


@pytest.fixture
def filled_url(empty_database_url: str) -> str:
    """The URL of a database with companies, once for each kind."""
    engine = create_engine(driven(empty_database_url), poolclass=NullPool)
    with engine.begin() as connection:
        for statement in filter(str.strip, ROWS.split(";\n")):
            connection.exec_driver_sql(statement.replace("%", "%%") if "postgres" in empty_database_url else statement)
    engine.dispose()
    return empty_database_url


def driven(url: str) -> str:
    parsed = make_url(url)
    name = "postgresql+psycopg" if parsed.get_backend_name() == "postgresql" else parsed.drivername
    return parsed.set(drivername=name).render_as_string(hide_password=False)


def count(url: str) -> int:
    engine = create_engine(driven(url), poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM companies"))
    engine.dispose()
    return int(found or 0)


@pytest.fixture
def companies(filled_url: str) -> Iterator[SqlTable]:
    table = SqlTable(filled_url, "companies")
    yield table
    table.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite file with companies and a name that a URI must have in other words."""
    path = tmp_path / "my #1 ?mode=rwc file.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS)
    return path


async def find(table: SqlTable, value: str, *, key: str = "name", columns: tuple[str, ...] = ()) -> Finding:
    return await Lookup("company", "", table, key, columns, most=2).call(LookupArguments(value=value))


async def test_rows_are_found_in_the_order_of_the_primary_key(companies: SqlTable) -> None:
    companies.check("name", ("id",))
    found = await find(companies, "acme", columns=("id", 'size "%'))
    assert json.loads(found.text) == [{"id": 1, 'size "%': 40}, {"id": 3, 'size "%': 12}]
    assert found.source.startswith("table companies of ")


@pytest.mark.parametrize(
    ("key", "value", "ids"),
    [
        ("name", " zoë ", [2]),
        ("name", "ZOË", [2]),  # case of other letters
        ("id", "3", [3]),  # a number as text
        ('size "%', "7", [2]),
        ("name", "nobody", None),
    ],
)
async def test_a_key_is_compared_as_text(companies: SqlTable, key: str, value: str, ids: list[int] | None) -> None:
    found = await find(companies, value, key=key, columns=("id",))
    if ids is None:
        assert found.text == f"no row with {key} {value!r}"
    else:
        assert [row["id"] for row in json.loads(found.text)] == ids


async def test_dates_and_nothing_are_told_as_json(companies: SqlTable) -> None:
    [row] = json.loads((await find(companies, "3", key="id")).text)
    assert row["founded"] == "2001-02-03"
    [row] = json.loads((await find(companies, "2", key="id")).text)
    assert row["founded"] is None


@pytest.mark.parametrize("value", INJECTIONS)
async def test_a_value_is_never_sql(companies: SqlTable, filled_url: str, value: str) -> None:
    assert (await find(companies, value)).text == f"no row with name {value!r}"
    assert count(filled_url) == 3


@pytest.mark.parametrize("name", INJECTIONS)
async def test_a_column_is_one_that_the_database_names(companies: SqlTable, filled_url: str, name: str) -> None:
    with pytest.raises(UsageError, match="has no column"):
        companies.check(name, ())
    with pytest.raises(UsageError, match="has no column"):
        await find(companies, "acme", key=name)
    with pytest.raises(UsageError, match="has no column"):
        await find(companies, "acme", columns=(name,))
    assert count(filled_url) == 3


@pytest.mark.parametrize("name", [*INJECTIONS, "Companies", "", "other.companies"])
async def test_a_table_is_one_that_the_database_names(filled_url: str, name: str) -> None:
    with closing(SqlTable(filled_url, name)) as table:
        with pytest.raises(UsageError, match="There is no table"):
            table.check("name", ())
        with pytest.raises(UsageError, match="There is no table"):
            await find(table, "acme")
    assert count(filled_url) == 3


@pytest.mark.parametrize("schema", ["", "main."])
async def test_views_and_schemas_are_found(filled_url: str, schema: str) -> None:
    schema = schema.replace("main", "public") if "postgres" in filled_url else schema
    with closing(SqlTable(filled_url, f"{schema}small")) as table:
        assert (await find(table, "zoë")).text == '[{"name":"Zoë"}]'


async def test_sqlite_folds_case_in_full(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO companies (name) VALUES ('Straße'), (NULL), (x'ff')")
    with closing(SqlTable(URL.create("sqlite", database=str(file)).render_as_string(), "companies")) as table:
        assert (await find(table, "STRASSE", columns=("name",))).text == '[{"name":"Straße"}]'


def test_a_missing_file_is_said_and_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    refused = pytest.raises(UsageError, match="unable to open database file")
    with closing(SqlTable(f"sqlite:///{missing}", "companies")) as table, refused:
        table.check("name", ())
    assert not missing.exists()


async def test_a_database_that_went_away_is_said_to_the_model(file: Path) -> None:
    with closing(SqlTable(URL.create("sqlite", database=str(file)).render_as_string(), "companies")) as table:
        table.check("name", ())
        file.unlink()
        with pytest.raises(ToolRefused, match="cannot be read now: unable to open database file"):
            await find(table, "acme")
    assert not file.exists()


def test_its_connections_cannot_write(companies: SqlTable) -> None:
    with companies._engine.connect() as connection, pytest.raises(SQLAlchemyError, match=r"read-?only"):
        connection.exec_driver_sql("DELETE FROM companies")


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=rwc",
        "sqlite:///file:a.db?mode=rwc&uri=true",
        "postgresql://ann:s3c@ret@host/db",
        "oddbase://ann:s3cret@host/db",
    ],
)
def test_a_url_that_cannot_be_used_is_said_without_it(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        SqlTable(url, "companies")
    assert "ret" not in str(raised.value)


async def test_no_password_is_in_what_is_said() -> None:
    url = "postgresql://ann:s3cret@127.0.0.1:1/db?application_name=s3cret"
    with closing(SqlTable(url, "companies")) as table:
        assert repr(table) == "<SqlTable: table companies of postgresql+psycopg://ann@127.0.0.1:1/db>"
        with pytest.raises(UsageError) as raised:
            table.check("name", ())
        with pytest.raises(ToolRefused) as refused:
            await find(table, "acme")
    for said in (str(raised.value), str(refused.value)):
        assert "companies of postgresql+psycopg://ann@127.0.0.1:1/db" in said
        assert "s3cret" not in said
        assert "\n" not in said
