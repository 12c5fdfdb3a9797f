"""A small real workflow whose cases say themselves what goes wrong with them, for tests of the whole."""

import asyncio
from dataclasses import replace
from typing import Literal, cast

from agents.specialist import Ask, Escalate, Handoff, Retry, specialist
from graphs.conflict import AskHuman, Conflict, Reconsider
from graphs.escalation import Escalation, Flag
from graphs.workflow import Deliver, Workflow
from state.case import Case
from state.decision import Decision

Trouble = Literal[
    "", "unsure", "raise", "breach", "slow", "escalate", "disagree", "ask", "flag", "exit", "stop", "null"
]
QUICK = Retry(tries=2, pause=0.0)


class Ticket(Case):
    """The case."""

    text: str
    trouble: Trouble = ""


class Urgency(Decision):
    """How urgent it is."""

    level: int


class Topic(Decision):
    """What it is about."""

    topic: str
    odd: bool = False


class Team(Decision):
    """Who takes it."""

    team: str


class Reply(Decision):
    """What the customer is told."""

    text: str


@specialist(decides=Urgency, retry=QUICK, timeout=0.2)
async def urgency(handoff: Handoff[Ticket]) -> Urgency | Escalate:
    match handoff.case.trouble:
        case "raise" if not handoff.notes:
            raise RuntimeError("no thermometer")
        case "breach" if not handoff.notes:
            return Urgency.model_construct(None, level=cast(int, "high"))
        case "slow" if not handoff.notes:
            await asyncio.sleep(10)
        case "exit" if not handoff.notes:
            raise SystemExit(3)
        case "null" if not handoff.notes:
            raise RuntimeError("a \0 and \ud800")
        case "escalate" if not handoff.notes:
            return Escalate("the ticket is empty")
    return Urgency(level=len(handoff.case.text) + len(handoff.notes))


@specialist(decides=Topic, retry=QUICK)
def topic(handoff: Handoff[Ticket]) -> Topic:
    if handoff.case.trouble == "stop" and not handoff.notes:
        return next(iter(list[Topic]()))
    return Topic(topic=handoff.case.text.split()[0], odd=handoff.case.trouble == "flag")


@specialist(decides=Team, needs=(Urgency, Topic))
async def team(handoff: Handoff[Ticket]) -> Team | Ask:
    if handoff.case.trouble == "ask" and not handoff.attempts_left < 4:
        return Ask(Urgency, "look again")
    sure = 0.2 if handoff.case.trouble == "unsure" else 0.9
    odd = handoff.case.trouble == "disagree"
    return Team(team="night" if odd else f"{handoff[Topic].topic} desk", confidence=sure)


@specialist(decides=Reply, needs=(Team, Urgency))
async def reply(handoff: Handoff[Ticket]) -> Reply:
    return Reply(text=f"{handoff[Team].team} looks at it, urgency {handoff[Urgency].level}")


triage = Workflow(
    name="triage",
    case=Ticket,
    specialists=(urgency, topic, team, reply),
    conflicts=(
        Conflict(
            "night shift",
            between=(Topic, Team),
            when=lambda about, sent: sent.team == "night" and about.topic != "night",
            ladder=(Reconsider(Team), AskHuman(suggest=Topic)),
        ),
    ),
    effects=(Deliver(Reply),),
    escalation=Escalation(judged=Team, threshold=0.5, flag=Flag(Topic, when=lambda about: about.odd)),
)


def changed(version: str) -> Workflow:
    """The same workflow with another version of one specialist, and so with another signature."""
    other = specialist(decides=Topic, version=version, name="topic")(topic.function)
    return replace(triage, specialists=(urgency, other, team, reply))
