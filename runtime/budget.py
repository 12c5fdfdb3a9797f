"""How the budgets for human attention stand, read from the tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphs.attention.binomial import always_valid, interval
from graphs.attention.controller import budget_of, threshold_of
from graphs.attention.grading import labelled_fields
from graphs.escalation import Escalation
from graphs.workflow import Workflow, differences
from state.budget import Budget, Share, Standing
from state.errors import UsageError
from state.graded import Agreement, Graded
from state.judgement import RIGHT
from state.sql.certificates import Governing, governing, newest_of
from state.sql.figures import count_asked
from state.sql.outcomes import read_graded
from state.sql.runs import newest_signature, signature_parts
from state.sql.spot_checks import read_spot_checks
from state.sql.store import Store

Load = Callable[[str], Workflow]
"""Makes a workflow of its name. Raises ``UsageError``."""


class Budgets(Protocol):
    """Where the budgets of workflows are read."""

    def read(self, workflow: str, since: datetime | None) -> Budget:
        """How the budget of a workflow stands; outcomes and spot checks are those since then."""


class SqlBudgets:
    """Budgets in the database."""

    def __init__(self, store: Store, load: Load) -> None:
        self._store, self._load = store, load

    def read(self, workflow: str, since: datetime | None) -> Budget:
        """See :class:`Budgets`."""
        declared, found = _known(self._load, workflow), self._found(workflow)
        governs = found.governing if found.standing in ("standing", "withdrawn") else None
        if governs is None:
            asked, cases = self._store.read_now(count_asked, workflow, since)
        else:
            watch = governs.watch
            asked, cases = watch.asked - watch.asked_before, watch.cases - watch.cases_before
        under = governs.certificate.id if governs else None
        graded = self._store.read_now(read_graded, workflow, since, under)
        checks = self._store.read_now(read_spot_checks, workflow, since)
        return Budget(
            workflow=workflow,
            standing=found.standing,
            certificate=found.governing.certificate if found.governing else None,
            changes=found.changes,
            whole=None if governs is None else (governs.watch.asked, governs.watch.cases),
            advice=_advice(found.standing, workflow, declared),
            budget=_budget(governs, declared),
            asked=Share(asked, cases, always_valid(asked, cases)),
            threshold=_threshold(governs, declared),
            graded=graded,
            wrong=_share(graded.wrong, graded.cases),
            kinds={kind: _share(count, graded.cases) for kind, count in graded.automated.items() if kind != RIGHT},
            checks=checks,
            agreed=_share(checks.agreed, checks.answered),
            since=since,
        )

    def _found(self, name: str) -> "_Found":
        """The certificate of the version that was run last; else that which was issued last, of whatever version."""
        newest = self._store.read_now(newest_of, name)
        if newest is None:
            return _Found("none")
        signature = self._store.read_now(newest_signature, name) or newest.certificate.signature
        governs = self._store.read_now(governing, name, signature)
        if governs is not None:
            return _Found("standing" if governs.certificate.is_standing else "withdrawn", governs)
        then, now = (self._store.read_now(signature_parts, each) for each in (newest.certificate.signature, signature))
        return _Found("other version", newest, tuple(differences(then, now)) if then and now else ())


class MemoryBudgets:
    """Budgets that somebody gave, for tests of pages."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self.given: dict[str, Budget] = {}

    def read(self, workflow: str, since: datetime | None) -> Budget:
        """See :class:`Budgets`."""
        return self.given.get(workflow) or _nothing(workflow, _known(self._load, workflow), since)


@dataclass(frozen=True, slots=True)
class _Found:
    standing: Standing
    governing: Governing | None = None
    changes: tuple[str, ...] = ()


def _advice(standing: Standing, name: str, workflow: Workflow | None) -> str:
    """What to do about it; nothing where no outcome can say what was right."""
    if standing == "standing":
        return ""
    if workflow is not None and (workflow.escalation is None or not _can_be_graded(workflow.escalation)):
        return ""
    on = {"none": "", "other version": "", "withdrawn": ", on cases like those that come now"}[standing]
    return f"Calibrate{on}: roundhouse calibrate {name} LABELLED."


def _can_be_graded(escalation: Escalation) -> bool:
    return escalation.grading is not None or any(labelled_fields(escalation.judged))


def _share(count: int, of: int) -> Share:
    return Share(count, of, interval(count, of))


def _budget(governs: Governing | None, workflow: Workflow | None) -> float | None:
    if governs is not None:
        return budget_of(governs.certificate)
    return workflow.escalation.budget if workflow is not None and workflow.escalation is not None else None


def _threshold(governs: Governing | None, workflow: Workflow | None) -> float | None:
    if governs is not None:
        return threshold_of(governs.certificate, governs.watch)
    return workflow.threshold if workflow is not None and workflow.escalation is not None else None


def _known(load: Load, name: str) -> Workflow | None:
    try:
        return load(name)
    except UsageError:
        return None


def _nothing(name: str, workflow: Workflow | None, since: datetime | None) -> Budget:
    """The budget of a workflow of which no more is known than what it declares."""
    nothing = Share(0, 0, (0.0, 1.0))
    return Budget(
        workflow=name,
        standing="none",
        certificate=None,
        changes=(),
        whole=None,
        advice=_advice("none", name, workflow),
        budget=_budget(None, workflow),
        asked=nothing,
        threshold=_threshold(None, workflow),
        graded=Graded(asked={}, automated={}),
        wrong=nothing,
        kinds={},
        checks=Agreement(),
        agreed=nothing,
        since=since,
    )
