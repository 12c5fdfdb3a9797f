"""Rules from answers: what people have said of a conflict so often that nobody need be asked any more.

Where people have let the same side of a conflict stand at least k times in a row, a rule is proposed: that side stands.
The proposal tells what the rule would have done in the past, where people have also said otherwise. A person accepts
it, and from then on ``Prefer`` of that side is a rung of the conflict's ladder, right before the first that asks a
human. So the workflow has another signature. ``AskHuman`` stays on the ladder: a rung is taken once in a run, and where
the two disagree again after one of them was made anew, a human is asked as before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from graphs.conflict import AskHuman, Conflict, Prefer, Resolver
from graphs.shape import Mesh
from graphs.workflow import Workflow
from state.errors import UsageError
from state.rule import Said, Support

AT_LEAST = 10
"""How many times in a row people must have let the same side stand."""

Rules = Mapping[str, str]
"""The name of the decision that stands, by the name of the conflict."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule that people's answers suggest."""

    conflict: str
    prefer: str
    """The name of the decision that would stand."""
    support: Support


def proposals(
    workflow: Workflow,
    answers: Sequence[Said],
    accepted: Rules,
    at_least: int = AT_LEAST,
    revoked: Mapping[str, datetime] | None = None,
) -> tuple[Proposal, ...]:
    """The rules that past answers suggest, in the order of the workflow's conflicts. Pure.

    None for a conflict whose ladder does not end in a human, or that has a rule already. In a row count only answers
    since the moment in ``revoked``, when the last rule of the conflict was revoked.
    """
    ended = revoked or {}
    open_to = [each for each in workflow.conflicts if _is_asked(workflow, each) and each.name not in accepted]
    found = ((each, support_of(each, answers, ended.get(each.name))) for each in open_to)
    return tuple(
        Proposal(conflict.name, side, support)
        for conflict, (side, support) in ((each, it) for each, it in found if it is not None)
        if support.in_a_row >= at_least
    )


def support_of(
    conflict: Conflict, answers: Sequence[Said], since: datetime | None = None
) -> tuple[str, Support] | None:
    """The side that the newest answer let stand, and what speaks for it; None where it let none stand. Pure."""
    ours = [each for each in answers if each.conflict == conflict.name and each.sides == frozenset(conflict.sides)]
    people = sorted((each for each in ours if each.voice == "human"), key=lambda each: (each.at, each.run))
    newest = [each for each in reversed(people) if since is None or each.at > since]
    side = newest[0].stood if newest else None
    if side is None:
        return None
    row = list(takewhile(lambda each: each.stood == side, newest))
    return side, Support(
        in_a_row=len(row),
        people=len({each.by for each in row}),
        since=row[-1].at,
        last_at=row[0].at,
        answers=len(people),
        agreed=sum(each.stood == side for each in people),
        questions_saved=len({each.run for each in people}),
    )


def ruled(workflow: Workflow, rules: Rules) -> Workflow:
    """The workflow with the rules on the ladders of their conflicts. Raises ``UsageError`` where one does not fit."""
    if not rules:
        return workflow
    for conflict, side in rules.items():
        if reason := misfit(workflow, conflict, side):
            raise UsageError(f"The rule that {side} stands in {conflict!r} does not fit {workflow.name}: {reason}.")
    conflicts = tuple(_with_rule(each, rules[each.name]) if each.name in rules else each for each in workflow.conflicts)
    return replace(workflow, conflicts=conflicts)


def fitting(workflow: Workflow, rules: Rules) -> dict[str, str]:
    """Those of the rules that the workflow can have."""
    return {conflict: side for conflict, side in rules.items() if misfit(workflow, conflict, side) is None}


def misfit(workflow: Workflow, conflict: str, side: str) -> str | None:
    """Why a workflow cannot have a rule, in a part of a sentence; None where it can."""
    found = next((each for each in workflow.conflicts if each.name == conflict), None)
    if found is None:
        return f"it has no conflict {conflict!r}"
    if side not in found.sides:
        return f"{conflict!r} is between {' and '.join(found.sides)}"
    if isinstance(workflow.shape, Mesh):
        return "a mesh climbs no ladder"
    return None if any(isinstance(rung, AskHuman) for rung in found.ladder) else f"{conflict!r} asks no human"


def _is_asked(workflow: Workflow, conflict: Conflict) -> bool:
    """Whether the ladder of a conflict ends in a human."""
    return isinstance(conflict.ladder[-1], AskHuman) and not isinstance(workflow.shape, Mesh)


def _with_rule(conflict: Conflict, side: str) -> Conflict:
    rung: Resolver = Prefer(conflict.between[conflict.sides.index(side)])
    human = next(place for place, each in enumerate(conflict.ladder) if isinstance(each, AskHuman))
    return replace(conflict, ladder=(*conflict.ladder[:human], rung, *conflict.ladder[human:]))
