"""The batch: every case of a file, a bounded number at a time, and what came of it.

A batch is known by its workflow's signature, its source's digest and its selection. Given again, the same command
finds it, and goes on where it was stopped; finished cases are not run again.
"""

import asyncio
import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from agents.chat.purse import Account, Purse
from agents.chat.session import Session, in_session
from graphs.workflow import Workflow
from runtime.admission import Admission
from runtime.beginning import Place
from runtime.driver import Driver
from runtime.intake import Accepted, Rejected, Row, Source
from runtime.roundhouse import Roundhouse
from state.errors import LeaseLost, RunBusy, RunExists, UnreadableSource, UsageError
from state.run import RunStatus
from state.sql.batches import insert_batch, latest_batch, quarantine_row, read_summary, spent_by, was_run_before
from state.sql.runs import statuses
from state.summary import Summary

CHUNK = 256
"""How many rows are looked up in the database at a time."""

ELSEWHERE = 0.5
"""Seconds between two looks at a run that another process drives."""

REPLACED = (
    "The file, the selection, the workflow, its certificate or who has its seats has changed since it was last run, so "
    "this is a new batch. Answers that were given before stay with the earlier one; "
    "'roundhouse cancel --replaced' closes what still waits there."
)
"""What is said where a batch is not the one of the command before."""


_TO_BE_DRIVEN: tuple[RunStatus | None, ...] = (None, "running", "failed")
"""The statuses of the rows that a batch drives; None for one that was not begun."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a file are run; without limit and sample, all."""

    limit: int | None = None
    """The first so many rows."""
    sample: int | None = None
    """So many rows at random."""
    seed: int = 0
    """What the random rows are drawn with."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.sample is not None:
            raise UsageError("--limit and --sample cannot be used together.")
        for name, count in (("--limit", self.limit), ("--sample", self.sample)):
            if count is not None and count < 1:
                raise UsageError(f"{name} must be at least 1, got {count}.")

    def of(self, rows: int) -> Callable[[int], bool]:
        """Whether the row at a place, from 0, is run, given how many rows there are."""
        if self.sample is not None:
            generator = random.Random(self.seed)  # noqa: S311 - a sample, not a secret
            chosen = frozenset(generator.sample(range(rows), min(self.sample, rows)))
            return chosen.__contains__
        limit = rows if self.limit is None else self.limit
        return lambda position: position < limit

    def size(self, rows: int) -> int:
        """How many rows are run."""
        return min(rows, self.sample or self.limit or rows)


class Meter(Protocol):
    """Is told how a batch goes."""

    def began(self, rows: int) -> None:
        """The batch has so many rows."""

    def finished(self, status: RunStatus | str) -> None:
        """One row is taken care of: the status of its run, ``quarantined`` or ``resumed``."""


class Silent:
    """A meter for where nobody looks."""

    def began(self, rows: int) -> None:
        """Say nothing."""

    def finished(self, status: RunStatus | str) -> None:
        """Say nothing."""


class Batch:
    """One command's worth of cases."""

    def __init__(
        self,
        *,
        roundhouse: Roundhouse,
        driver: Driver,
        source: Source,
        selection: Selection,
        concurrency: int,
        meter: Meter,
    ) -> None:
        self._roundhouse = roundhouse
        self._store = roundhouse.store
        self._driver = driver
        self._source = source
        self._selection = selection
        self._concurrency = concurrency
        self._meter = meter
        self._resumed = 0
        self._admission: Admission | None = None
        self.id = ""
        """Known once the batch runs."""
        self.notices: list[str] = []
        """What there is to say before the first row is begun."""
        self.replaces = False
        """Whether a file of that name was run before, and it or the workflow has changed since."""

    @property
    def workflow(self) -> Workflow:
        """The workflow, with its seats taken."""
        return self._driver.workflow

    async def run(self, *, fresh: bool = False) -> Summary:
        """Run what is not finished, and sum up the whole batch.

        Raises ``UnreadableSource``; ``DatabaseLost`` where the database goes away in the middle.
        """
        began = time.monotonic()
        digest, work = await self._opened(fresh)
        account = await self._paid_from(self.id)
        self._admission = Admission(account, self._driver.calls_a_row, lambda: self._driver.outage)
        with in_session(Session(Purse((account,)))):
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(self._work(self.id, work, self._admission))
        await self._roundhouse.attention.look(self._driver.name, self._driver.workflow.signature)
        await self._require_unchanged(digest)
        return await self._summed(began)

    async def _opened(self, fresh: bool) -> tuple[str, Iterator[tuple[Row, RunStatus | None]]]:
        """Find or make the batch; returns the source's digest, and the rows with the status that each has already."""
        misread = await asyncio.to_thread(lambda: list(self._source.misread()))
        self.notices = [*await self._driver.check_models(), *misread]
        rows = await asyncio.to_thread(self._source.count)
        digest = await asyncio.to_thread(self._source.digest)
        batch, is_new = await self._find(digest, fresh)
        self.id = batch
        self._meter.began(self._selection.size(rows))
        return digest, self._todo(batch, rows, is_new)

    async def _require_unchanged(self, digest: str) -> None:
        if await asyncio.to_thread(self._source.digest) != digest:
            raise UnreadableSource(f"{self._source.path}: changed while it was read. Give the command again.")

    async def _summed(self, began: float) -> Summary:
        seconds = time.monotonic() - began
        return await self._store.read(read_summary, self.id, self._driver.name, self._resumed, seconds)

    async def _paid_from(self, batch: str) -> Account:
        """The account that the batch's model calls are charged to, with what it has spent before."""
        account = Account("batch", self._roundhouse.models.batch_budget)
        account.calls, account.tokens, account.money = await self._store.read(spent_by, batch)
        return account

    async def _find(self, digest: str, fresh: bool) -> tuple[str, bool]:
        """The batch of this command and whether it is new."""
        workflow = self._driver.workflow
        chosen = {"limit": self._selection.limit, "sample": self._selection.sample}
        if self._selection.sample is not None:
            chosen["seed"] = self._selection.seed
        standard = (await self._driver.standard()).known_by
        known_by = [self._driver.name, workflow.signature, workflow.profile_digest, standard, digest, chosen]
        identity = hashlib.sha256(json.dumps(known_by, sort_keys=True).encode()).hexdigest()[:8]
        latest = await self._store.read(latest_batch, identity)
        if latest is not None and not fresh:
            return latest, False
        self.replaces = latest is None and await self._store.read(
            was_run_before, self._driver.name, self._source.path.name
        )
        batch = f"{identity}-{int(latest.rpartition('-')[2]) + 1 if latest else 1}"
        row = {
            "id": batch,
            "workflow": self._driver.name,
            "signature": workflow.signature,
            "source": self._source.path.name,
            "source_digest": digest,
            "selection": chosen,
            "profile_digest": workflow.profile_digest,
        }
        await self._store.write(insert_batch, row, datetime.now(UTC))
        return batch, True

    def _todo(self, batch: str, rows: int, is_new: bool) -> Iterator[tuple[Row, RunStatus | None]]:
        """The rows with the status that their run has already, looked up a chunk at a time."""
        chosen = self._source.rows(self._selection.of(rows))
        while chunk := list(islice(chosen, CHUNK)):
            ids = [run_id(batch, row.case.id) for row in chunk if isinstance(row, Accepted)]
            known = {} if is_new else self._store.read_now(statuses, ids)
            for row in chunk:
                yield row, known.get(run_id(batch, row.case.id)) if isinstance(row, Accepted) else None

    @property
    def shortage(self) -> str | None:
        """Why rows that are left were not begun, and what to do; None where all were."""
        return self._admission.refusal if self._admission else None

    async def _work(self, batch: str, work: Iterator[tuple[Row, RunStatus | None]], admission: Admission) -> None:
        for row, status in work:
            match row:
                case Rejected():
                    await self._quarantine(batch, row)
                    self._meter.finished("quarantined")
                case Accepted() if status in _TO_BE_DRIVEN:
                    async with admission.row() as may_begin:
                        if may_begin:
                            self._meter.finished(await self._drive(batch, row, status))
                case Accepted():
                    self._resumed += 1
                    self._meter.finished("resumed")

    async def _quarantine(self, batch: str, row: Rejected) -> None:
        problems = [{"field": each.field, "reason": each.reason, "text": each.text} for each in row.problems]
        await self._store.write(quarantine_row, batch, row.line, problems)

    async def _drive(self, batch: str, row: Accepted, status: RunStatus | None) -> RunStatus | str:
        run = run_id(batch, row.case.id)
        try:
            if status is None:
                return await self._driver.start(row.case, run, Place(batch, row.position))
            return await self._driver.resume(run)
        except (RunExists, RunBusy, LeaseLost):
            return await self._driven_elsewhere(run)

    async def _driven_elsewhere(self, run: str) -> RunStatus:
        """The status of a run that the same command drives in another process, once that has let go of it."""
        while True:
            found = await self._store.read(statuses, [run])
            if found[run] != "running":
                return found[run]
            try:
                return await self._driver.resume(run)
            except RunBusy:
                await asyncio.sleep(ELSEWHERE)


def run_id(batch: str, case_id: str) -> str:
    """The id of a case's run in a batch: what can be read of the case's id, and digits of a digest.

    Eight tell batches apart; where the case's id cannot be read whole, sixteen tell the cases apart too.
    """
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", case_id)[:40].strip("-") or "case"
    digest = hashlib.sha256(f"{batch}\n{case_id}".encode()).hexdigest()
    return f"{readable}-{digest[: 8 if readable == case_id else 16]}"
