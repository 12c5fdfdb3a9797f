"""Bulk operations: runs are cancelled and retried, and what is done to many is done to each on its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from runtime.leases import Leases
from state.audit import Deed
from state.errors import DatabaseLost, RoundhouseError, RunBusy, SignatureChanged, UsageError
from state.plain import unkeepable
from state.run import RunRow, RunStatus
from state.sql.audit import append
from state.sql.cancel import CANCELLABLE, cancel_run
from state.sql.choice import ChosenRun
from state.sql.runs import find_run, run_row
from state.sql.store import Store

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

Result = RunStatus | Literal["busy", "changed", "refused"]
"""Where a run stands afterwards, or why nothing was done to it. ``busy``: somebody else drives it. ``changed``: its
workflow has another signature now. ``refused``: for another reason."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What came of one of many runs."""

    run: ChosenRun
    """As it was before."""
    result: Result
    detail: str
    """The run's error, or why nothing was done; empty where there is none."""


async def several(
    work: Callable[[str], Awaitable[RunRow]], chosen: Sequence[ChosenRun], at_once: int
) -> tuple[Touched, ...]:
    """Do something to each of the runs, so many at a time; a run that refuses it stops no other.

    Raises a group with ``DatabaseLost`` in it.
    """
    results: dict[str, Touched] = {}
    waiting = iter(chosen)

    async def next_ones() -> None:
        for run in waiting:
            results[run.id] = await _touched(work, run)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(chosen))):
            group.create_task(next_ones())
    return tuple(results[run.id] for run in chosen)


async def _touched(work: Callable[[str], Awaitable[RunRow]], run: ChosenRun) -> Touched:
    try:
        row = await work(run.id)
    except DatabaseLost:
        raise
    except RunBusy as busy:
        return Touched(run, "busy", str(busy))
    except SignatureChanged as changed:
        return Touched(run, "changed", str(changed))
    except RoundhouseError as refused:
        return Touched(run, "refused", str(refused))
    return Touched(run, row.status, row.error or "")


async def cancel(store: Store, leases: Leases, run: str, by: str, reason: str) -> RunRow:
    """Close a run that is not at its end, whatever has become of its workflow.

    Raises ``RunBusy``, ``UnknownRun``, or ``UsageError`` for words that cannot be kept.
    """
    unkept = unkeepable(reason)
    if unkept is not None:
        raise UsageError(f"The reason cannot be kept: it {unkept}.")
    found = await store.read(find_run, run)
    async with leases.taken(found.id) as lease:
        before = await store.write(cancel_run, lease, by, reason, datetime.now(UTC))
        if before in CANCELLABLE:
            leases.was_let_go(lease)
    return run_row(await store.read(find_run, found.id))


async def retry(roundhouse: "Roundhouse", run: str, by: str) -> RunRow:
    """Drive a failed run on from its last checkpoint, and write down who asked for that.

    Raises ``RunBusy``, ``UnknownRun`` or ``SignatureChanged``.
    """
    driver = await roundhouse.driver_of(run)
    row = await roundhouse.store.read(find_run, run)
    if row.status == "failed" and row.signature == driver.workflow.signature:
        before = {"status": row.status, "error": row.error}
        deed = Deed(datetime.now(UTC), "human", by, "retried", "run", before)
        await roundhouse.store.write(append, row.id, [deed])
    await driver.resume(row.id)
    return run_row(await roundhouse.store.read(find_run, row.id))
