"""Upkeep: what is no longer needed is removed from the database, and what may no longer be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from runtime.identity import is_dead
from runtime.leases import Leases
from state.errors import RunBusy, UnknownRun
from state.sql.compaction import Compacted, compact
from state.sql.footprint import SentEffect, find_footprint, runs_of_case
from state.sql.forget import forget_lines, forget_run
from state.sql.outbox import senders
from state.sql.prune import Ended, Pruned, prune_piece
from state.sql.store import Store


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten of a case, and what is left to do."""

    runs: tuple[str, ...]
    """The ids that the runs had."""
    busy: tuple[RunBusy, ...]
    """The runs that were being driven, or of which something was being sent: they are as they were."""
    lines: int
    """How many quarantined rows were emptied."""
    sent: tuple[SentEffect, ...]
    """What receivers have, or may have: only a person can have it removed there."""
    file: Compacted


async def prune(store: Store, ended: Ended, by: str) -> Pruned:
    """Delete the checkpoints of runs that ended long ago, some at a time. Raises ``DatabaseLost``."""
    pruned = Pruned()
    while (piece := await store.write(prune_piece, ended, by, datetime.now(UTC))).runs:
        pruned = Pruned(pruned.runs + piece.runs, pruned.checkpoints + piece.checkpoints)
    return pruned


async def forget(store: Store, leases: Leases, case: str, workflow: str | None, by: str) -> Forgotten:
    """Remove all data of a case, run by run. Given again, it takes up what was busy, and the file.

    Raises ``UsageError`` where nothing is known of the case, or several workflows have it.
    """
    footprint = await store.read(find_footprint, case, workflow)
    await store.write(forget_lines, footprint.lines)
    forgotten: list[str] = []
    sent: list[SentEffect] = []
    busy: dict[str, RunBusy] = {}
    left = list(footprint.runs)
    while left:
        for run in left:
            try:
                sent += await _forget_run(store, leases, run.id, by)
                forgotten.append(run.id)
            except RunBusy as driven:
                busy[run.id] = driven
            except UnknownRun:
                # the same command elsewhere was quicker
                continue
        # somebody may have made a fork meanwhile
        there = await store.read(runs_of_case, case, footprint.runs[0].workflow)
        left = [run for run in there if run.id not in busy]
    return Forgotten(
        runs=tuple(forgotten),
        busy=tuple(busy.values()),
        lines=len(footprint.lines),
        sent=tuple(sent),
        file=await store.read(compact),
    )


async def _forget_run(store: Store, leases: Leases, run: str, by: str) -> Sequence[SentEffect]:
    dead = [sender for sender in await store.read(senders) if is_dead(sender)]
    async with leases.taken(run) as lease:
        sent = await store.write(forget_run, lease, by, datetime.now(UTC), dead)
        leases.was_let_go(lease)
    return sent
