"""The intake: a case becomes a run once, however often and from wherever the same request comes.

The run's id is a digest of the caller's key, so the database itself sees to it that there is one. What was asked for is
pinned to the run as a digest: the same key with another case is told apart from a request that was sent again.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from runtime.channels.opened import SERVICE
from runtime.checked import checked_case
from runtime.driver import Driver
from runtime.identity import driver_identity
from runtime.queueing import Queueing
from runtime.roundhouse import Roundhouse
from runtime.service.contracts import CaseGiven
from runtime.service.driving import Driving
from runtime.service.offered import Offered
from runtime.service.problem import Refusal
from state.audit import canonical
from state.errors import UnknownRun, UsageError
from state.job import Job
from state.run import Pins, RunRow
from state.sql.queued import start_queued
from state.sql.runs import find_run, run_row
from state.sql.store import Store
from state.sql.taking_in import take_in


class Acceptance(Protocol):
    """Keeps a run that is to be driven."""

    async def accept(self, driver: Driver, row: Mapping[str, Any]) -> bool:
        """Keep it, and return once it is committed; False where there is a run of that id."""


class Queued:
    """Accepts runs on the queue, for workers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queueing = Queueing(store)

    async def accept(self, driver: Driver, row: Mapping[str, Any]) -> bool:
        """Keep the run and its job in one transaction. Raises ``Refusal`` where there is no queue."""
        try:
            await self._queueing.check()
        except UsageError as none:
            raise Refusal(503, "queue-away", str(none), Retry_After="5") from none
        queued = {**row, "pins": {**row["pins"], "queued": True}, "seed": None}
        jobs = [Job.of_one(row["id"], driver.name)]
        return bool(await self._store.write(start_queued, [queued], jobs, driver_identity(), datetime.now(UTC)))


class Driven:
    """Accepts runs that this process drives itself."""

    def __init__(self, store: Store, driving: Driving) -> None:
        self._store = store
        self._driving = driving

    async def accept(self, driver: Driver, row: Mapping[str, Any]) -> bool:
        """Keep the run, then have it driven."""
        is_new = await self._store.write(take_in, row, driver_identity(), datetime.now(UTC))
        if is_new:
            self._driving.take(row["id"], driver)
        return is_new


class Intake:
    """Takes cases in."""

    def __init__(self, *, roundhouse: Roundhouse, offered: Offered, acceptance: Acceptance, notifies: bool) -> None:
        self._roundhouse = roundhouse
        self._offered = offered
        self._acceptance = acceptance
        self._notifies = notifies

    async def take(
        self, workflow: str, given: CaseGiven, key: str, caller: str
    ) -> tuple[RunRow, Literal["new", "known"]]:
        """The run of a case; ``key`` is the caller's own name for the request.

        Raises ``Refusal`` where the key was used for another case, ``InvalidCase``, ``CaseForgotten``,
        ``UnusableModel`` or ``DatabaseLost``, and then nothing is kept.
        """
        profile = self._offered.profile(workflow, given.profile)
        run, request = run_id(workflow, key, caller), digest_of(given)
        known = await self._known(run, request)
        if known is not None:
            return known, "known"
        driver = await self._roundhouse.driver(workflow, profile)
        case = checked_case(driver.workflow.case, given.case)
        await driver.check_models()
        pins = {**await driver.pins(datetime.now(UTC)), **self._pins(caller, request)}
        is_new = await self._acceptance.accept(driver, driver.row(case, run, None, pins=pins))
        kept = await self._known(run, request)
        if kept is None:
            raise UnknownRun(run)
        return kept, "new" if is_new else "known"

    def _pins(self, caller: str, request: str) -> Pins:
        pins: Pins = {"service": caller, "request": request}
        if self._notifies:
            pins["notifies"] = SERVICE
        return pins

    async def _known(self, run: str, request: str) -> RunRow | None:
        """The run of a request that came before. Raises ``CaseForgotten``, or ``Refusal`` for another request."""
        try:
            row = await self._roundhouse.store.read(find_run, run)
        except UnknownRun:
            return None
        if row.id != run:
            return None
        if row.pins.get("request") != request:
            detail = "This Idempotency-Key was used for another case or profile. Use a new key for a new case."
            raise Refusal(409, "key-used", detail)
        return run_row(row)


def run_id(workflow: str, key: str, caller: str) -> str:
    """The id of the run that a key stands for: ``api-`` and twenty hexadecimal digits."""
    return f"api-{_sha256([workflow, caller, key])[:20]}"


def digest_of(given: CaseGiven) -> str:
    """What a request asks for: the same whatever the order of its fields."""
    return _sha256([given.case, given.profile])


def _sha256(content: object) -> str:
    return hashlib.sha256(canonical(content).encode("utf-8", "surrogatepass")).hexdigest()
