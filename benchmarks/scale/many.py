"""Many runs: a database as it stands after a million of them, made within minutes.

A few thousand are cast from real ones; the rest are copies of those, made inside the server in the tables that lists,
figures and the inbox are read from, with ids, cases and moments of their own. They are spread over sixty days, a batch
for each. No list reads the other tables, so these have the rows of the first few thousand only.
"""

from collections.abc import Mapping

from sqlalchemy import Table

from benchmarks.crowd import fill
from benchmarks.scale.site import Site
from state.sql.tables import conflicts, reviews, runs

CAST = 5_000
"""How many runs are cast, at the most; fewer where half of all are fewer."""

OPEN = 0.005
"""The share of runs that wait with an open question."""

AT_ONCE = 10
"""How many copies of each are made in one statement."""

WAITING = 1_000
"""How many of the newest wait for a worker, at the most."""

RARE = "order-triage"
"""A workflow that one run in five thousand is of; one in ten is of ``OTHER``."""

OTHER = "data-reporting"

_OWN_RUN = "left({0}, -9) || '-' || number || right({0}, 9)"
"""The id of a copied run, with the number behind the case and before the digest of nine characters with its hyphen."""

OWN: Mapping[Table, Mapping[str, str]] = {
    runs: {
        "id": _OWN_RUN.format("id"),
        "case_id": "case_id || '-' || number",
        "position": "position * {copies} + number",
        "created_at": "created_at + number * {apart} * interval '1 s'",
        "ended_at": "ended_at + number * {apart} * interval '1 s'",
        "workflow": f"CASE WHEN number % 10 = 0 THEN '{OTHER}' WHEN number = 1 AND position % 25 = 0 THEN '{RARE}'"
        " ELSE workflow END",
        "status": "CASE WHEN status = 'completed' AND position % 50 = 3 AND number % 20 = 3 THEN 'failed'"
        " ELSE status END",
    },
    reviews: {"id": "id || '-' || number", "run": _OWN_RUN.format("run")},
    conflicts: {"run": _OWN_RUN.format("run")},
}
"""What a copy has of its own; ``number`` is that of the copy, from 1."""

SECONDS = 60 * 24 * 3600
"""Over how long the runs are spread."""


def fill_with(site: Site, wanted: int, real: int) -> int:
    """Fill an empty database with about so many runs; returns how many. Not to be called from within an event loop."""
    cast = min(CAST, wanted // 2)
    fill(site.url, cast, int(cast * OPEN), real)
    copies = wanted // cast - 1
    site.do("SET synchronous_commit = off")
    for table in OWN:
        site.do(f"CREATE TEMP TABLE cast_{table.name} AS SELECT * FROM {table.name}")
    for first in range(1, copies + 1, AT_ONCE):
        for table, own in OWN.items():
            site.do(
                _copied(
                    table, own, first, min(first + AT_ONCE - 1, copies), copies + 1, SECONDS / (cast * (copies + 1))
                )
            )
    site.do(
        f"UPDATE runs SET status = 'running', ended_at = NULL, queued_at = now() WHERE id IN"
        f" (SELECT id FROM runs WHERE status = 'completed' ORDER BY created_at DESC LIMIT {min(WAITING, wanted // 10)})"
    )
    for table in OWN:
        site.do(f"VACUUM (ANALYZE) {table.name}")
    return cast * (copies + 1)


def _copied(table: Table, own: Mapping[str, str], first: int, last: int, copies: int, apart: float) -> str:
    """The statement that makes some copies of each cast."""
    names = [column.name for column in table.columns]
    values = [own.get(name, name).format(copies=copies, apart=apart) for name in names]
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM cast_{table.name}, generate_series({first}, {last}) AS copies(number)"
    )
