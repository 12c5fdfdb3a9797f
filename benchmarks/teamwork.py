"""Workflows of chat models of any size, with decisions and instructions as one would declare them."""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any, Literal, NamedTuple

from pydantic import Field, create_model

from agents.chat.chat import Chat
from agents.model import ModelSpecialist
from graphs.workflow import Workflow
from state.case import Case
from state.decision import Decision


class Enquiry(Case):
    """A company's enquiry."""

    company: str
    sector: Literal["retail", "industry", "health", "finance", "public"]
    country: str
    employees: int
    """In all its places."""
    revenue: float
    """Of the last year, in million euros."""
    channel: Literal["form", "mail", "telephone", "fair"]
    product: str
    seats: int
    """How many people would work with it."""
    within: int
    """Months in which they want to begin."""
    message: str


class Topic(NamedTuple):
    """What one specialist decides."""

    noun: str
    question: str
    verdicts: tuple[str, ...]
    hint: str


TOPICS = (
    Topic("Fit", "How well the product suits the company", ("good", "fair", "poor"), "sector and its size"),
    Topic("Need", "How much the company needs the product", ("strong", "some", "none"), "message and the product"),
    Topic("Means", "Whether the company can pay for it", ("ample", "enough", "short"), "revenue and the seats"),
    Topic("Timing", "When the company is going to buy", ("now", "soon", "later"), "months and the message"),
    Topic("Sway", "Whether the writer has a say in it", ("decides", "advises", "unknown"), "channel and the tone"),
    Topic("Risk", "What may go wrong with the deal", ("low", "medium", "high"), "country and the sector"),
    Topic("Worth", "What the deal is worth to us", ("large", "usual", "small"), "seats and the revenue"),
    Topic("Haste", "How soon somebody has to call", ("today", "week", "month"), "months and the channel"),
    Topic("Route", "Which team ought to take it over", ("field", "inside", "partner"), "country and the seats"),
    Topic("Offer", "Which offer ought to be made first", ("trial", "pilot", "contract"), "product and the seats"),
)
"""Of about the same length each, so that one more specialist is always about the same."""

INSTRUCTIONS = """\
{question}. Weigh the {hint} first, and take earlier decisions as they stand unless the case speaks against them. \
Give a score from 0 to 100, the verdict that goes with it, and in one sentence the finding that settled it. \
Where the case says nothing about it, stay near the middle and say so."""


def teamwork(size: int, chat: Chat, needs: int = 2) -> Workflow:
    """So many specialists in a row, each of whom needs so many of those before it."""
    members: list[ModelSpecialist] = []
    for number in range(size):
        earlier = members[max(0, number - needs) :]
        members.append(_member(number, chat, earlier))
    return Workflow("teamwork", Enquiry, tuple(members))


def layers(depth: int, width: int, chat: Chat) -> Workflow:
    """So many specialists beside each other at each level, who need all of the level before."""
    members: list[ModelSpecialist] = []
    for level in range(depth):
        earlier = members[max(0, level - 1) * width :]
        members += [_member(level * width + place, chat, earlier) for place in range(width)]
    return Workflow("layers", Enquiry, tuple(members))


def enquiries(count: int) -> list[Enquiry]:
    """So many cases; no two are the same, and all are about as long."""
    return [_enquiry(number) for number in range(1000, 1000 + count)]


def _member(number: int, chat: Chat, earlier: Sequence[ModelSpecialist]) -> ModelSpecialist:
    topic = next(islice(cycle(TOPICS), number, None))
    return ModelSpecialist(
        name=f"{topic.noun.lower()}-{number:02}",
        decides=_decision(topic, number),
        needs=tuple(member.decides for member in earlier),
        instructions=INSTRUCTIONS.format(question=topic.question, hint=topic.hint),
        model=chat,
    )


def _decision(topic: Topic, number: int) -> type[Decision]:
    fields: dict[str, Any] = {
        "score": (float, Field(ge=0, le=100, description="0 to 100, as the verdict has it")),
        "verdict": (Literal.__getitem__(topic.verdicts), Field(description="In a word")),
        "finding": (str, Field(description="What settled it, in one sentence")),
    }
    return create_model(f"{topic.noun}{number:02}", __base__=Decision, __doc__=f"{topic.question}.", **fields)


def _enquiry(number: int) -> Enquiry:
    return Enquiry(
        id=f"enquiry-{number}",
        company=f"Company {number}",
        sector="industry",
        country="Austria",
        employees=number,
        revenue=number / 10,
        channel="mail",
        product="Planning",
        seats=number // 10,
        within=number % 10 + 1,
        message=f"We are {number} people in three places and plan our shifts in tables, which takes us two days a "
        f"month. A partner of yours showed us Planning at the fair. Could we try it with one of the teams first, and "
        f"what would it cost for {number // 10} of us?",
    )
