"""The tables as they are on disk, read in plain SQL by a process that uses none of the code which wrote them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, make_url, text

OURS = (
    "runs",
    "records",
    "notes",
    "executions",
    "conflicts",
    "reviews",
    "outbox",
    "saved_checkpoints",
    "saved_writes",
)
"""The tables that a run leaves its traces in."""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection of its own, gone afterwards; each statement is committed at once."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def rows(url: str, statement: str, **values: Any) -> list[Any]:
    """The rows of a query."""
    with connected(url) as connection:
        return [*connection.execute(text(statement), values)]


def execute(url: str, *statements: str) -> None:
    """Do statements, each of them committed at once."""
    with connected(url) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one run stands."""

    status: str
    started_at: str
    error: str | None
    decisions: dict[str, Any]
    accepted: tuple[str, ...]
    """Who gave the answers that were accepted."""
    unapplied: int
    """Accepted answers that were not applied."""
    open: int
    """Questions that wait."""
    words: tuple[str, ...]
    """Whose words stand in the run: human records, settlements by a human, guidance."""
    effects: tuple[str, ...]
    """The text of each effect in the outbox."""


WORDS = """
SELECT maker AS name FROM records WHERE run = :run AND maker_kind = 'human'
UNION ALL SELECT decided_by FROM conflicts WHERE run = :run AND action = 'human'
UNION ALL SELECT author FROM notes WHERE run = :run AND kind = 'guidance'
"""


def standing(url: str, run: str) -> Standing | None:
    """Where a run stands; None where it was never started."""
    with connected(url) as connection:

        def read(statement: str) -> list[Any]:
            return [*connection.execute(text(statement), {"run": run})]

        found = read("SELECT status, error, decisions, created_at FROM runs WHERE id = :run")
        if not found:
            return None
        reviews = read("SELECT status, answered_by, applied_at FROM reviews WHERE run = :run ORDER BY opened_at")
        answered = [review for review in reviews if review.status == "answered"]
        return Standing(
            status=found[0].status,
            started_at=str(found[0].created_at),
            error=found[0].error,
            decisions=plain(found[0].decisions),
            accepted=tuple(review.answered_by for review in answered),
            unapplied=sum(review.applied_at is None for review in answered),
            open=sum(review.status in ("open", "claimed") for review in reviews),
            words=tuple(row.name for row in read(WORDS)),
            effects=tuple(plain(row.payload)["text"] for row in read("SELECT payload FROM outbox WHERE run = :run")),
        )


def is_sound(url: str) -> bool:
    """Whether the file of a SQLite database is whole; a server looks after its own."""
    if make_url(url).get_backend_name() != "sqlite":
        return True
    return [tuple(row) for row in rows(url, "PRAGMA integrity_check")] == [("ok",)]


def contents(url: str) -> dict[str, list[str]]:
    """All that is in the tables, to compare with later."""
    with connected(url) as connection:
        return {
            table: sorted(repr(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {table}")))
            for table in OURS
        }


def plain(document: Any) -> Any:
    """A JSON column as either database gives it."""
    return json.loads(document) if isinstance(document, str) else document
