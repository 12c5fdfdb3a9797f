"""Roundhouse itself: the composition root, and everything a front door needs, on one database."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal

from agents.files import FileStore
from graphs.catalogue import Catalogue, shipped
from graphs.edit import Fields
from graphs.staffing import staffed
from runtime.attention import Attention
from runtime.bulk import cancel, retry
from runtime.channels.channel import Channel
from runtime.checked import checked_answer, checked_case
from runtime.delivery import Delivery, OnUnknown
from runtime.driver import Driver
from runtime.forking import Effects, Fork, fork
from runtime.inbox import Inbox
from runtime.leases import Leases
from runtime.limits import Limits
from runtime.loops import running
from runtime.migrating import Migrating, Migration
from runtime.models import Models
from runtime.outbox import Outbox
from runtime.replay import Moment, replay
from runtime.rulebook import Rulebook, with_rules
from runtime.schedules import Schedules, Tell
from runtime.sweep import sweep
from runtime.upkeep import Forgotten, forget, prune
from runtime.usher import LimitedUsher
from state.audit import Trail, verified
from state.case import Case
from state.errors import RunExists, UsageError
from state.review import Action
from state.run import Pins, ReviewRow, RunFilter, RunRow, RunStatus, RunStory
from state.sql.asking import WAITING
from state.sql.audit import read_trail
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database
from state.sql.prune import Ended, Pruned
from state.sql.reviews import find_review
from state.sql.runs import find_run, list_runs
from state.sql.store import Store
from state.sql.story import read_story
from state.sql.threads import MARK
from state.sql.tombstones import refuse_forgotten_run
from state.staffing import Staffing


class Roundhouse(Inbox, Outbox, Schedules):
    """Starts runs, answers their questions, and shows what happened. Make one with :meth:`open`."""

    def __init__(
        self,
        *,
        store: Store,
        leases: Leases,
        checkpointer: SqlCheckpointer,
        catalogue: Catalogue,
        delivery: Delivery,
        models: Models | None = None,
        files: FileStore | None = None,
    ) -> None:
        super().__init__(store)
        self.models = models or Models()
        self.files = files or FileStore()
        self.delivery = delivery
        self._checkpointer = checkpointer
        self._catalogue = catalogue
        self.leases = leases
        self.attention = Attention(store)
        self.usher = LimitedUsher(Limits(store, leases.identity))
        self.rulebook = Rulebook(store, catalogue.load)
        self._drivers: dict[tuple[Any, ...], Driver] = {}

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        catalogue: Catalogue | None = None,
        channels: Mapping[str, Channel] | None = None,
        on_unknown: Mapping[str, OnUnknown] | None = None,
        models: Models | None = None,
        files: FileStore | None = None,
        lease: timedelta | None = None,
    ) -> AsyncIterator["Roundhouse"]:
        """Roundhouse on the database of a URL, which is created where it is empty. Raises ``UnusableDatabase``.

        While it is open, it delivers what the outbox has for the channels, and once more what is due when it closes.
        Large results of specialists are in ``files``. ``lease`` is how long it holds a run that it does not renew.
        """
        files = files or FileStore()
        database = await asyncio.to_thread(Database.open, url, lease)
        store = Store(database)
        leases = Leases(store, lease)
        delivery = Delivery(store=store, channels=channels or {}, on_unknown=on_unknown, files=files)
        loops = [leases.keep(), *([delivery.keep()] if channels else [])]
        try:
            async with running(loops):
                yield cls(
                    store=store,
                    leases=leases,
                    checkpointer=SqlCheckpointer(database),
                    catalogue=catalogue or shipped(files),
                    delivery=delivery,
                    models=models,
                    files=files,
                )
            if channels:
                await delivery.drain()
        finally:
            if models is not None:
                await models.close()
            await delivery.close()
            await asyncio.to_thread(database.close)

    async def driver(
        self,
        workflow: str,
        profile: str | None = None,
        staffing: Staffing | None = None,
        rules: Mapping[str, str] | None = None,
    ) -> Driver:
        """The driver of a workflow, by its name in the catalogue or ``module:attribute``.

        Its seats are taken as the staffing has it, by default that of the settings; its rules from people's answers are
        by default those that hold now. Raises ``UnknownWorkflow``, ``InvalidWorkflow``, ``InvalidProfile`` or
        ``UnusableModel``.
        """
        staffing = self.models.staffing if staffing is None else staffing
        rules = await self.rulebook.active(workflow) if rules is None else rules
        key = workflow, profile, staffing, tuple(sorted(rules.items()))
        if key not in self._drivers:
            seated = staffed(self._catalogue.load(workflow, profile), staffing, self.models.chat)
            declared, kept = with_rules(workflow, seated, rules)
            driver = Driver(
                workflow=declared,
                name=workflow,
                profile=profile,
                store=self.store,
                leases=self.leases,
                checkpointer=self._checkpointer,
                models=self.models,
                staffing=staffing,
                attention=self.attention,
                rules=kept,
                usher=self.usher,
            )
            await driver.prepare()
            self._drivers[key] = driver
        return self._drivers[key]

    async def start(
        self,
        workflow: str,
        case: Case | Mapping[str, Any],
        *,
        run: str | None = None,
        profile: str | None = None,
        staffing: Staffing | None = None,
        if_exists: Literal["refuse", "return"] = "refuse",
    ) -> RunRow:
        """Start a run and drive it to its end or its first question; ``staffing`` as for ``driver``.

        With the ``run`` of an earlier one it raises ``RunExists``, or returns that one as it stands.
        Raises ``InvalidCase`` for a case that breaks its contract, ``CaseForgotten`` where the run was forgotten.
        """
        driver = await self.driver(workflow, profile, staffing)
        checked = checked_case(driver.workflow.case, case)
        await driver.check_models()
        if run is not None:
            await self.store.read(refuse_forgotten_run, run)
        run = run or uuid.uuid4().hex[:12]
        if MARK in run:
            raise UsageError(f"Run id {run!r} has a {MARK!r} in it, which is kept for runs that begin anew.")
        try:
            await driver.start(checked, run)
        except RunExists:
            if if_exists == "refuse":
                raise
        return await self.run(run)

    async def resume(self, run: str) -> RunStatus:
        """Drive a run on that a crash cut off. Raises ``UnknownRun``, ``RunBusy`` or ``SignatureChanged``."""
        return await (await self.driver_of(run)).resume(run)

    async def answer(
        self,
        review: str,
        action: Action,
        *,
        by: str,
        decision: str | None = None,
        prefer: str | None = None,
        value: dict[str, Any] | None = None,
        text: str = "",
    ) -> RunRow:
        """Answer a question and drive its run on.

        Raises one of ``AnswerRefused``, ``RunBusy`` or ``SignatureChanged``, and then nothing is saved.
        """
        row = await self.store.read(find_review, review)
        said = {"action": action, "by": by, "decision": decision, "prefer": prefer, "value": value, "text": text}
        answer = checked_answer(question=row.question, **said)
        driver = await self.driver_of(row.run)
        await driver.answer(row.id, row.run, answer)
        return await self.run(row.run)

    async def migration(self, run: str) -> Migration:
        """What would become of a run under the present signature of its workflow.

        Raises ``UnknownRun``, ``RunEnded``, ``InvalidCase`` or ``ContractBroken``.
        """
        return await (await self._migrating(run)).plan(run)

    async def migrate(self, run: str, *, by: str) -> Migration:
        """Have a run go on under the present signature of its workflow. Raises as ``migration``, and ``RunBusy``."""
        return await (await self._migrating(run)).migrate(run, by)

    async def fork(self, run: str, changes: Mapping[str, Fields], *, by: str, effects: Effects = "hold back") -> Fork:
        """Make and drive a new run of the same case in which somebody decided otherwise.

        Raises ``UnknownRun``, ``SignatureChanged``, ``UsageError`` or ``InvalidAnswer``.
        """
        return await fork(self, run, changes, by, effects)

    async def cancel(self, run: str, *, by: str, reason: str = "") -> RunRow:
        """Close a run, whatever has become of its workflow; one that is at its end stays as it is.

        Raises ``UnknownRun`` or ``RunBusy``.
        """
        return await cancel(self.store, self.leases, run, by, reason)

    async def retry(self, run: str, *, by: str) -> RunRow:
        """Drive a run on that has failed. Raises ``UnknownRun``, ``RunBusy`` or ``SignatureChanged``."""
        return await retry(self, run, by)

    async def prune(self, ended: Ended, *, by: str) -> Pruned:
        """Delete the checkpoints of runs that ended long ago, and keep all else of them; and files nothing names."""
        return await prune(self.store, self.files, ended, by)

    async def forget(self, case: str, *, by: str, workflow: str | None = None) -> Forgotten:
        """Remove all data of a case, by its id. Raises ``UsageError`` where none or several workflows have it."""
        return await forget(self.store, self.files, self.leases, case, workflow, by)

    async def sweep(self, tell: Tell | None = None) -> list[str]:
        """Drive on what a crash cut off, let what is overdue take its declared course, and start what is scheduled.

        Returns the runs that went on or were started, of which the latter are told. One that cannot, since its
        workflow has changed, is left with a line in the log.
        """
        return await sweep(self, tell)

    async def questions(self, run: str) -> list[ReviewRow]:
        """The questions of one run that are open. Raises ``UnknownRun``."""
        return [review for review in (await self.show(run)).reviews if review.status in WAITING]

    async def run(self, run: str) -> RunRow:
        """One run, by its id or the beginning of it. Raises ``UnknownRun``."""
        return (await self.show(run)).run

    async def show(self, run: str) -> RunStory:
        """Everything about one run. Raises ``UnknownRun``."""
        return await self.store.read(read_story, run)

    async def audit(self, run: str, expected: str | None = None) -> Trail:
        """The audit trail of a run, verified; ``expected`` is a hash that must be in it. Raises ``UnknownRun``."""
        row = await self.run(run)
        rows, head = await self.store.read(read_trail, row.id)
        return Trail(row.id, tuple(rows), verified(rows, head, expected))

    async def replay(self, run: str) -> tuple[Moment, ...]:
        """The checkpoints of a run, oldest first, with what changed in each; none once they are pruned.

        Its workflow need not be there any more. Raises ``UnknownRun``.
        """
        return await replay(self.store, self._checkpointer.serde, run)

    async def runs(self, chosen: RunFilter | None = None, limit: int = 100, offset: int = 0) -> list[RunRow]:
        """Runs, newest first."""
        return await self.store.read(list_runs, chosen or RunFilter(), limit, offset)

    async def driver_of(self, run: str) -> Driver:
        """The driver of a run's workflow, with the rules that it took down. Raises ``UnknownRun``, or as ``driver``."""
        row = await self.store.read(find_run, run)
        return await self.driver_pinned(row.workflow, row.pins)

    async def driver_pinned(self, workflow: str, pins: Pins) -> Driver:
        """The driver of a workflow as a run took it down. Raises as ``driver``."""
        return await self.driver(workflow, pins.get("profile"), Staffing.read(pins.get("staff")), pins.get("rules", {}))

    async def _migrating(self, run: str) -> Migrating:
        row = await self.store.read(find_run, run)
        driver = await self.driver(row.workflow, row.pins.get("profile"), Staffing.read(row.pins.get("staff")))
        return Migrating(driver=driver, store=self.store, leases=self.leases, checkpointer=self._checkpointer)
