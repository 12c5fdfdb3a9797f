"""Lint: what is wrong with a workflow, said before anything runs.

Every finding has a code, the names involved and the mend. Errors (RH1xx) refuse to compile; warnings (RH2xx) are shown.
"""

from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError
from itertools import combinations

from graphs.conflict import AskHuman, Ballot, Conflict, Prefer, Reconsider, Resolver, Vote
from graphs.finding import Finding, Rule
from graphs.lint_cost import COST_RULES
from graphs.lint_outward import OUTWARD_RULES
from graphs.shape import Mesh, Single, Supervisor
from graphs.workflow import Workflow
from state.errors import InvalidWorkflow

RESERVED = frozenset({"hub", "settle", "ask", "__start__", "__end__"})
"""The names of the graph's own nodes, in every shape."""

UNFIT = frozenset(":|")
"""The characters that LangGraph keeps for itself."""

MANY_SPECIALISTS = 4
"""With more specialists than this, a workflow without any conflict rule is warned about."""


def lint(workflow: Workflow) -> list[Finding]:
    """All findings, errors first. Never raises for what is wrong with the workflow."""
    found = [finding for rule in _GROUND_RULES for finding in rule(workflow)]
    found = found or list(_cycles(workflow))
    if not found:
        found = [finding for rule in _SHAPE_RULES for finding in rule(workflow)]
    return sorted(found, key=lambda finding: finding.code)


def check(workflow: Workflow) -> None:
    """Raise ``InvalidWorkflow`` with every error that ``lint`` finds."""
    errors = [str(finding) for finding in lint(workflow) if finding.severity == "error"]
    if errors:
        raise InvalidWorkflow(workflow.name, errors)


def _no_specialists(workflow: Workflow) -> Iterator[Finding]:
    if not workflow.specialists:
        yield Finding("RH100", (workflow.name,), "There is no specialist.", "Add one that decides something.")


def _two_owners(workflow: Workflow) -> Iterator[Finding]:
    owners: dict[str, list[str]] = {}
    for specialist in workflow.specialists:
        owners.setdefault(specialist.decides.__name__, []).append(specialist.name)
    for decision, names in owners.items():
        if len(names) > 1:
            problem = f"{decision} has {len(names)} owners: {', '.join(names)}."
            yield Finding("RH101", (decision, *names), problem, "Keep one, or put them in a Panel.")


def _names(workflow: Workflow) -> Iterator[Finding]:
    names = Counter(specialist.name for specialist in workflow.specialists)
    for name, count in names.items():
        if name in _reserved(workflow):
            problem = f"{name!r} is a name of the {workflow.shape.name}'s own nodes."
            yield Finding("RH102", (name,), problem, "Give it with name=.")
        elif not name or name.startswith("__") or UNFIT.intersection(name):
            problem = f"{name!r} cannot be the name of a node."
            yield Finding("RH102", (name,), problem, "Give it one without ':' and '|' that does not begin with '__'.")
        if count > 1:
            yield Finding("RH102", (name,), f"{count} specialists are named {name!r}.", "Name one with name=.")
    conflicts = Counter(conflict.name for conflict in workflow.conflicts)
    for name, count in conflicts.items():
        if count > 1:
            yield Finding("RH102", (name,), f"{count} conflicts are named {name!r}.", "Give each a name of its own.")


def _reserved(workflow: Workflow) -> frozenset[str]:
    """The names of the nodes that are no specialist's."""
    match workflow.shape:
        case Mesh():
            return RESERVED | {"tally"}
        case Supervisor(chooser=chooser):
            return RESERVED | {chooser.name if chooser else "supervisor"}
        case _:
            return RESERVED


def _undecided_needs(workflow: Workflow) -> Iterator[Finding]:
    contracts = set(workflow.contracts.values())
    for name, owner in workflow.owner.items():
        for need in owner.needs:
            if need not in contracts:
                problem = f"{owner.name} needs {need.__name__} for {name}, and nobody decides it."
                yield Finding("RH103", (owner.name, need.__name__), problem, "Add its owner, or drop the need.")


def _cycles(workflow: Workflow) -> Iterator[Finding]:
    try:
        _ = workflow.order
    except CycleError as cycle:
        names = tuple(cycle.args[1])
        problem = f"The needs go in a circle: {' → '.join(names)}."
        yield Finding("RH104", names, problem, "Drop one need, and let its specialist Ask instead.")


def _foreign_names(workflow: Workflow) -> Iterator[Finding]:
    known = set(workflow.contracts.values())
    spoken = [(f"conflict {conflict.name}", side) for conflict in workflow.conflicts for side in conflict.between]
    spoken += [(f"effect {effect.name}", effect.decision) for effect in workflow.effects]
    if workflow.escalation:
        spoken.append(("the escalation", workflow.escalation.judged))
        spoken += [("the flag", flag.decision) for flag in [workflow.escalation.flag] if flag]
    for where, decision in spoken:
        if decision not in known:
            problem = f"{where} speaks of {decision.__name__}, and nobody decides it."
            yield Finding("RH105", (where, decision.__name__), problem, "Add its owner, or name another decision.")


def _ladders(workflow: Workflow) -> Iterator[Finding]:
    for conflict in workflow.conflicts:
        if not conflict.ladder or not isinstance(conflict.ladder[-1], Prefer | AskHuman):
            problem = f"The ladder of {conflict.name} can end unsettled."
            yield Finding("RH106", (conflict.name,), problem, "End it with AskHuman() or Prefer(…).")
        for resolver in conflict.ladder:
            yield from _rungs(conflict, resolver)
        if conflict.between[0] is conflict.between[1]:
            problem = f"{conflict.name} is between {conflict.sides[0]} and itself."
            yield Finding("RH107", (conflict.name,), problem, "Use a Panel for several views of one decision.")


def _rungs(conflict: Conflict, resolver: Resolver) -> Iterator[Finding]:
    match resolver:
        case Prefer(decision=named) | Reconsider(decision=named) | AskHuman(suggest=type() as named):
            if named not in conflict.between:
                problem = f"A rung of {conflict.name} names {named.__name__}, which is not one of its two sides."
                mend = f"Name {' or '.join(conflict.sides)}."
                yield Finding("RH107", (conflict.name, named.__name__), problem, mend)
        case Vote(voters=voters, quorum=quorum):
            names = [voter.name for voter in voters]
            if not names or len(set(names)) < len(names) or not 0 <= quorum <= len(names):
                problem = f"A vote of {conflict.name} has the voters {names!r} and a quorum of {quorum}."
                mend = "Name at least one voter, with different names, and a quorum of 0 to their number."
                yield Finding("RH107", (conflict.name,), problem, mend)
            for voter in voters:
                if not issubclass(voter.decides, Ballot):
                    problem = f"{voter.name} votes on {conflict.name} and decides {voter.decides.__name__}."
                    yield Finding("RH107", (conflict.name, voter.name), problem, "Let it decide a Ballot.")


def _unused(workflow: Workflow) -> Iterator[Finding]:
    delivered = {effect.decision.__name__ for effect in workflow.effects}
    leaves = [name for name in workflow.order if not workflow.downstream[name]]
    used = delivered | {side for conflict in workflow.conflicts for side in conflict.sides} | {workflow.judged}
    for name in leaves:
        if name not in used and (delivered or len(leaves) > 1):
            owner = workflow.owner[name].name
            mend = f"Let somebody need it, deliver it, or leave {owner} out."
            yield Finding("RH201", (name, owner), f"Nobody uses {name}.", mend)


def _silent_disagreements(workflow: Workflow) -> Iterator[Finding]:
    ruled = {frozenset(conflict.sides) for conflict in workflow.conflicts}
    for first, second in combinations(workflow.order, 2):
        related = first in workflow.upstream[second] or second in workflow.upstream[first]
        shared = sorted(_subjects(workflow, first) & _subjects(workflow, second))
        if shared and not related and frozenset((first, second)) not in ruled:
            problem = f"{first} and {second} both decide {', '.join(shared)} and may disagree, with no rule for it."
            yield Finding("RH202", (first, second), problem, "Declare a Conflict between them.")


def _subjects(workflow: Workflow, name: str) -> set[str]:
    return set(workflow.contracts[name].model_fields) - {"confidence", "rationale"}


def _half_seen(workflow: Workflow) -> Iterator[Finding]:
    for conflict in workflow.conflicts:
        for name in workflow.order:
            seen = [side for side in conflict.sides if side in workflow.needs[name]]
            if len(seen) == 1 and name not in conflict.sides and not _later(workflow, name, conflict):
                problem = f"{name} needs {seen[0]} only, and so does not see how {conflict.name} was settled."
                yield Finding("RH203", (name, conflict.name), problem, "Let it need both sides.")


def _later(workflow: Workflow, name: str, conflict: Conflict) -> bool:
    """Whether a side of the conflict is itself built on the decision, so that it comes before any settlement."""
    return any(name in workflow.upstream[side] for side in conflict.sides)


def _moving_effects(workflow: Workflow) -> Iterator[Finding]:
    for effect in workflow.effects:
        name = effect.decision.__name__
        changers = [*workflow.downstream[name], *(c.name for c in workflow.conflicts if name in c.sides)]
        if changers:
            problem = f"{effect.name} delivers {name}, which {', '.join(changers)} can still send back."
            yield Finding("RH204", (effect.name, name), problem, "Deliver a decision that is built on it instead.")


def _no_escalation(workflow: Workflow) -> Iterator[Finding]:
    humans = any(isinstance(resolver, AskHuman) for conflict in workflow.conflicts for resolver in conflict.ladder)
    if not workflow.escalation and not humans:
        problem = "Nothing brings an unsure decision to a human."
        yield Finding("RH205", (workflow.name,), problem, "Declare escalation=Escalation(judged=…, threshold=…).")


def _no_conflicts(workflow: Workflow) -> Iterator[Finding]:
    count = len(workflow.specialists)
    if count > MANY_SPECIALISTS and not workflow.conflicts and not isinstance(workflow.shape, Single):
        problem = f"{count} specialists and no conflict rule."
        yield Finding("RH206", (workflow.name,), problem, "Declare what may disagree, or work with fewer.")


def _dead_rungs(workflow: Workflow) -> Iterator[Finding]:
    for conflict in workflow.conflicts:
        if any(isinstance(resolver, AskHuman) for resolver in conflict.ladder[:-1]):
            problem = f"The ladder of {conflict.name} goes on after AskHuman."
            yield Finding("RH207", (conflict.name,), problem, "Put AskHuman() last.")


_GROUND_RULES: tuple[Rule, ...] = (_no_specialists, _two_owners, _names, _undecided_needs, _foreign_names, _ladders)
"""What the other rules rest on."""

_SHAPE_RULES: tuple[Rule, ...] = (
    _unused,
    _silent_disagreements,
    _half_seen,
    _moving_effects,
    _no_escalation,
    _no_conflicts,
    _dead_rungs,
    *OUTWARD_RULES,
    *COST_RULES,
)
