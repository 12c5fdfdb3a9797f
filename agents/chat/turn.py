"""The turn: one chat model's work on one decision, within its limits.

An answer that breaks its contract is sent back once, with what is wrong in words. Tools are called as the model wishes,
until its steps or tokens are used up; then it must decide with what it has.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import ValidationError

from agents.chat.answer import LONGEST_ANSWER, OffSchema, Read, Seat, answer_of
from agents.chat.caller import Call, Caller
from agents.chat.confidence import agreed, value_probability
from agents.chat.limits import Limits
from agents.chat.prompt import fault, prompt_for
from agents.chat.purse import BudgetUsedUp
from agents.chat.reply import Reply
from agents.chat.stopwatch import Stopwatch
from agents.handoff import Escalate
from agents.making import Answer, Failed, Making, Result, outcome_of
from state.decision import Decision
from state.errors import ModelTrouble, in_words
from state.provenance import ConfidenceBasis, Provenance

TRIES = 2
"""How often a model may answer: once, and once more when told what is wrong."""

DECIDE_NOW = "You may not look up more. Decide with what you have."

Based = tuple[Result, ConfidenceBasis | None]
"""A result, and what its confidence rests on."""


@dataclass(slots=True)
class Lookups:
    """What a turn has left for tools, all its answers together."""

    steps: int
    tokens: int

    def are_left(self) -> bool:
        """Whether it may look up more."""
        return self.steps > 0 and self.tokens > 0

    def charge(self, reply: Reply) -> None:
        """Count one reply that called tools."""
        self.steps, self.tokens = self.steps - 1, self.tokens - reply.usage.tokens_in - reply.usage.tokens_out


@dataclass(slots=True)
class Turn:
    """One turn. Make it and await :meth:`made`, once."""

    seat: Seat
    caller: Caller
    samples: int
    """How many answers are compared."""
    lookups: Lookups
    remarks: list[str] = field(default_factory=list)

    async def made(self) -> Making:
        """Take the turn. Does not raise for what the model, its server or its tools do."""
        limits, name, basis = self._limits, self.caller.chat.name, None
        try:
            async with asyncio.timeout(limits.seconds) as timeout:
                self.caller.stopwatch = Stopwatch(timeout)
                result, basis = await self._result()
        except BudgetUsedUp as used:
            result = Escalate(str(used))
        except ModelTrouble as trouble:
            is_outage = trouble.kind == "rate_limit" or self.caller.chat.outage is not None
            result = _failed(f"{name}: {trouble}", is_outage=is_outage)
        except OffSchema as off:
            result = _failed(f"{name}: {off}")
        except TimeoutError:
            result = _failed(f"{name}: not ready after {limits.seconds:g} s")
        except Exception as raised:
            result = _failed(f"what {name} answered could not be worked with: {type(raised).__name__}: {raised}")
        finally:
            # also where the run is stopped in the middle: whoever listens would show the thought for ever
            self.caller.tell("done")
        evidence = tuple(self.caller.evidence)
        provenance = Provenance(confidence_by=basis, remarks=tuple(self.remarks), evidence=evidence)
        return Making(result, tuple(self.caller.executions), provenance)

    @property
    def _limits(self) -> Limits:
        return self.caller.limits

    async def _result(self) -> Based:
        first, reply = await self._answer()
        answer = first.answer
        if not isinstance(answer, Decision) or first.confidence_follows:
            return answer, None
        field = self.caller.schema.weighed
        weighed = value_probability(field, reply.tokens) if field and reply.tokens else None
        if weighed is not None:
            return self._sure(answer, weighed), "probabilities"
        return await self._agreed(answer) if self.samples > 1 else (answer, "stated")

    async def _agreed(self, first: Answer) -> Based:
        """What most of several answers stand for; one that fails or is not paid for any more does not count."""
        more = await asyncio.gather(*(self._answer() for _ in range(self.samples - 1)), return_exceptions=True)
        for raised in more:
            if isinstance(raised, BaseException) and not isinstance(raised, (ModelTrouble, OffSchema, BudgetUsedUp)):
                raise raised
        answers = [first, *(each[0].answer for each in more if not isinstance(each, BaseException))]
        if len(answers) == 1:
            return first, "stated" if isinstance(first, Decision) else None
        answer, share = agreed(answers, self._position)
        self.remarks.append(f"{round(share * len(answers))} of {len(answers)} answers agree")
        return (self._sure(answer, share), "agreement") if isinstance(answer, Decision) else (answer, None)

    async def _answer(self) -> tuple[Read, Reply]:
        """One answer that keeps its contract. Raises ``OffSchema`` where there is none."""
        messages, tries = self._prompt(), 1
        while True:
            reply, call = await self._gathered(messages)
            try:
                # what follows from an answer may take its time
                read = await asyncio.to_thread(answer_of, self.seat, self.caller.schema, reply)
            except OffSchema as off:
                self.caller.keep(call, "breach", str(off))
                if tries == TRIES:
                    raise OffSchema(f"its answer cannot be used: {off}, {TRIES} tries") from off
                tries += 1
                messages += _sent_back(reply, str(off))
            except Exception as raised:
                self.caller.keep(call, "error", f"{type(raised).__name__}: {raised}")
                raise
            else:
                self.caller.keep(call, outcome_of(read.answer))
                return read, reply

    async def _gathered(self, messages: list[BaseMessage]) -> tuple[Reply, Call]:
        """The reply after all that the model looked up; what was said meanwhile is added to the messages."""
        caller, lookups = self.caller, self.lookups
        while lookups.are_left():
            reply, call = await caller.call(messages, caller.tools)
            if not reply.wanted or any(each.name == caller.schema.name for each in reply.wanted):
                return reply, call
            caller.keep(call, "gathered")
            messages.append(reply.message)
            messages += [await caller.use(each) for each in reply.wanted]
            lookups.charge(reply)
            if not lookups.are_left():
                messages.append(HumanMessage(DECIDE_NOW))
        return await caller.call(messages, ())

    def _prompt(self) -> list[BaseMessage]:
        seat = self.seat
        prompt = prompt_for(seat.name, seat.decides, seat.brief, seat.handoff, self._limits.longest)
        self.remarks += [remark for remark in prompt.cuts if remark not in self.remarks]
        return [SystemMessage(prompt.system), HumanMessage(prompt.human)]

    def _position(self, answer: Answer) -> object:
        """What an answer stands for; to ask, or to leave it to a person, is a side of its own."""
        return self.seat.brief.position(answer) if isinstance(answer, Decision) else type(answer)

    def _sure(self, decision: Decision, confidence: float) -> Decision:
        """The decision with that confidence, held to its contract."""
        try:
            return self.seat.decides.model_validate(decision.model_dump() | {"confidence": min(1.0, confidence)})
        except ValidationError as invalid:
            raise OffSchema(f"its confidence is {confidence:.3f}, and the contract says: {in_words(invalid)}") from None


def _failed(words: str, *, is_outage: bool = False) -> Failed:
    return Failed(fault(words), is_outage)


def _sent_back(reply: Reply, wrong: str) -> Sequence[BaseMessage]:
    """The reply, and what is wrong with it; every tool call in a reply needs its answer."""
    words = f"Your answer cannot be used: {wrong}. Answer again."
    if len(reply.text) > LONGEST_ANSWER:
        return [HumanMessage(words)]
    if not reply.wanted:
        return [reply.message, HumanMessage(words)]
    return [reply.message, *(ToolMessage(words, tool_call_id=each.id) for each in reply.wanted)]
