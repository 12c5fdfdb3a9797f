"""The agenda: one pure function that says what a run does next.

A workflow is to its decisions what a makefile is to its targets. A decision is *current* when all it was built
from is still current, at the version it was built from, and it has seen all its notes. From that alone follow,
in this order: a conflict whose next rung needs no human takes that rung; every decision that is not current, whose
needs are all current and not held, is made, all in parallel; else all open questions are put to a human; else the
run is finished. *Held* is every decision with an open question or in a conflict that waits for a human.

By induction over the order of needs one of the four always applies. A making that notes caused, or that ended in
the specialist's own request, uses one of the decision's attempts, so only humans can make a run go on for ever.

Those are the rules of the hub. The other shapes have the same but for this: in a sequence, only the next decision is
made, and questions are put at once; in a mesh, what was said last stands, and who speaks is not for an agenda to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from graphs.conflict import AskHuman, Conflict
from graphs.questions import (
    about_confidence,
    about_conflict,
    about_convergence,
    about_human_decision,
    about_outcome,
)
from graphs.shape import Hub, Mesh, Pipeline, Single, Supervisor
from graphs.workflow import Workflow
from state.errors import Stuck
from state.progress import Progress
from state.record import Record
from state.review import Question


@dataclass(frozen=True, slots=True)
class Settle:
    """Take the next rung of a conflict."""

    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Make these decisions, all in parallel."""

    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consult:
    """Put these questions to a human."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """There is nothing more to do."""

    status: Literal["completed", "rejected"]


Plan = Settle | Dispatch | Consult | Finish


@dataclass(frozen=True, slots=True)
class Survey:
    """What the state of a run amounts to."""

    current: frozenset[str]
    disputes: tuple[Conflict, ...]
    """The unsettled conflicts between current decisions."""
    ready: tuple[str, ...]
    """What can be made now."""
    questions: tuple[Question, ...]


def agenda(workflow: Workflow, progress: Progress, threshold: float) -> Plan:
    """What the run does next. Pure. Raises ``Stuck`` where no rule applies, which is a defect."""
    if progress.closed is not None:
        return Finish("rejected")
    found = survey(workflow, progress, threshold)
    for conflict in found.disputes:
        if not isinstance(conflict.resolver(progress), AskHuman):
            return Settle(conflict)
    if found.ready:
        return Dispatch(found.ready)
    if found.questions:
        return Consult(found.questions)
    if len(found.current) < len(workflow.order):
        raise Stuck([name for name in workflow.order if name not in found.current])
    return Finish("completed")


def survey(workflow: Workflow, progress: Progress, threshold: float) -> Survey:
    """What is current, in dispute, ready and asked, by the rules of the workflow's shape. Pure."""
    match workflow.shape:
        case Mesh():
            return _on_the_table(workflow, progress, threshold)
        case Pipeline() | Single():
            found = _surveyed(workflow, progress, threshold)
            return replace(found, ready=() if found.questions else found.ready[:1])
        case Hub() | Supervisor():
            return _surveyed(workflow, progress, threshold)
        case _ as impossible:
            assert_never(impossible)


def _on_the_table(workflow: Workflow, progress: Progress, threshold: float) -> Survey:
    """In a mesh: the newest of each decision, and what is to be asked of it. No ladder is climbed."""
    standing = [record for name in workflow.order if (record := progress.latest(name)) is not None]
    decided = {record.decision for record in standing if record.outcome == "decided"}
    disputes = [each for each in workflow.conflicts if decided.issuperset(each.sides) and each.disagrees(progress)]
    questions = [about_conflict(conflict, progress) for conflict in disputes]
    asked = (_about_current(workflow, progress, record, threshold) for record in standing)
    questions += [question for question in asked if question is not None]
    missing = (name for name in workflow.order if progress.latest(name) is None)
    able = (name for name in missing if decided.issuperset(workflow.needs[name]))
    questions += [about_convergence(name, progress, workflow.needs[name]) for name in able]
    return Survey(frozenset(record.decision for record in standing), (), (), tuple(questions))


def _surveyed(workflow: Workflow, progress: Progress, threshold: float) -> Survey:
    current = current_decisions(workflow, progress)
    disputes = tuple(
        conflict
        for conflict in workflow.conflicts
        if all(side in current for side in conflict.sides) and conflict.disagrees(progress)
    )
    waiting = [conflict for conflict in disputes if isinstance(conflict.resolver(progress), AskHuman)]
    questions = [about_conflict(conflict, progress) for conflict in waiting]
    held = {side for conflict in waiting for side in conflict.sides}
    ready: list[str] = []
    for name in workflow.order:
        record = current.get(name)
        if record is not None:
            question = _about_current(workflow, progress, record, threshold)
        elif all(need in current and need not in held for need in workflow.needs[name]):
            question = _about_stale(workflow, progress, name)
            if question is None:
                ready.append(name)
        else:
            continue
        if question is not None:
            questions.append(question)
            held.add(name)
    return Survey(frozenset(current), disputes, tuple(ready), tuple(questions))


def current_decisions(workflow: Workflow, progress: Progress) -> dict[str, Record]:
    """The newest records of the decisions that are built on nothing stale and have seen all their notes. Pure."""
    current: dict[str, Record] = {}
    records, notes, needs = progress.records, progress.notes, workflow.needs
    for name in workflow.order:
        made = records.get(name)
        if not made or made[-1].notes_seen != len(notes.get(name, ())):
            continue
        if _is_built_on(made[-1], needs[name], current):
            current[name] = made[-1]
    return current


def _is_built_on(record: Record, needs: tuple[str, ...], current: Mapping[str, Record]) -> bool:
    built_from = record.built_from
    return all([need in current and built_from.get(need) == current[need].version for need in needs])


def _about_current(workflow: Workflow, progress: Progress, record: Record, threshold: float) -> Question | None:
    if record.outcome != "decided":
        return about_outcome(record, progress)
    name = record.decision
    if name != workflow.judged or record.maker.kind != "agent" or progress.approvals.get(name) == record.version:
        return None
    confidence = record.confidence
    if confidence is None or confidence >= threshold:
        return None
    return about_confidence(record, progress, threshold)


def _about_stale(workflow: Workflow, progress: Progress, name: str) -> Question | None:
    """The question that stands in the way of making a decision whose needs are ready, if there is one."""
    record = progress.latest(name)
    unseen = progress.unseen(name)
    released = any(note.kind == "guidance" for note in unseen)
    if record is not None and record.maker.kind == "human" and not released:
        return about_human_decision(record, progress, workflow.needs[name])
    if attempts_left(workflow, progress, name) <= 0:
        return about_convergence(name, progress, workflow.needs[name])
    return None


def attempts_left(workflow: Workflow, progress: Progress, name: str) -> int:
    """How many more times notes may have a decision made again."""
    return workflow.owner[name].attempts - progress.attempts.get(name, 0)
