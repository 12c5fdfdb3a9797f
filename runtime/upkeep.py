"""Upkeep: what is no longer needed is removed from the database, and what may no longer be kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agents.files import FileStore
from runtime.identity import is_dead
from runtime.kept_files import Files, remove_of, remove_unnamed
from runtime.leases import Leases
from state.errors import RunBusy, UnknownRun
from state.sql.compaction import Compacted, compact
from state.sql.footprint import SentEffect, find_footprint, runs_of_case
from state.sql.forget import forget_lines, forget_run
from state.sql.named_files import named_by
from state.sql.outbox import senders
from state.sql.prune import Ended, Pruned, prune_piece
from state.sql.schedules import remove, still
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
    files: Files
    """The kept files that only this case named, which were removed."""
    schedules: int
    """How many schedules of it were removed; they stay, stopped, while a run is busy."""
    file: Compacted


async def prune(store: Store, files: FileStore, ended: Ended, by: str) -> Pruned:
    """Delete the checkpoints of runs that ended long ago, some at a time, and then files that nothing names.

    Raises ``DatabaseLost``.
    """
    pruned = Pruned()
    while (piece := await store.write(prune_piece, ended, by, datetime.now(UTC))).runs:
        pruned = Pruned(pruned.runs + piece.runs, pruned.checkpoints + piece.checkpoints)
    removed = await remove_unnamed(store, files)
    return replace(pruned, files=removed.count, size=removed.size)


async def forget(store: Store, files: FileStore, leases: Leases, case: str, workflow: str | None, by: str) -> Forgotten:
    """Remove all data of a case, run by run. Given again, it takes up what was busy, and the file.

    Raises ``UsageError`` where nothing is known of the case, or several workflows have it.
    """
    footprint = await store.read(find_footprint, case, workflow)
    await store.write(forget_lines, footprint.lines)
    await store.write(still, footprint.schedules)
    forgotten: list[str] = []
    sent: list[SentEffect] = []
    busy: dict[str, RunBusy] = {}
    digests: set[str] = set()
    left = list(footprint.runs)
    while left:
        for run in left:
            try:
                digests |= await store.read(named_by, run.id)
                sent += await _forget_run(store, leases, run.id, by)
                forgotten.append(run.id)
            except RunBusy as driven:
                busy[run.id] = driven
            except UnknownRun:
                # the same command elsewhere was quicker
                continue
        # somebody may have made a fork meanwhile, or a schedule another run
        there = await store.read(runs_of_case, case, footprint.runs[0].workflow)
        left = [run for run in there if run.id not in busy]
    gone = () if busy else footprint.schedules
    await store.write(remove, gone)
    return Forgotten(
        runs=tuple(forgotten),
        busy=tuple(busy.values()),
        lines=len(footprint.lines),
        sent=tuple(sent),
        files=await remove_of(store, files, digests),
        schedules=len(gone),
        file=await store.read(compact),
    )


async def _forget_run(store: Store, leases: Leases, run: str, by: str) -> Sequence[SentEffect]:
    dead = [sender for sender in await store.read(senders) if is_dead(sender)]
    async with leases.taken(run) as lease:
        sent = await store.write(forget_run, lease, by, datetime.now(UTC), dead)
        leases.was_let_go(lease)
    return sent
