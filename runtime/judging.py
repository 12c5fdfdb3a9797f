"""Judging: what a run that stands still says of the budget for attention, and whether it is drawn for a spot check."""

from datetime import UTC, datetime
from typing import Literal

from graphs.agenda import Consult, Finish, Plan
from graphs.attention.judged import asks_otherwise, judged_confidence
from graphs.workflow import Workflow
from runtime.attention import governed_by
from runtime.held import Held
from state.errors import ModelTrouble
from state.judgement import Judgement
from state.keyed import toss
from state.progress import Progress
from state.sql.judgements import Judged


def judged(workflow: Workflow, name: str, held: Held, progress: Progress, plan: Plan, key: str) -> Judged | None:
    """The judgement on a run that stands still; None of one that does not, and of what-ifs and migrated runs. Pure."""
    if workflow.escalation is None or held.seed is not None or not isinstance(plan, Consult | Finish):
        return None
    confidence = judged_confidence(workflow, progress)
    asked = isinstance(plan, Consult) or bool(progress.answers)
    is_under = confidence is not None and confidence < _threshold(workflow, held)
    if isinstance(plan, Consult) and asks_otherwise(plan.questions) and not is_under:
        confidence = None
    judgement = _judgement(workflow, name, held, confidence, "asked" if asked else "alone")
    is_automated = isinstance(plan, Finish) and plan.status == "completed" and not asked
    drawn = is_automated and toss(key, f"{name}\n{judgement.case_id}") < workflow.escalation.spot_checks
    return Judged(judgement, "drawn" if drawn else "not drawn")


def judged_by_failing(workflow: Workflow, name: str, held: Held, why: Exception) -> Judged | None:
    """The judgement on a run that failed: a human has to see to it, as a calibration counts it too. Pure.

    None where a model was down, which is no word about the case.
    """
    if workflow.escalation is None or held.seed is not None or isinstance(why, ModelTrouble):
        return None
    return Judged(_judgement(workflow, name, held, None, "asked"))


def _judgement(
    workflow: Workflow, name: str, held: Held, confidence: float | None, how: Literal["asked", "alone"]
) -> Judgement:
    now, started = datetime.now(UTC), held.pins.get("started_at")
    return Judgement(
        run=held.run,
        workflow=name,
        case_id=str(held.case["id"]),
        certificate=governed_by(held.pins),
        threshold=_threshold(workflow, held),
        confidence=confidence,
        asked=how == "asked",
        started_at=datetime.fromisoformat(started) if started else now,
        at=now,
    )


def _threshold(workflow: Workflow, held: Held) -> float:
    return held.pins.get("threshold", workflow.threshold)
