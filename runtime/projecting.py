"""Projecting: what a drive of a run has come to, as the tables take it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from graphs.agenda import Consult, Dispatch, Finish, Plan, Settle
from graphs.message import message_of
from graphs.questions import under
from graphs.terms import terms_for
from graphs.workflow import Workflow
from runtime.cron import next_moment
from runtime.held import Held
from runtime.judging import judged
from state.progress import Progress
from state.review import Question, WaitingTerms
from state.run import RunStatus
from state.sql.asking import Asked, review_id
from state.sql.declaring import Declared, Series
from state.sql.effects import Effect
from state.sql.judgements import Judged
from state.sql.notices import notices
from state.sql.projection import Projection


def projection_of(
    workflow: Workflow, name: str, held: Held, progress: Progress, plan: Plan, key: str = ""
) -> Projection:
    """What a run has come to, given what the agenda says now; ``name`` is the workflow's in the tables. Pure.

    Spot checks are drawn with the key.
    """
    match plan:
        case Consult(questions=questions):
            status: RunStatus = "waiting"
            asked = tuple(Asked(under(held.pins, each), _terms(workflow, held, each)) for each in questions)
        case Finish(status=ended):
            status, asked = ended, ()
        case Dispatch() | Settle():
            status, asked = "running", ()
    delivers = status == "completed" and held.pins.get("delivers", True)
    effects = tuple(_effects(workflow, name, held, progress)) if delivers else ()
    reviews = [review_id(held.run, each.question.key) for each in asked]
    return projected(
        status,
        progress,
        asked=asked,
        effects=effects + notices(held.run, name, held.pins, status, len(progress.journal), reviews),
        flagged=_is_flagged(workflow, progress),
        declared=_declared(workflow, held) if delivers else "nothing",
        judged=judged(workflow, name, held, progress, plan, key),
    )


def failed(name: str, held: Held, progress: Progress, error: str, judged: Judged | None = None) -> Projection:
    """What a run has come to that cannot go on. Pure."""
    told = notices(held.run, name, held.pins, "failed", len(progress.journal))
    return projected("failed", progress, effects=told, error=error, judged=judged)


def projected(
    status: RunStatus,
    progress: Progress,
    *,
    asked: tuple[Asked, ...] = (),
    effects: tuple[Effect, ...] = (),
    flagged: bool = False,
    error: str | None = None,
    declared: Declared = "nothing",
    judged: Judged | None = None,
) -> Projection:
    """What a run has come to, as of now."""
    return Projection(
        status=status,
        progress=progress,
        asked=asked,
        effects=effects,
        flagged=flagged,
        error=error,
        at=datetime.now(UTC),
        declared=declared,
        judged=judged,
    )


def _terms(workflow: Workflow, held: Held, question: Question) -> WaitingTerms:
    """On what terms a question waits; a run that delivers nothing reminds nobody."""
    terms = terms_for(workflow.terms, question)
    return terms if held.pins.get("delivers", True) else terms.model_copy(update={"reminders": ()})


def _effects(workflow: Workflow, name: str, held: Held, progress: Progress) -> Iterator[Effect]:
    for effect in workflow.effects:
        value = progress.latest_value(effect.decision.__name__)
        if value is not None:
            message = message_of(effect, name, held.case, value)
            yield Effect(effect.name, effect.channel, value, message)


def _declared(workflow: Workflow, held: Held) -> Declared:
    """When the case is run again; a run that a schedule has started says nothing of that. Raises ``UsageError``."""
    if workflow.recurrence is None or "schedule" in held.pins:
        return "nothing"
    said = workflow.recurrence.schedule(workflow.case.model_validate(held.case))
    if said is None:
        return "once"
    cron, zone = said
    return Series(
        case=held.case,
        cron=cron,
        zone=zone,
        next_at=next_moment(cron, zone, datetime.now(UTC)),
        profile=held.pins.get("profile"),
        staff=held.pins.get("staff"),
    )


def _is_flagged(workflow: Workflow, progress: Progress) -> bool:
    flag = workflow.escalation.flag if workflow.escalation else None
    value = progress.latest_value(flag.decision.__name__) if flag else None
    return flag is not None and value is not None and flag.is_raised(flag.decision.model_validate(value))
