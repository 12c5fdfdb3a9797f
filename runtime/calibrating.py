"""Calibrating: labelled cases are rehearsed, a threshold is set from how sure the workflow was, and a certificate made.

Nothing is kept of a rehearsal, and nobody is asked. Chat models are paid for as those of a batch are.
"""

import asyncio
import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.chat.purse import Account, Purse
from agents.chat.session import Session, in_session
from graphs.attention.calibration import FEWEST, calibrated, reference
from graphs.attention.grading import escalation_of
from graphs.attention.no_promise import NoPromise
from graphs.attention.rehearsal import Rehearsal, rehearsed_case, rehearsing
from graphs.attention.rehearsed import Rehearsed
from runtime.admission import Admission
from runtime.batch import Meter
from runtime.driver import Driver
from runtime.labelled import Labelled, LabelledCase
from runtime.models import Models
from state.certificate import Certificate, Demand
from state.errors import UsageError
from state.own_error import own_error
from state.progress import Progress

SHOWN = 5
"""How many labels a message lists."""

SEED = 1
"""Of the half of the cases that sets the edges of the reference."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A certificate, not yet issued, and what it was made of."""

    certificate: Certificate
    cases: tuple[Rehearsed, ...]
    kinds: tuple[str, ...]
    """The kinds of error that are told apart."""
    remarks: tuple[str, ...] = ()
    """What there is to say, each a sentence."""


async def calibrate(
    driver: Driver, models: Models, labelled: Labelled, demand: Demand, concurrency: int, meter: Meter
) -> Calibration:
    """Rehearse labelled cases and make a certificate of them, which is not issued yet.

    Raises ``UsageError`` where nothing can be learnt of these cases, ``ModelTrouble`` where a chat model is down, and
    ``NoPromise`` where the demand cannot be met.
    """
    _check_labels(labelled)
    notices = await driver.check_models()
    cases = await _Rehearsals(driver, models, labelled, meter).all(concurrency)
    _check_some_are_sure(driver.workflow.name, cases)
    kinds = labelled.grading.kinds
    certificate = await asyncio.to_thread(_certificate, driver, labelled, demand, [case for case, _ in cases])
    failed = [trouble for _, trouble in cases if trouble]
    remarks = (
        [f"{len(failed):,} cases failed, which counts as asking a human. The first: {failed[0]}."] if failed else []
    )
    return Calibration(certificate, tuple(case for case, _ in cases), kinds, (*notices, *labelled.remarks, *remarks))


class _Rehearsals:
    """The rehearsals of all cases, some at a time."""

    def __init__(self, driver: Driver, models: Models, labelled: Labelled, meter: Meter) -> None:
        self._workflow = driver.workflow
        self._models = models
        self._labelled = labelled
        self._meter = meter
        self._account = Account("batch", models.batch_budget)
        self._admission = Admission(self._account, driver.calls_a_row, lambda: driver.outage)
        self._rehearse = rehearsing(driver.workflow)
        self._found: dict[int, tuple[Rehearsed, str]] = {}

    async def all(self, concurrency: int) -> list[tuple[Rehearsed, str]]:
        """Every case in its order, and why it failed, else nothing. Raises ``UsageError`` where the budget ends."""
        cases = self._labelled.cases
        self._meter.began(len(cases))
        work = iter(enumerate(cases))
        with in_session(Session(Purse((self._account,)))):
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(concurrency, len(cases))):
                        group.create_task(self._work(work))
            except BaseExceptionGroup as raised:
                raise own_error(raised) or raised from None
        if self._admission.refusal is not None:
            raise UsageError(
                f"Only {len(self._found):,} of {len(cases):,} cases were rehearsed: {self._admission.refusal}. "
                "Nothing is kept of a rehearsal: it begins anew."
            )
        return [self._found[place] for place in range(len(cases))]

    async def _work(self, work: Iterator[tuple[int, LabelledCase]]) -> None:
        for place, each in work:
            async with self._admission.row() as may_begin:
                if not may_begin:
                    return
                with in_session(self._models.session(each.case.id, Progress(), sends_back=False)):
                    rehearsal = await self._rehearse(each.case)
            self._found[place] = self._graded(each, rehearsal), rehearsal.trouble
            self._meter.finished("asks a human" if rehearsal.asks else "decided")

    def _graded(self, each: LabelledCase, rehearsal: Rehearsal) -> Rehearsed:
        try:
            return rehearsed_case(self._workflow, rehearsal, self._labelled.grading, each.label)
        except UsageError as mistake:
            raise UsageError(f"Case {each.case.id!r}: {mistake}") from mistake


def _check_labels(labelled: Labelled) -> None:
    """Raise ``UsageError`` where the labels cannot teach anything."""
    source, label = labelled.source, labelled.grading.label
    found = {each.label for each in labelled.cases}
    if not found:
        raise UsageError(
            f"{source}: no case has a label under {label!r}, so that nothing is known to be right or wrong."
        )
    if labelled.grading.labels and labelled.grading.labels[0] not in found:
        raise UsageError(
            f"{source}: no label under {label!r} is {labelled.grading.labels[0]!r}, but {_some(found)}. What a label "
            "means is declared with the workflow, or in its profile."
        )
    if len(labelled.cases) < FEWEST:
        raise UsageError(
            f"{source}: {len(labelled.cases)} labelled cases are too few to promise anything. Give at least {FEWEST}; "
            "with 1,000 or more the bounds are close."
        )
    if len(found) == 1:
        raise UsageError(
            f"{source}: every label under {label!r} is {found.pop()!r:.80}. With one class only, nothing shows what is "
            "decided wrongly. Give cases of every kind."
        )


def _some(found: Collection[str]) -> str:
    """The first of some labels, in quotes."""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(f"{each!r:.40}" for each in sorted(found)[:SHOWN]) + more


def _check_some_are_sure(workflow: str, cases: Sequence[tuple[Rehearsed, str]]) -> None:
    """Raise ``NoPromise`` where every case asks anyway, with what went wrong, if anything did."""
    if all(case.asks for case, _ in cases):
        trouble = next((f" The first that failed: {trouble}." for _, trouble in cases if trouble), "")
        raise NoPromise(
            f"{workflow}: each of the {len(cases):,} cases asks a human for another reason than its confidence, which "
            f"no threshold changes.{trouble}"
        )


def _certificate(driver: Driver, labelled: Labelled, demand: Demand, cases: list[Rehearsed]) -> Certificate:
    promise = calibrated(cases, demand, labelled.grading.kinds)
    now, data = datetime.now(UTC), labelled.digest()
    known_by = [driver.name, driver.workflow.signature, data, demand.model_dump(), now.isoformat()]
    return Certificate(
        id=hashlib.sha256(json.dumps(known_by).encode()).hexdigest()[:10],
        workflow=driver.name,
        signature=driver.workflow.signature,
        profile=driver.profile,
        issued_at=now,
        source=labelled.source,
        data_digest=data,
        demand=demand,
        cases=len(cases),
        automated=promise.automated,
        threshold=promise.threshold,
        human_at_most=promise.human_at_most,
        human_observed=promise.human_observed,
        errors=promise.errors,
        error_at_most=promise.error_at_most,
        reference=reference(cases, promise.threshold, SEED),
        when_drifted=escalation_of(driver.workflow).when_drifted,
    )
