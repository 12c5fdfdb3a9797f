"""Queries as sources: only ever read, one SELECT, in bounded memory, and no password in any message."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from agents.report.source import Want
from tests.support.report_sources import LONG, WIDE, fault, left_work_ends, pull, rows

ROWS = (
    "CREATE TABLE prices (day DATE, name VARCHAR(20), price NUMERIC(9, 4), note VARCHAR(20))",
    "INSERT INTO prices VALUES ('2026-03-02', 'A', 1.5, ';'), ('2026-03-03', 'A', 2, NULL)",
    "INSERT INTO prices VALUES ('2026-03-02', 'B', 30, '=1+1'), ('2026-03-04', 'B', NULL, 'x')",
)

READ = [("A", "2026-03-02", 1.5, 1, None), ("A", "2026-03-03", 2.0, 2, None), ("B", "2026-03-02", 30.0, 3, None)]

QUERY = "SELECT day, name, price FROM prices ORDER BY name, day"


@pytest.fixture
def url(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a database with prices, once for each kind; it is in the environment, as PRICES_URL."""
    parsed = make_url(empty_database_url)
    driver = "postgresql+psycopg" if parsed.get_backend_name() == "postgresql" else "sqlite"
    engine = create_engine(parsed.set(drivername=driver), poolclass=NullPool)
    with engine.begin() as connection:
        for statement in ROWS:
            connection.execute(text(statement))
    monkeypatch.setenv("PRICES_URL", empty_database_url)
    yield empty_database_url
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM prices")) == 4
    engine.dispose()


def sql(query: str = QUERY, **declared: Any) -> dict[str, Any]:
    return {"kind": "sql", "url": "env:PRICES_URL", "query": query, **LONG, **declared}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my #1 ?mode=rwc.db"
    with closing(sqlite3.connect(path)) as connection:
        for statement in ROWS:
            connection.execute(statement)
        connection.commit()
    return path


async def test_rows_of_a_query_are_read(tmp_path: Path, url: str) -> None:
    assert await rows(tmp_path, **sql()) == READ
    assert await rows(tmp_path, **sql("-- the prices\n /* all */ " + QUERY + " ;\n")) == READ
    assert await rows(tmp_path, Want("B"), **sql()) == READ[2:]


async def test_days_are_bound(tmp_path: Path, url: str) -> None:
    query = "WITH p AS (SELECT * FROM prices) SELECT * FROM p WHERE day BETWEEN :first AND :last ORDER BY name, day"
    assert await rows(tmp_path, **sql(query)) == READ
    want = Want(None, date(2026, 3, 3), date(2026, 3, 3))
    # the row is the first of what was asked for
    assert await rows(tmp_path, want, **sql(query)) == [("A", "2026-03-03", 2.0, 1, None)]


async def test_each_series_may_be_a_column(tmp_path: Path, url: str) -> None:
    query = "SELECT day, price AS a, note AS b FROM prices WHERE name = 'B' ORDER BY day"
    declared = sql(query, series=None, value=None) | WIDE
    assert await rows(tmp_path, **declared) == [
        ("A", "2026-03-02", 30.0, 1, None),
        ("B", "2026-03-02", None, 1, "=1+1"),
        ("B", "2026-03-04", None, 2, "x"),
    ]


async def test_many_rows_come_in_parts(tmp_path: Path, url: str) -> None:
    query = """WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
               SELECT '2026-03-02' AS day, 'A' AS name, i AS price FROM n"""
    found = await pull(tmp_path, **sql(query))
    assert found.select("row", "value").rows() == [(number, float(number)) for number in range(1, 120_001)]
    assert "more than the 1,000,000 bytes" in await fault(tmp_path, **sql(query, largest=1_000_000))


# what is no single SELECT of days
QUERIES = {
    "DELETE FROM prices": "must be one SELECT",
    "": "must be one SELECT",
    "-- SELECT\nDROP TABLE prices": "must be one SELECT",
    "SELECTED": "must be one SELECT",
    "SELECT 1; DROP TABLE prices": "has a ';'",
    "SELECT 1; COMMIT; DROP TABLE prices;": "has a ';'",
    "SELECT ';' AS day": "has a ';'",
    "SELECT * FROM prices WHERE name = :name": "has ':name'; only :first and :last",
}


@pytest.mark.parametrize("query", [query for query in QUERIES if query])
async def test_only_one_select_is_run(tmp_path: Path, url: str, query: str) -> None:
    assert QUERIES[query] in await fault(tmp_path, **sql(query))


async def test_nothing_is_written_even_by_a_select(tmp_path: Path, url: str) -> None:
    said = await fault(tmp_path, **sql("WITH gone AS (SELECT 1) DELETE FROM prices"))
    assert "read-only" in said or "readonly" in said or "syntax" in said or "DECLARE" in said
    said = await fault(tmp_path, **sql("WITH gone AS (DELETE FROM prices RETURNING *) SELECT * FROM gone"))
    assert "cannot be read" in said


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT day, name, price AS rate FROM prices", "'price' is not there; the query has 'day', 'name', 'rate'"),
        ("SELECT day, name, price, price FROM prices", "'price' is there twice"),
        ("SELECT * FROM rates", "rates"),
        ("SELECT * FROM prices WHERE", "cannot be read"),
        ("SELECT day, name, note AS price FROM prices", "none of 3 cells can be read as a number"),
        ("SELECT * FROM prices WHERE 1 = 0", "it has no rows"),
    ],
)
async def test_a_query_that_is_no_good_is_said_so(tmp_path: Path, url: str, query: str, words: str) -> None:
    said = await fault(tmp_path, **sql(query))
    assert words in said
    assert (make_url(url).password or "s3cret") not in said


async def test_a_query_that_takes_too_long_is_left(tmp_path: Path, url: str) -> None:
    endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT max(i) AS day FROM n"
    assert "took longer than 0.3 seconds" in await fault(tmp_path, "down", **sql(endless, timeout=0.3))
    await left_work_ends()


async def test_a_file_is_found_in_the_folders(tmp_path: Path, file: Path) -> None:
    (tmp_path / "own").mkdir()
    named = file.rename(tmp_path / "own" / "prices.db")
    assert await rows(tmp_path, **sql(url="sqlite:///own/prices.db")) == READ
    assert await rows(tmp_path, **sql(url=f"sqlite:///{named}")) == READ
    said = await fault(tmp_path, **sql(url="sqlite:///own/other.db", download="Ask Kim for it"))
    assert "no file 'own/other.db' in" in said
    assert "Ask Kim for it." in said
    assert not (tmp_path / "own" / "other.db").exists()


async def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "prices.db").write_text("day,name,price\n" * 1000)
    assert "file is not a database" in await fault(tmp_path, **sql(url="sqlite:///prices.db"))


async def test_a_file_that_somebody_writes_to_is_tried_again(tmp_path: Path, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        await fault(tmp_path, "down", **sql(url=f"sqlite:///{file.rename(tmp_path / 'x.db')}", timeout=0.2))


@pytest.mark.parametrize(
    "declared",
    [
        "postgresql://me:s3cret@127.0.0.1/prices",
        "postgresql://127.0.0.1/prices?password=s3cret",
        "postgresql://me:s3@cret@127.0.0.1/prices",
    ],
)
async def test_a_password_stands_in_no_declaration_and_in_no_message(tmp_path: Path, declared: str) -> None:
    said = await fault(tmp_path, **sql(url=declared))
    assert "s3" not in said


async def test_a_database_that_is_not_there_is_down_and_its_password_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("PRICES_URL", f"postgresql://me:s%2F3cret@127.0.0.1:{unused_tcp_port}/prices")
    said = await fault(tmp_path, "down", **sql())
    assert f"postgresql+psycopg://127.0.0.1:{unused_tcp_port}/prices cannot be read" in said
    assert "3cret" not in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "'PRICES_URL' is not set"),
        ("nonsense", "its URL cannot be read"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///x.db?mode=rwc", "must name a file"),
        ("oracle://127.0.0.1/prices", "driver of 'oracle' is not installed"),
    ],
)
async def test_a_url_that_cannot_be_used_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, words: str
) -> None:
    monkeypatch.delenv("PRICES_URL", raising=False)
    if given is not None:
        monkeypatch.setenv("PRICES_URL", given)
    assert words in await fault(tmp_path, **sql())
