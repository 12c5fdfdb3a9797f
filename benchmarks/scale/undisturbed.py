"""What cases come to where nothing disturbs them: driven one after the other in a database aside, by this process."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from benchmarks.driven import cases_a_second
from benchmarks.scale.site import WORKFLOW, Site
from runtime.intake import Accepted, Source
from runtime.roundhouse import Roundhouse
from state.case import Case
from state.sql.database import Database
from state.sql.tables import executions, outbox, records, runs

MOST = 4_000
"""How many cases are driven once more at the most; the first ones of more."""

WHAT = {
    runs: ("status", "decisions", "questions", "flagged"),
    records: ("decision", "version", "outcome", "maker", "value"),
    executions: ("ordinal", "decision", "specialist", "attempt", "outcome"),
    outbox: ("effect", "ordinal", "payload", "channel"),
}
"""What two runs of one case have in common, where nothing went wrong."""


def differing(site: Site, ids: Sequence[str]) -> list[str]:
    """Those cases of some runs that came to something else than undisturbed. Not from within an event loop."""
    with Database.open(site.url) as database, database.reading() as connection:
        found = _outcomes(connection, ids[:MOST])
    aside = f"sqlite:///{site.folder / 'aside.db'}"
    asyncio.run(_drive(site, aside, frozenset(found)))
    with Database.open(aside) as database, database.reading() as connection:
        wanted = _outcomes(connection, list(connection.execute(select(runs.c.id)).scalars()))
    return [case for case, outcome in found.items() if outcome != wanted.get(case)]


async def _drive(site: Site, url: str, wanted: frozenset[str]) -> None:
    async with Roundhouse.open(url) as roundhouse:
        driver = await roundhouse.driver(WORKFLOW)
        rows = Source(site.folder / "leads.csv", driver.workflow.case).rows()

        async def drive(case: Case) -> object:
            return await driver.start(case, case.id)

        await cases_a_second(drive, [row.case for row in rows if isinstance(row, Accepted) and row.case.id in wanted])


def _outcomes(connection: Connection, ids: Sequence[str]) -> Mapping[str, Any]:
    """What some runs came to, by their cases."""
    cases = {
        row.id: row.case_id for row in connection.execute(select(runs.c.id, runs.c.case_id).where(runs.c.id.in_(ids)))
    }
    outcomes: dict[str, Any] = {case: [] for case in cases.values()}
    for table, names in WHAT.items():
        key = table.c.id if table is runs else table.c.run
        columns = [table.c[name] for name in names]
        query = select(key.label("key"), *columns).where(key.in_(ids)).order_by(key, *table.primary_key.columns)
        for row in connection.execute(query):
            outcomes[cases[row.key]].append((table.name, *(row._mapping[name] for name in names)))
    return outcomes
