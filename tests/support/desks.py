"""Variations of the triage workflow, for tests of what becomes of a run when its workflow changes."""

from dataclasses import replace
from typing import Any

from pydantic import Field

from agents.specialist import Escalate, Handoff, Specialist, specialist
from graphs.catalogue import Catalogue, Entry
from graphs.conflict import AskHuman, Conflict
from graphs.workflow import Workflow
from state.decision import Decision
from tests.support import triage
from tests.support.triage import Team, Ticket


class Urgency(Decision):
    """Under a contract that does not allow all that it did."""

    level: int = Field(le=5)


class Topic(Decision):
    """Under a contract that says more than it did."""

    topic: str
    odd: bool = False
    language: str = "en"


def desk(
    urgency: type[Decision] = triage.Urgency, topic: type[Decision] = triage.Topic, confidence: float = 0.9
) -> Workflow:
    """The triage workflow with other contracts, and a team that is so sure; without conflicts."""

    @specialist(decides=urgency, name="urgency")
    def urgent(handoff: Handoff[Ticket]) -> Decision | Escalate:
        if handoff.case.trouble == "escalate":
            return Escalate("the ticket is empty")
        return urgency.model_validate({"level": 3})

    @specialist(decides=topic, name="topic")
    def about(handoff: Handoff[Ticket]) -> Decision:
        return topic.model_validate({"topic": handoff.case.text.split()[0]})

    @specialist(decides=Team, needs=(urgency, topic), name="team")
    def sent(handoff: Handoff[Ticket]) -> Team:
        about: Any = handoff[topic]
        return Team(team=f"{about.topic} desk", confidence=confidence)

    @specialist(decides=triage.Reply, needs=(Team, urgency), name="reply")
    def told(handoff: Handoff[Ticket]) -> triage.Reply:
        return triage.Reply(text=f"{handoff[Team].team} looks at it")

    owners: tuple[Specialist, ...] = (urgent, about, sent, told)
    return replace(triage.triage, specialists=owners, conflicts=(), escalation=_judged())


def _judged() -> Any:
    escalation = triage.triage.escalation
    return escalation and replace(escalation, flag=None)


def _no_rule(*_: Decision) -> bool:
    raise RuntimeError("no rule for that")


BROKEN = replace(
    triage.triage,
    conflicts=(Conflict("night shift", between=(triage.Topic, Team), when=_no_rule, ladder=(AskHuman(),)),),
)
"""Every run of it fails."""

SILENT = replace(triage.triage, specialists=(triage.urgency, triage.topic, triage.team), effects=())
"""Nobody replies."""


class Order(Ticket):
    """A ticket that says more than those of before."""

    customer: str


LONGER = replace(triage.triage, case=Order)
"""No case of before fits it."""


def catalogue(workflow: Workflow) -> Catalogue:
    """A catalogue in which the triage workflow is this one."""
    return Catalogue({"triage": Entry(lambda profile: workflow)})
