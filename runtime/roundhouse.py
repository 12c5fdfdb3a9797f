"""Roundhouse itself: the composition root, and everything a front door needs, on one database."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError

from graphs.catalogue import Catalogue, shipped
from runtime.driver import Driver
from runtime.identity import is_dead
from runtime.leases import Leases
from state.case import Case
from state.errors import InvalidAnswer, InvalidCase, RoundhouseError, RunExists, in_words, problems
from state.plain import unkeepable
from state.review import Action, Answer
from state.run import ReviewRow, RunRow, RunStatus, RunStory
from state.sql.checkpoints import SqlCheckpointer
from state.sql.database import Database
from state.sql.reviews import WAITING, find_review, list_open, unapplied
from state.sql.runs import RunFilter, find_run, list_runs, running
from state.sql.store import Store
from state.sql.story import read_story

logger = logging.getLogger(__name__)

SWEPT = 1000
"""How many runs that were cut off one sweep looks at."""


class Roundhouse:
    """Starts runs, answers their questions, and shows what happened. Make one with :meth:`open`."""

    def __init__(self, *, store: Store, leases: Leases, checkpointer: SqlCheckpointer, catalogue: Catalogue) -> None:
        self.store = store
        self._checkpointer = checkpointer
        self._catalogue = catalogue
        self._leases = leases
        self._drivers: dict[tuple[str, str | None], Driver] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, catalogue: Catalogue | None = None) -> AsyncIterator["Roundhouse"]:
        """Roundhouse on the database of a URL, which is created where it is empty. Raises ``UnusableDatabase``."""
        database = await asyncio.to_thread(Database.open, url)
        store = Store(database)
        leases = Leases(store)
        beating = asyncio.create_task(leases.keep())
        try:
            yield cls(
                store=store,
                leases=leases,
                checkpointer=SqlCheckpointer(database),
                catalogue=catalogue or shipped(),
            )
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            await asyncio.to_thread(database.close)

    async def driver(self, workflow: str, profile: str | None = None) -> Driver:
        """The driver of a workflow, by its name in the catalogue or ``module:attribute``.

        Raises ``UnknownWorkflow``, ``InvalidWorkflow`` or ``InvalidProfile``.
        """
        key = workflow, profile
        if key not in self._drivers:
            driver = Driver(
                workflow=self._catalogue.load(workflow, profile),
                name=workflow,
                profile=profile,
                store=self.store,
                leases=self._leases,
                checkpointer=self._checkpointer,
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
        if_exists: Literal["refuse", "return"] = "refuse",
    ) -> RunRow:
        """Start a run and drive it to its end or its first question.

        With the ``run`` of an earlier one it raises ``RunExists``, or returns that one as it stands.
        Raises ``InvalidCase`` for a case that breaks its contract.
        """
        driver = await self.driver(workflow, profile)
        checked = _checked(driver.workflow.case, case)
        run = run or uuid.uuid4().hex[:12]
        try:
            await driver.start(checked, run)
        except RunExists:
            if if_exists == "refuse":
                raise
        return await self.run(run)

    async def resume(self, run: str) -> RunStatus:
        """Drive a run on that a crash cut off. Raises ``UnknownRun``, ``RunBusy`` or ``SignatureChanged``."""
        return await (await self._driver_of(run)).resume(run)

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
        try:
            answer = Answer(
                question=row.question, action=action, by=by, decision=decision, prefer=prefer, value=value, text=text
            )
            answer.model_dump(mode="json")
        except ValidationError as invalid:
            raise InvalidAnswer(f"The answer does not fit: {in_words(invalid)}.") from invalid
        except ValueError as unkept:
            raise InvalidAnswer(f"The answer cannot be kept: {unkept}.") from unkept
        driver = await self._driver_of(row.run)
        await driver.answer(row.id, row.run, answer)
        return await self.run(row.run)

    async def sweep(self) -> list[str]:
        """Drive on what a crash cut off: runs that nobody drives, and accepted answers that were not applied.

        Returns the runs that went on. One that cannot, since its workflow has changed, is left with a line in the log.
        """
        now = datetime.now(UTC)
        cut_off = [run for run, driver, until in await self.store.read(running, SWEPT) if _is_free(driver, until, now)]
        unanswered = [run for run, _, _ in await self.store.read(unapplied)]
        gone_on = []
        for run in dict.fromkeys(cut_off + unanswered):
            try:
                await self.resume(run)
                gone_on.append(run)
            except RoundhouseError as refused:
                logger.warning("A run that was cut off cannot go on: %s", refused)
        return gone_on

    async def review(self, review: str) -> ReviewRow:
        """One review, by its id or the beginning of it. Raises ``UnknownReview``."""
        return await self.store.read(find_review, review)

    async def questions(self, run: str) -> list[ReviewRow]:
        """The questions of one run that are open. Raises ``UnknownRun``."""
        return [review for review in (await self.show(run)).reviews if review.status in WAITING]

    async def run(self, run: str) -> RunRow:
        """One run, by its id or the beginning of it. Raises ``UnknownRun``."""
        return (await self.show(run)).run

    async def show(self, run: str) -> RunStory:
        """Everything about one run. Raises ``UnknownRun``."""
        return await self.store.read(read_story, run)

    async def runs(self, chosen: RunFilter | None = None, limit: int = 100, offset: int = 0) -> list[RunRow]:
        """Runs, newest first."""
        return await self.store.read(list_runs, chosen or RunFilter(), limit, offset)

    async def inbox(self, workflow: str | None = None, limit: int = 1000) -> list[ReviewRow]:
        """The open questions, most urgent and oldest first."""
        return await self.store.read(list_open, limit, workflow)

    async def _driver_of(self, run: str) -> Driver:
        row = await self.store.read(find_run, run)
        return await self.driver(row.workflow, row.pins.get("profile"))


def _is_free(driver: str | None, until: datetime | None, now: datetime) -> bool:
    return driver is None or until is None or until < now or is_dead(driver)


def _checked(contract: type[Case], case: Case | Mapping[str, Any]) -> Case:
    try:
        checked = contract.model_validate(case.model_dump() if isinstance(case, Case) else case)
    except ValidationError as invalid:
        raise InvalidCase(problems(invalid)) from invalid
    reason = unkeepable(checked.model_dump(mode="json"))
    if reason is not None:
        raise InvalidCase([("case", reason)])
    return checked
