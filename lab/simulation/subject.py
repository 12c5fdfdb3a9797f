"""The subject: a real workflow with its own cases, in the place of a simulated team.

What is right of a case is what the hub comes to without any fault, with a person who lets everything stand: the lab
asks what coordination makes of a workflow, not how good its specialists are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, assert_never

from agents.specialist import Specialist
from graphs.catalogue import shipped
from graphs.conduct import Conduct
from graphs.hub import hub
from graphs.staffing import staffed, unknown_seats
from graphs.workflow import Workflow
from lab.simulation.clock import SimulatedClock
from lab.simulation.scene import scene
from lab.simulation.setting import Setting, Subject
from lab.simulation.stage import Cast, effort_of
from lab.simulation.stand_in import Borrowed
from lab.simulation.timed import Timed
from lab.simulation.truth import Truth
from runtime.intake import Accepted, Rejected, Row, Source
from runtime.models import Models
from runtime.settings import settings
from state.case import Case
from state.decision import Decision
from state.errors import UsageError
from state.progress import Progress
from state.review import Answer, Question
from state.staffing import Staffing

DONATE = 8
"""How many cases, after the one that is tried, lend what was decided in them."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is right of a case."""

    truth: Truth
    decided: dict[str, Decision]


class RealSubject:
    """A workflow with its cases and what is right of each, worked out when it is first asked for."""

    def __init__(self, setting: Setting, workflow: Workflow, cases: tuple[Case, ...]) -> None:
        effort = effort_of(setting)
        specialists: tuple[Specialist, ...] = tuple(Timed(each, effort) for each in workflow.specialists)
        timed = replace(workflow, specialists=specialists)
        self.cast = Cast(timed, Borrowed(_donated), {})
        self.cases = cases
        self._graph: Any = hub(timed, Conduct(person=_Content(), clock=SimulatedClock())).compile()
        self._references: dict[int, Reference] = {}

    async def reference(self, case: int) -> Reference:
        """What is right of the case at a position. Raises ``UsageError`` where there is no such case."""
        if case >= len(self.cases):
            raise UsageError(f"There is no case {case + 1}: the file has {len(self.cases)}. Ask for fewer cases.")
        if case not in self._references:
            self._references[case] = await self._decided(self.cases[case])
        return self._references[case]

    async def donors(self, case: int) -> dict[str, tuple[Decision, ...]]:
        """What was decided in the cases after it, beginning anew after the last, by the decision's name."""
        count = len(self.cases)
        places = ((case + step) % count for step in range(1, min(DONATE, count - 1) + 1))
        known = [(await self.reference(place)).decided for place in places]
        return {name: tuple(each[name] for each in known if name in each) for name in self.cast.workflow.order}

    async def _decided(self, case: Case) -> Reference:
        state = await self._graph.ainvoke({"case": case.model_dump(mode="json")}, {"recursion_limit": 1000})
        progress, contracts = Progress.parse(state["progress"]), self.cast.workflow.contracts
        values = {name: value for name in contracts if (value := progress.latest_value(name)) is not None}
        return Reference(values, {name: contracts[name].model_validate(value) for name, value in values.items()})


def _donated(contract: type[Decision]) -> Sequence[Decision]:
    return scene().donors.get(contract.__name__, ())


class _Content:
    """A person who lets everything stand, and closes a case where nothing is."""

    def answer(self, workflow: Workflow, progress: Progress, questions: tuple[Question, ...]) -> Answer:
        question = questions[0]
        if "approve" in question.offers:
            return Answer(question=question.key, action="approve", by="reference")
        return Answer(question=question.key, action="reject", by="reference", text="nobody can decide this")


def _seated(workflow: Workflow, named: Subject) -> Workflow:
    """The workflow with the chat models in its seats that it names itself, or that the subject gives it."""
    staffing = Staffing().over(named.model, dict(named.seats))
    unknown = unknown_seats(workflow, staffing)
    if unknown:
        names = ", ".join(owner.name for owner in workflow.specialists)
        raise UsageError(f"{named.workflow} has no seat {unknown[0]!r}. It has {names}.")
    return staffed(workflow, staffing, Models(settings()).chat)


@lru_cache(maxsize=8)
def subject_of(setting: Setting) -> RealSubject:
    """The subject that a setting names. Raises ``UsageError`` where it has none that can be used."""
    if setting.subject is None:
        raise UsageError("The setting names no workflow.")
    named = setting.subject
    catalogue = shipped()
    shipped_with = named.cases if named.cases in catalogue.profiles(named.workflow) else None
    workflow = _seated(catalogue.load(named.workflow, named.profile or shipped_with), named)
    source = Source(catalogue.source(named.workflow, named.cases) or Path(named.cases), workflow.case)
    cases = tuple(map(_case, source.rows()))
    if not cases:
        raise UsageError(f"{named.cases}: it has no case of {named.workflow}.")
    return RealSubject(setting, workflow, cases)


def _case(row: Row) -> Case:
    """The case of a row: to leave some out would measure others than were asked for. Raises ``UsageError``."""
    match row:
        case Accepted(case=case):
            return case
        case Rejected(line=line, problems=problems):
            found = "; ".join(f"{each.field}: {each.reason}" for each in problems)
            raise UsageError(f"Line {line} of the file of cases is no case: {found}. Mend it, or take the line out.")
        case _ as impossible:
            assert_never(impossible)
