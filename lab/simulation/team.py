"""The team: a workflow of simulated specialists, of any size and overlap; :mod:`lab.simulation.plan` has its work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.specialist import Specialist
from graphs.conflict import AskHuman, Conflict, Predicate, Reconsider
from graphs.escalation import Escalation
from graphs.workflow import Workflow
from lab.simulation.opinion import Opinion, SimulatedCase, opinion, title
from lab.simulation.plan import Plan
from lab.simulation.simulated import Effort, SimulatedSpecialist
from state.decision import Decision


def team(plan: Plan, effort: Effort | None = None, threshold: float = 0.5) -> Workflow:
    """The workflow of a plan. The last decision is judged: a confidence under the threshold is put to a human."""
    effort = effort or Effort(seed=plan.seed)
    specialists: tuple[Specialist, ...] = tuple(
        SimulatedSpecialist(plan, place, effort) for place in range(plan.agents)
    )
    return Workflow(
        name=f"team-of-{plan.agents}",
        case=SimulatedCase,
        specialists=specialists,
        conflicts=tuple(_conflict(checked, checker) for checked, checker in _pairs(plan)),
        escalation=Escalation(judged=opinion(plan.agents - 1), threshold=threshold),
    )


def simulated_case(plan: Plan, position: int) -> SimulatedCase:
    """The case at a position, from 0: the same for teams of any shape and overlap."""
    return SimulatedCase(id=f"case-{position}", facts=plan.facts(position))


def truth_of(plan: Plan, position: int) -> dict[str, dict[str, Any]]:
    """What a team without any fault decides on the case at a position: the fields of each decision, by its name."""
    right = plan.truth(plan.facts(position))
    return {
        title(place): {"value": value, "views": {title(cover): right[cover] for cover in plan.covers[place]}}
        for place, value in enumerate(right)
    }


def overrides_of(plan: Plan) -> Mapping[str, Callable[[Any, Any], Decision]]:
    """What a checker would put in the place of what it checks, by the name of the conflict: its own view of it."""
    return {conflict_name(checked, checker): _Override(title(checked)) for checked, checker in _pairs(plan)}


def conflict_name(checked: int, checker: int) -> str:
    """The conflict between a decision and who has a view of its own of it, such as ``Part01-Part04``."""
    return f"{title(checked)}-{title(checker)}"


def _pairs(plan: Plan) -> list[tuple[int, int]]:
    return [(checked, checker) for checker, covered in enumerate(plan.covers) for checked in covered]


def _conflict(checked: int, checker: int) -> Conflict:
    return Conflict(
        conflict_name(checked, checker),
        between=(opinion(checked), opinion(checker)),
        when=_differs(title(checked)),
        ladder=(Reconsider(opinion(checked)), AskHuman()),
    )


def _differs(name: str) -> Predicate:
    def differs(checked: Opinion, checker: Opinion) -> bool:
        return checker.views.get(name, checked.value) != checked.value

    return differs


@dataclass(frozen=True, slots=True)
class _Override:
    name: str = field()

    def __call__(self, checked: Opinion, checker: Opinion) -> Opinion:
        value = checker.views.get(self.name, checked.value)
        return type(checked)(value=value, views=checked.views, confidence=checker.confidence)
