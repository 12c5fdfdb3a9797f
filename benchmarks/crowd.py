"""A crowd: a database as it stands after thousands of runs, made within a minute.

A few hundred of the sample leads go through the real Roundhouse, in a database aside; some of their questions are
answered, and their effects are delivered. The runs of the crowd are cast from those, in every table, spread over sixty
days with a batch for each day. So each of them can be shown, answered, forked and audited like any other.
"""

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

from rich.console import Console
from sqlalchemy import Connection, Row, Table, func, insert, select

from benchmarks.driven import LEADS, cases_a_second
from benchmarks.mould import PARTS, Cast, Mould
from runtime.batch import run_id
from runtime.channels.channel import Outcome, Sent
from runtime.intake import Accepted, Source
from runtime.roundhouse import Roundhouse
from state.case import Case
from state.effect import Parcel
from state.errors import UsageError
from state.sql.database import Database
from state.sql.inserts import Rows
from state.sql.tables import batches, runs, signatures

WORKFLOW = "lead-qualification"
DAYS = 60
"""Over how many days, up to now, the runs are spread."""
FIRST, MOST = 10_000, 90_000
"""The number of the first case, behind those of the sample, and how many have as many digits."""

ANSWERS: Sequence[Mapping[str, Any]] = (
    {"action": "approve"},
    {"action": "edit", "value": {"lane": "contact"}, "text": "they called us"},
    {"action": "reject", "text": "a competitor"},
    {"action": "send_back", "text": "look at it once more"},
)
"""What people answer, in turn."""


class Acknowledging:
    """A channel whose receiver takes everything and keeps nothing."""

    tells_repeats_apart = True

    async def send(self, parcel: Parcel) -> Outcome:
        """Take the parcel."""
        return Sent("taken")

    async def close(self) -> None:
        """There is nothing to let go of."""


def fill(url: str, runs: int = 10_000, questions: int = 500, real: int = 300) -> None:
    """Fill an empty database with so many runs, of which exactly so many wait with one open question each.

    They are cast from so many real ones. Not to be called from within an event loop. Raises ``UsageError`` where the
    database has runs already, or where the real ones leave no mould for what is wanted.
    """
    if not 0 <= questions <= runs <= MOST:
        raise UsageError(f"There can be up to {MOST:,} runs, and no more questions than runs.")
    with tempfile.TemporaryDirectory(prefix="roundhouse-crowd-") as folder, Database.open(url) as database:
        aside = f"sqlite:///{folder}/real.db"
        asyncio.run(_drive(aside, real))
        with Database.open(aside) as kept, kept.reading() as connection:
            moulds = list(_moulds(connection))
            signature = connection.execute(select(signatures)).one()
        casts = list(_casts(moulds, runs, questions))
        with database.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            _begin(connection, signature, [cast for cast, _ in casts])
        _write(database, casts)


async def _drive(url: str, real: int) -> None:
    """Run the first leads of the sample, and answer every second question."""
    async with Roundhouse.open(url, channels={"default": Acknowledging()}) as roundhouse:
        driver = await roundhouse.driver(WORKFLOW)
        rows = Source(LEADS, driver.workflow.case).rows(lambda position: position < real)

        async def drive(case: Case) -> object:
            return await driver.start(case, run_id("real", case.id))

        await cases_a_second(drive, [row.case for row in rows if isinstance(row, Accepted)])
        for review, answer in zip((await roundhouse.inbox())[::2], cycle(ANSWERS)):
            await roundhouse.answer(review.id, by="ann", **answer)


def _moulds(connection: Connection) -> Iterator[Mould]:
    """A mould of every run."""
    parts: dict[str, list[tuple[Table, Row[Any]]]] = {}
    for table, column in PARTS.items():
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            parts.setdefault(row._mapping[column], []).append((table, row))
    for run in connection.execute(select(runs).order_by(runs.c.created_at, runs.c.id)):
        yield Mould(run, parts[run.id])


def _casts(moulds: Sequence[Mould], wanted: int, questions: int) -> Iterator[tuple[Cast, Mould]]:
    """What is cast from which mould; those that wait are spread evenly among the others."""
    waiting = cycle(_some([mould for mould in moulds if mould.open == 1], questions))
    ended = cycle(_some([mould for mould in moulds if mould.status != "waiting"], wanted - questions))
    begins = datetime.now(UTC) - timedelta(days=DAYS)
    positions: dict[str, int] = {}
    for number in range(wanted):
        created_at = begins + timedelta(days=DAYS) * ((number + 0.5) / wanted)
        batch, case = _batch(created_at), f"L-{FIRST + number}"
        positions[batch] = positions.get(batch, -1) + 1
        waits = (number + 1) * questions // wanted > number * questions // wanted
        yield Cast(run_id(batch, case), case, batch, positions[batch], created_at), next(waiting if waits else ended)


def _some(moulds: list[Mould], wanted: int) -> list[Mould]:
    if wanted and not moulds:
        raise UsageError("None of the real runs is of a kind that is wanted. Have more of them.")
    return moulds


def _batch(day: datetime) -> str:
    """The id of the batch of a day."""
    return f"{hashlib.sha256(f'{day:%Y-%m-%d}'.encode()).hexdigest()[:8]}-1"


def _begin(connection: Connection, signature: Row[Any], casts: Iterable[Cast]) -> None:
    """Keep what the runs are pinned to, and a batch for each day."""
    if connection.execute(select(func.count()).select_from(runs)).scalar_one():
        raise UsageError("The database has runs already. Use an empty one.")
    connection.execute(insert(signatures), dict(signature._mapping))
    first: dict[str, datetime] = {}
    for cast in casts:
        first.setdefault(cast.batch, cast.created_at)
    given = [_batch_row(batch, created_at, signature.id) for batch, created_at in first.items()]
    connection.execute(insert(batches), given)


def _batch_row(batch: str, created_at: datetime, signature: str) -> dict[str, Any]:
    source = f"leads-{created_at:%Y-%m-%d}.csv"
    return {
        "id": batch,
        "workflow": WORKFLOW,
        "signature": signature,
        "source": source,
        "source_digest": hashlib.sha256(source.encode()).hexdigest(),
        "selection": {"limit": None, "sample": None},
        "created_at": created_at,
    }


def _write(database: Database, casts: Iterable[tuple[Cast, Mould]]) -> None:
    """Write the runs, those of a batch in one transaction."""
    rows, batch = Rows({}), None
    for cast, mould in casts:
        if cast.batch != batch:
            database.committer.submit(rows).result()
            rows, batch = Rows({}), cast.batch
        rows.add(mould.cast(database.engine.dialect, cast))
    database.committer.submit(rows).result()


if __name__ == "__main__":
    began = time.monotonic()
    fill(sys.argv[1], *map(int, sys.argv[2:]))
    Console().print(f"{sys.argv[1]}: filled in {time.monotonic() - began:.1f} s")
