"""The specialist that is a chat model, behind the same contract as a rule."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from agents.brief import Brief
from agents.chat.answer import Seat
from agents.chat.caller import Caller
from agents.chat.chat import Chat
from agents.chat.confidence import weighed_field
from agents.chat.limits import Limits
from agents.chat.schema import AnswerSchema, OwnAnswer, answer_schema, described, filled_fields, filled_type
from agents.chat.turn import Lookups, Turn
from agents.handoff import Handoff
from agents.making import Making, Retry
from agents.tools.tool import Tool
from state.decision import Decision
from state.errors import UnusableModel

PATIENT = Retry(tries=4, pause=0.5, longest_pause=20.0)
"""How often a call that fails is made again, where the server says nothing about it."""


@dataclass(frozen=True)
class ModelSpecialist:
    """A specialist that is a chat model.

    It is shown the handoff and nothing else, and what it answers is held to the decision's contract: an answer that
    breaks it goes back once with what is wrong, and is then a failure, which is a question to a human.

    ``ModelSpecialist(name="analyst", decides=LeadScore, instructions="Score …", model=chat_model("gpt-5-mini"))``
    """

    name: str
    decides: type[Decision]
    instructions: str | Brief
    """How to decide; a :class:`Brief` says besides what it is shown and which part of the decision it fills."""
    model: Chat | str
    """A name stands for that model on the server of the settings; a graph that is driven without Roundhouse needs a
    chat."""
    needs: tuple[type[Decision], ...] = ()
    may: tuple[OwnAnswer, ...] = ()
    """What it may answer in place of a decision: ``ask`` upstream, ``escalate`` to a person."""
    samples: int = 1
    """How many answers are compared where the server gives no probabilities of tokens; 1 compares none."""
    tools: tuple[Tool, ...] = ()
    """What it may look things up with; what is found is evidence on the decision."""
    limits: Limits = field(default_factory=Limits)
    retry: Retry = PATIENT
    """How often a call is made again that failed in a way that passes."""
    attempts: int = 4
    declared: str = "1"
    """Part of the version: change it when it may decide otherwise for a reason that stands nowhere else."""

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ValueError(f"ModelSpecialist(samples={self.samples!r}): at least one answer is needed.")
        fields, brief = filled_fields(self.decides, self.brief), self.brief
        named = [*(brief.fills or ()), *brief.choices, *((brief.weighed,) if brief.weighed else ())]
        unknown = [name for name in named if name not in fields]
        if unknown:
            words = f"{unknown[0]!r} is no field of {self.decides.__name__} that a model fills"
            raise ValueError(f"ModelSpecialist {self.name!r}: {words}; use {', '.join(fields)}.")
        tools = [self.decides.__name__, *(tool.name for tool in self.tools)]
        if len(set(tools)) < len(tools):
            raise ValueError(f"ModelSpecialist {self.name!r}: tools need different names: {tools[1:]!r}.")

    @cached_property
    def brief(self) -> Brief:
        """What it is told."""
        return self.instructions if isinstance(self.instructions, Brief) else Brief(self.instructions)

    @cached_property
    def chat(self) -> Chat:
        """Whom it asks. Raises ``UnusableModel`` where that is only named."""
        if isinstance(self.model, Chat):
            return self.model
        raise UnusableModel(self.model, "nobody has said where it is. Give chat_model(NAME), or run it by Roundhouse.")

    @cached_property
    def version(self) -> str:
        """Of all that decides what it answers: the model, what it is told and shown, and its tools."""
        brief = self.brief
        told = [brief.instructions, brief.sees, brief.fills, sorted(brief.choices.items()), brief.weighed]
        tools = [described(tool) for tool in self.tools]
        about = [told, self.may, self.samples, tools, self.limits.longest]
        digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]
        model = self.model if isinstance(self.model, str) else self.model.name
        return f"{self.declared} {model} {digest}"

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Ask the model, and hold its answer to the contract."""
        seat = Seat(self.name, self.decides, self.brief, self._filled, handoff)
        schema = self._schema(frozenset(decision.__name__ for decision in handoff.may_ask))
        caller = Caller(
            specialist=self.name,
            decision=self.decides.__name__,
            case=str(handoff.case.id),
            chat=self.chat,
            schema=schema,
            tools=self.tools,
            limits=self.limits,
            retry=self.retry,
            ready_at=ready_at,
        )
        lookups = Lookups(self.limits.steps if self.tools else 0, self.limits.tokens)
        return await Turn(seat, caller, self.samples, lookups).made()

    @cached_property
    def _filled(self) -> type[BaseModel]:
        return filled_type(self.decides, self.brief)

    @cached_property
    def _weighed(self) -> str | None:
        return weighed_field(self._filled, self.brief)

    @cached_property
    def _schemas(self) -> dict[frozenset[str], AnswerSchema]:
        return {}

    def _schema(self, ask: frozenset[str]) -> AnswerSchema:
        if ask not in self._schemas:
            self._schemas[ask] = answer_schema(self._filled, self.may, ask, self._weighed)
        return self._schemas[ask]
