"""Spot checks: automated cases that a reviewer decides once more after their delivery, without being told how it was.

What comes of them is agreement, and not error: a reviewer may be wrong as the hub may.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from graphs.attention.grading import escalation_of, grading_for, labelled_fields, text_of
from graphs.workflow import Workflow
from state.errors import UsageError
from state.graded import Agreement
from state.judgement import SpotCheck
from state.plain import unkeepable
from state.sql.spot_checks import WaitingCheck, find_check, give_verdict, list_checks, read_spot_checks
from state.sql.store import Store

LONGEST = 200
"""How many characters a verdict has at the most."""

Load = Callable[[str, str | None], Workflow]
"""Finds a workflow by its name and profile. Raises ``UsageError``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reviewer is asked about a case."""

    decision: str
    """The judged decision."""
    field: str
    """The field of it that is decided once more."""
    choices: tuple[str, ...]
    """The values to choose from; empty where any text will do."""

    def checked(self, verdict: str) -> str:
        """The verdict, without spaces around it. Raises ``UsageError`` for one that cannot be given."""
        said = verdict.strip()
        if self.choices and said not in self.choices:
            raise UsageError(f"The verdict {said!r:.80} is none of the choices: {', '.join(self.choices)}.")
        if not said or len(said) > LONGEST:
            raise UsageError(f"A verdict has 1 to {LONGEST} characters; that one has {len(said)}.")
        reason = unkeepable(said)
        if reason is not None:
            raise UsageError(f"The verdict {reason}.")
        return said

    def agrees(self, verdict: str, decisions: Mapping[str, Any]) -> bool:
        """Whether the hub decided that, given the decisions of a run by their names. Pure."""
        decided = text_of((decisions.get(self.decision) or {}).get(self.field))
        return decided.strip().casefold() == verdict.casefold()


@dataclass(frozen=True, slots=True)
class Check:
    """A case as it is put to a reviewer: nothing in it says what the hub decided."""

    run: str
    workflow: str
    case: Mapping[str, Any]
    drawn_at: datetime
    asked: Asked | None
    """None where the workflow is not known any more."""
    trouble: str = ""
    """Why it cannot be answered; else empty."""


class Checks(Protocol):
    """Where spot checks are taken. Every method raises ``DatabaseLost`` where the database went away."""

    def waiting(self, workflow: str | None = None, limit: int = 100) -> Sequence[Check]:
        """Those that can be answered, the oldest first."""

    def agreement(self, workflow: str | None = None) -> Agreement:
        """How those that were ever drawn stand."""

    def answer(self, run: str, verdict: str, *, by: str) -> SpotCheck:
        """Give a verdict. Raises ``AlreadyChecked`` or ``UsageError``, and then nothing is saved."""


def asked_of(workflow: Workflow) -> Asked:
    """What reviewers of a workflow's cases are asked: the field that is graded, or else its first of one value."""
    escalation = escalation_of(workflow)
    judged, grading = escalation.judged, escalation.grading
    if grading is None:
        own = next(iter(labelled_fields(judged)), None)
        if own is None:
            raise UsageError(f"{judged.__name__} of {workflow.name!r} has no field that could be decided once more.")
        grading = grading_for(workflow, [f"{judged.__name__}.{own}"])
    return Asked(judged.__name__, grading.field, grading.choices)


def waiting_checks(store: Store, load: Load, workflow: str | None = None, limit: int = 100) -> list[Check]:
    """The spot checks that can be answered, the oldest first."""
    return [_check(each, load) for each in store.read_now(list_checks, workflow, limit)]


def agreement_of(store: Store, workflow: str | None = None) -> Agreement:
    """How the spot checks that were ever drawn stand."""
    return store.read_now(read_spot_checks, workflow)


async def answer_check(store: Store, load: Load, run: str, verdict: str, by: str) -> SpotCheck:
    """Give the verdict on a run, by its id or the beginning of it. Raises ``AlreadyChecked`` or ``UsageError``."""
    found = await store.read(find_check, run)
    asked = asked_of(load(found.check.workflow, found.profile))
    said, who = asked.checked(verdict), by.strip()
    if not who or len(who) > LONGEST or not who.isprintable():
        raise UsageError(f"A name has 1 to {LONGEST} characters, in one line.")

    def agrees(decisions: Mapping[str, Any]) -> bool:
        return asked.agrees(said, decisions)

    return await store.write(give_verdict, found.check.run, said, who, agrees, datetime.now(UTC))


def _check(found: WaitingCheck, load: Load) -> Check:
    row, asked, trouble = found.check, None, ""
    try:
        asked = asked_of(load(row.workflow, found.profile))
    except UsageError as unknown:
        trouble = str(unknown)
    return Check(row.run, row.workflow, found.case, row.drawn_at, asked, trouble)
