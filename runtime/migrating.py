"""Migrating: a run that was started under another signature of its workflow goes on under the present one.

What it keeps is worked out by :func:`graphs.migration.carried` from its last checkpoint, and written in one transaction
while its lease is held. From then on it is an ordinary run that was cut off at its beginning: whoever drives it next
begins with what was carried.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import ValidationError

from graphs.migration import Carried, carried
from graphs.workflow import Workflow, changes_since
from runtime.driver import Driver
from runtime.held import next_thread, thread_of
from runtime.leases import Leases
from state.audit import Deed
from state.case import Case
from state.errors import DatabaseLost, InvalidCase, RoundhouseError, RunBusy, RunEnded, UnknownRun, problems
from state.progress import Progress, reduce_events
from state.run import Pins, RunStatus
from state.sql.fork import read_progress
from state.sql.migrate import MIGRATED, Restart, candidates, restart
from state.sql.runs import PinnedRun, pinned_run, signature_parts, statuses
from state.sql.store import Store

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse


@dataclass(frozen=True, slots=True)
class Migration:
    """What becomes, or became, of a run under the present signature of its workflow."""

    run: str
    status: RunStatus
    differences: tuple[str, ...] = ()
    """What changed in the workflow, in words."""
    carried: Carried | None = None
    """None where there is nothing to do, since the signature is the present one, or where it is refused."""
    refused: RoundhouseError | None = None


class Migrating:
    """Migrates runs of one workflow to the signature that its driver has."""

    def __init__(self, *, driver: Driver, store: Store, leases: Leases, checkpointer: BaseCheckpointSaver[Any]) -> None:
        self._driver = driver
        self._store = store
        self._leases = leases
        self._checkpointer = checkpointer

    async def plan(self, run: str) -> Migration:
        """What would become of a run. Raises ``UnknownRun``, ``RunEnded``, ``InvalidCase`` or ``ContractBroken``."""
        migration, _ = await self._planned(await self._store.read(pinned_run, run))
        return migration

    async def migrate(self, run: str, by: str) -> Migration:
        """Have a run go on under the present signature, and drive it on. Raises as ``plan`` does, and ``RunBusy``."""
        known = await self._store.read(pinned_run, run)
        async with self._leases.taken(known.id) as lease:
            found = await self._store.read(pinned_run, known.id)
            migration, before = await self._planned(found)
            if migration.carried is None:
                return migration
            pins = self._pins(found, await self._driver.pins(datetime.now(UTC)))
            anew = self._restart(found, migration, migration.carried, before, by, pins)
            await self._store.write(restart, lease, anew)
        with suppress(RunBusy):
            # a sweep may have found it first
            await self._driver.resume(found.id)
        standing = await self._store.read(statuses, [found.id])
        return Migration(found.id, standing[found.id], migration.differences, migration.carried)

    async def _planned(self, found: PinnedRun) -> tuple[Migration, Progress]:
        """What becomes of a run, and what it has come to."""
        workflow = self._driver.workflow
        if found.status not in MIGRATED:
            raise RunEnded(found.id, found.status)
        if found.signature == workflow.signature:
            return Migration(found.id, found.status), Progress()
        case_of(workflow, found.case)
        before, progress = await self._store.read(signature_parts, found.signature), await self._progress(found)
        kept = carried(before or {}, workflow, progress)
        return Migration(found.id, found.status, tuple(changes_since(before, workflow)), kept), progress

    async def _progress(self, found: PinnedRun) -> Progress:
        """What a run has come to: its last checkpoint, with what was finished since."""
        place: RunnableConfig = {"configurable": {"thread_id": thread_of(found.id, found.pins)}}
        saved = await self._checkpointer.aget_tuple(place)
        state = saved.checkpoint["channel_values"].get("progress") or {} if saved else {}
        for _, channel, events in saved.pending_writes or () if saved else ():
            if channel == "progress":
                state = reduce_events(state, events)
        if state:
            return Progress.parse(state)
        # cut off before its graph took the seed; or its checkpoints are gone, and the tables tell
        return await self._store.read(read_progress, found.id) if found.seed is None else Progress.parse(found.seed)

    def _restart(
        self, found: PinnedRun, migration: Migration, kept: Carried, before: Progress, by: str, pins: Pins
    ) -> Restart:
        workflow, now = self._driver.workflow, datetime.now(UTC)
        then = {"signature": found.signature, "differences": migration.differences}
        after = {
            "signature": workflow.signature,
            "kept": kept.kept,
            "made_again": kept.made_again,
            "unconfirmed": kept.unconfirmed,
            "dropped": [word.sentence for word in kept.dropped_words],
        }
        return Restart(
            pins=pins,
            seed=kept.progress.dump(),
            decisions=frozenset(workflow.order),
            before=before,
            leaves=thread_of(found.id, found.pins),
            deed=Deed(now, "human", by, "migrated", "run", then, after),
        )

    def _pins(self, found: PinnedRun, present: Pins) -> Pins:
        """What the workflow pins a run to now; when and by what it was started, and what it tells whom, stay."""
        pins: Pins = {**present, "thread": next_thread(found.id, found.pins)}
        if "started_at" in found.pins:
            pins["started_at"] = found.pins["started_at"]
        if "delivers" in found.pins:
            pins["delivers"] = found.pins["delivers"]
        if "schedule" in found.pins:
            pins["schedule"] = found.pins["schedule"]
        if "service" in found.pins and "request" in found.pins:
            pins |= {"service": found.pins["service"], "request": found.pins["request"]}
        if "notifies" in found.pins:
            pins["notifies"] = found.pins["notifies"]
        return pins


def case_of(workflow: Workflow, data: Mapping[str, Any]) -> Case:
    """The case of a run under the present contract. Raises ``InvalidCase``."""
    try:
        return workflow.case.model_validate(data)
    except ValidationError as invalid:
        raise InvalidCase(problems(invalid)) from invalid


async def not_migrated(roundhouse: "Roundhouse", workflow: str | None, batch: str | None) -> list[str]:
    """The unfinished runs of a workflow, a batch or both that were started under another signature, oldest first."""
    found = await roundhouse.store.read(candidates, workflow, batch)
    drivers = {(each.workflow, each.profile): await roundhouse.driver(each.workflow, each.profile) for each in found}
    return [each.id for each in found if each.signature != drivers[each.workflow, each.profile].workflow.signature]


async def plan_all(roundhouse: "Roundhouse", runs: Sequence[str]) -> list[Migration]:
    """What would become of each of these runs. Raises ``UnknownRun`` and ``DatabaseLost``."""
    return [await _told(roundhouse, run, roundhouse.migration(run)) for run in runs]


async def migrate_all(roundhouse: "Roundhouse", runs: Sequence[str], at_once: int, by: str) -> list[Migration]:
    """Migrate runs, so many at once; one that is refused leaves the others as they are. Raises as ``plan_all``."""
    turns = asyncio.Semaphore(at_once)

    async def one(run: str) -> Migration:
        async with turns:
            return await _told(roundhouse, run, roundhouse.migrate(run, by=by))

    return list(await asyncio.gather(*map(one, runs)))


async def _told(roundhouse: "Roundhouse", run: str, migration: Awaitable[Migration]) -> Migration:
    """What came of it; where it is refused, why."""
    try:
        return await migration
    except (DatabaseLost, UnknownRun):
        raise
    except RoundhouseError as refused:
        row = await roundhouse.run(run)
        return Migration(row.id, row.status, refused=refused)
