"""What a workflow's shape costs, as the lab measured it: warnings that can be read off the topology before it runs."""

from collections.abc import Iterator

from graphs.finding import Finding, Rule
from graphs.measured import Cost, Measured, Span, measured
from graphs.workflow import Workflow

WORTH_SAYING = 1.25
"""How many times the hub's turns or tokens a shape surely takes before it is warned about."""


RARE = 0.01
"""A share of runs under which a cascade is not told."""


def overlap_of(workflow: Workflow) -> float:
    """The share of the handoffs whose two ends may disagree by a declared conflict, 0 to 1.

    What is handed over only along with what is built on it, so that the receiver can check that, does not count.
    """
    handoffs = sum(len(_direct(workflow, name)) for name in workflow.order)
    return min(1.0, len(workflow.conflicts) / handoffs) if handoffs else 0.0


def _direct(workflow: Workflow, name: str) -> list[str]:
    needs = workflow.needs[name]
    return [need for need in needs if not any(need in workflow.upstream[other] for other in needs)]


def _mesh(workflow: Workflow) -> Iterator[Finding]:
    for found, cost in _costs(workflow, "mesh"):
        if cost.turns.low > WORTH_SAYING:
            overlapping = " with overlapping domains" if cost.overlap else ""
            share = cost.cascades.value
            cascades = f", and {share:.0%} of its runs had an override cascade" if share >= RARE else ""
            yield Finding(
                "RH210",
                (workflow.name,),
                f"{_team(workflow)} speak in every round: a mesh of {cost.agents}{overlapping} takes "
                f"{_times(cost.turns)} the turns and {_times(cost.tokens)} the tokens of a hub{_lost(cost)}{cascades} "
                f"({_where(found)}).",
                "Take the hub, or as few specialists as will do.",
            )


def _supervisor(workflow: Workflow) -> Iterator[Finding]:
    for found, cost in _costs(workflow, "supervisor"):
        calls = 2 * len(workflow.specialists) + 1
        if cost.turns.low > WORTH_SAYING:
            yield Finding(
                "RH211",
                (workflow.name,),
                f"A supervisor over {_team(workflow)} makes {calls} calls where nothing goes wrong: one of "
                f"{cost.agents} takes {_times(cost.turns)} the turns and {_times(cost.tokens)} the tokens of a hub "
                f"({_where(found)}).",
                "Take the hub, whose coordination makes no calls.",
            )


def _single(workflow: Workflow) -> Iterator[Finding]:
    for found, cost in _costs(workflow, "single"):
        if cost.tokens.low > WORTH_SAYING or cost.right.high < 0:
            yield Finding(
                "RH212",
                (workflow.name,),
                f"One agent makes {len(workflow.specialists)} decisions and reads all that came before each: with "
                f"{cost.agents} it takes {_times(cost.tokens)} the tokens of a hub{_lost(cost)} ({_where(found)}).",
                "Take the hub, whose specialists are handed what they declared.",
            )


def _pipeline(workflow: Workflow) -> Iterator[Finding]:
    for found, cost in _costs(workflow, "pipeline"):
        if workflow.conflicts and cost.questions.low > 0:
            yield Finding(
                "RH213",
                (workflow.name, *(conflict.name for conflict in workflow.conflicts)),
                f"In a pipeline nobody looks again, so a disagreement goes to a human: one of {cost.agents} asks "
                f"{100 * cost.questions.value:.0f} questions more for 100 cases than a hub ({_where(found)}).",
                "Take the hub, or end each ladder in a rung that settles.",
            )


def _costs(workflow: Workflow, shape: str) -> Iterator[tuple[Measured, Cost]]:
    """What was measured of the workflow's shape nearest to its size, where it has that shape."""
    found = measured() if workflow.shape.name == shape else None
    cost = found.nearest(shape, len(workflow.specialists), overlap_of(workflow)) if found else None
    if found is not None and cost is not None:
        yield found, cost


def _team(workflow: Workflow) -> str:
    count = len(workflow.specialists)
    return f"{count} specialist{'s' if count > 1 else ''}"


def _times(span: Span) -> str:
    value, low, high = (f"{each:.1f}" for each in (span.value, span.low, span.high))
    return f"{value} times" if low == high else f"{value} ({low} to {high}) times"


def _lost(cost: Cost) -> str:
    """That fewer cases come out right, where that is sure."""
    return f", with {-100 * cost.right.value:.0f} of 100 cases fewer right" if cost.right.high < 0 else ""


def _where(found: Measured) -> str:
    return f"measured with a fault in {found.fault_rate:.0%} of the turns, {found.report}"


COST_RULES: tuple[Rule, ...] = (_mesh, _supervisor, _single, _pipeline)
