"""The turn: one chat model's work on one decision, with every call in the ledger and within its limits.

A call that fails in a way that passes is made again, when the server says so. An answer that breaks its contract is
sent back once, with what is wrong in words. Tools are called as the model wishes, until its steps, seconds or tokens
are used up; then it must decide with what it has.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import ToolCall
from langchain_core.utils.json import parse_partial_json
from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from agents.brief import Brief
from agents.chat.answer import OffSchema, Read, Seat, answer_of
from agents.chat.chat import Chat
from agents.chat.confidence import agreed, value_probability
from agents.chat.limits import Limits
from agents.chat.prompt import cut, fenced, prompt_for
from agents.chat.purse import BudgetUsedUp
from agents.chat.reply import Reply, Usage
from agents.chat.schema import AnswerSchema, described
from agents.chat.session import Phase, Session, Thought, current_session
from agents.handoff import Escalate
from agents.making import Failed, Making, Result, Retry
from agents.tools.tool import Tool, ToolRefused
from state.decision import Decision
from state.errors import ModelTrouble, in_words
from state.execution import Execution, ExecutionOutcome
from state.plain import keepable
from state.provenance import ConfidenceBasis, Evidence, Provenance

TRIES = 2
"""How often a model may answer: once, and once more when told what is wrong."""

DECIDE_NOW = "You may not look up more. Decide with what you have."


class Owner(Protocol):
    """What a turn needs to know of the specialist who takes it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def decides(self) -> type[Decision]:
        """What it decides."""

    @property
    def chat(self) -> Chat:
        """Whom it asks."""

    @property
    def brief(self) -> Brief:
        """What it asks for."""

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What it may look up."""

    @property
    def samples(self) -> int:
        """How many answers it compares."""

    @property
    def limits(self) -> Limits:
        """What a turn may take."""

    @property
    def retry(self) -> Retry:
        """How often a call that fails is made again."""


@dataclass(slots=True)
class _Call:
    """A call that was made, until it is known what it came to."""

    started: datetime
    usage: Usage = field(default_factory=Usage)
    ended: datetime | None = None


@dataclass(slots=True)
class Turn:
    """One turn. Make it and await :meth:`made`, once."""

    owner: Owner
    seat: Seat
    schema: AnswerSchema
    weighed: str | None
    """The field whose tokens are weighed."""
    ready_at: datetime
    session: Session = field(default_factory=current_session)
    executions: list[Execution] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    async def made(self) -> Making:
        """Take the turn. Does not raise for what the model or its server does."""
        basis: ConfidenceBasis | None = None
        try:
            async with asyncio.timeout(self.owner.limits.seconds):
                result, basis = await self._result()
        except BudgetUsedUp as used:
            result = Escalate(str(used))
        except (ModelTrouble, OffSchema) as trouble:
            result = Failed(f"{self.owner.chat.name}: {trouble}")
        except TimeoutError:
            result = Failed(f"{self.owner.chat.name}: not ready after {self.owner.limits.seconds:g} s")
        finally:
            self._tell("done")
        return Making(
            result,
            tuple(self.executions),
            Provenance(confidence_by=basis, remarks=tuple(self.remarks), evidence=tuple(self.evidence)),
        )

    async def _result(self) -> tuple[Result, ConfidenceBasis | None]:
        first, reply = await self._answer()
        if not isinstance(first.answer, Decision):
            return first.answer, None
        if first.confidence_follows:
            return first.answer, None
        weighed = value_probability(self.weighed, reply.tokens) if self.weighed and reply.tokens else None
        if weighed is not None:
            return _with_confidence(first.answer, weighed), "probabilities"
        if self.owner.samples > 1:
            return await self._agreed(first.answer)
        return first.answer, "stated"

    async def _agreed(self, first: Decision) -> tuple[Result, ConfidenceBasis]:
        """The decision that most of several answers stand for; one that fails does not count."""
        more = await asyncio.gather(*(self._answer() for _ in range(self.owner.samples - 1)), return_exceptions=True)
        for raised in more:
            if isinstance(raised, BaseException) and not isinstance(raised, (ModelTrouble, OffSchema)):
                raise raised
        others = [each[0].answer for each in more if not isinstance(each, BaseException)]
        decisions = [first, *(answer for answer in others if isinstance(answer, Decision))]
        decision, share = agreed(decisions, self.seat.brief.position)
        self.remarks.append(f"{round(share * len(decisions))} of {len(decisions)} answers agree")
        return _with_confidence(decision, share), "agreement"

    async def _answer(self) -> tuple[Read, Reply]:
        """One answer that keeps its contract. Raises ``OffSchema`` where there is none."""
        prompt = prompt_for(
            self.owner.name, self.owner.decides, self.seat.brief, self.seat.handoff, self.owner.limits.longest
        )
        self.remarks += [remark for remark in prompt.cuts if remark not in self.remarks]
        messages: list[BaseMessage] = [SystemMessage(prompt.system), HumanMessage(prompt.human)]
        tries = 1
        while True:
            reply, call = await self._gathered(messages)
            try:
                read = answer_of(self.seat, self.schema, reply)
            except OffSchema as off:
                self._keep(call, "breach", str(off))
                if tries == TRIES:
                    raise OffSchema(f"its answer cannot be used: {off}, {TRIES} tries") from off
                tries += 1
                messages += _sent_back(reply, self.schema, str(off))
            else:
                self._keep(call, _OUTCOMES.get(type(read.answer).__name__, "decided"))
                return read, reply

    async def _gathered(self, messages: list[BaseMessage]) -> tuple[Reply, _Call]:
        """The reply after all that the model looked up; what was said meanwhile is added to the messages."""
        tools, limits, spent = self.owner.tools, self.owner.limits, 0
        for _ in range(limits.steps if tools else 0):
            reply, call = await self._called(messages, tools)
            wanted = [each for each in reply.calls if each["name"] != self.schema.name]
            if not wanted:
                return reply, call
            self._keep(call, "gathered")
            messages.append(reply.message)
            messages += [await self._used(each) for each in wanted]
            spent += reply.usage.tokens_in + reply.usage.tokens_out
            if spent >= limits.tokens:
                break
        if tools:
            messages.append(HumanMessage(DECIDE_NOW))
        return await self._called(messages, ())

    async def _called(self, messages: list[BaseMessage], tools: tuple[Tool, ...]) -> tuple[Reply, _Call]:
        """One call that the server answered, after as many as it took."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self.owner.retry.tries),
            retry=retry_if_exception(lambda raised: isinstance(raised, ModelTrouble) and raised.may_pass),
            wait=self._pause,
            reraise=True,
        )
        answered: tuple[Reply, _Call] = await retrying(self._call, messages, tools)
        return answered

    def _pause(self, state: RetryCallState) -> float:
        outcome = state.outcome
        raised = outcome.exception() if outcome else None
        asked = raised.retry_after if isinstance(raised, ModelTrouble) else None
        if asked is not None and asked > self.owner.limits.patience:
            raise ModelTrouble("held_back", f"{raised}; it asks to be left alone for {asked:.0f} s") from None
        return asked if asked is not None else self.owner.retry.backoff(state)

    async def _call(self, messages: list[BaseMessage], tools: tuple[Tool, ...]) -> tuple[Reply, _Call]:
        self.session.purse.take()
        self._tell("thinking")
        call = _Call(datetime.now(UTC))
        try:
            heard = self._hear if self.session.listener is not None else None
            reply = await self.owner.chat.ask(messages, self.schema, [described(tool) for tool in tools], heard)
        except ModelTrouble as trouble:
            if trouble.kind != "held_back":
                self._keep(call, "timeout" if trouble.kind == "timeout" else "error", str(trouble))
            raise
        except asyncio.CancelledError:
            self._keep(call, "timeout", "its time was up")
            raise
        call.usage, call.ended = reply.usage, datetime.now(UTC)
        self.session.purse.settle(reply.usage.tokens_in + reply.usage.tokens_out, self.owner.chat.cost(reply.usage))
        return reply, call

    async def _used(self, wanted: ToolCall) -> ToolMessage:
        """What a tool found, or why it did not, for the model to read."""
        asked = json.dumps(wanted["args"], ensure_ascii=False)[:500]
        self._tell("looking up", f"{wanted['name']} {asked}")
        call, error = _Call(datetime.now(UTC)), ""
        try:
            tool = next((each for each in self.owner.tools if each.name == wanted["name"]), None)
            if tool is None:
                raise ToolRefused(f"there is no tool {wanted['name']!r}")
            found = await tool.call(tool.arguments.model_validate(wanted["args"]))
        except ValidationError as invalid:
            text = error = f"the arguments do not fit: {in_words(invalid)}"
        except ToolRefused as refused:
            text = error = str(refused)
        except Exception as raised:
            text = error = f"the tool failed: {type(raised).__name__}: {raised}"
        else:
            text = cut(found.text, self.owner.limits.longest)
            self.evidence.append(Evidence(tool=wanted["name"], asked=asked, text=text, source=found.source))
        self._keep(call, "error" if error else "gathered", error, tool=wanted["name"])
        return ToolMessage(fenced(text), tool_call_id=wanted["id"] or "")

    def _keep(self, call: _Call, outcome: ExecutionOutcome, error: str = "", tool: str | None = None) -> None:
        """Put a call into the ledger."""
        usage, chat = call.usage, self.owner.chat
        self.executions.append(
            Execution(
                decision=self.owner.decides.__name__,
                specialist=self.owner.name,
                attempt=len(self.executions) + 1,
                ready_at=self.ready_at,
                started_at=call.started,
                ended_at=call.ended or datetime.now(UTC),
                outcome=outcome,
                error=keepable(error),
                model=None if tool else chat.name,
                tool=tool,
                tokens_in=usage.tokens_in,
                tokens_out=usage.tokens_out,
                tokens_cached=usage.tokens_cached,
                cost=0.0 if tool else chat.cost(usage),
            )
        )

    def _hear(self, text: str) -> None:
        self._tell("thinking", _rationale(text))

    def _tell(self, phase: Phase, text: str = "") -> None:
        if self.session.listener is not None:
            case = str(self.seat.handoff.case.id)
            self.session.listener.heard(Thought(case, self.owner.name, phase, text))


_OUTCOMES: dict[str, ExecutionOutcome] = {"Ask": "asked", "Escalate": "escalated"}


def _sent_back(reply: Reply, schema: AnswerSchema, wrong: str) -> list[BaseMessage]:
    """The reply, and what is wrong with it; every tool call in a reply needs its answer."""
    words = f"Your answer cannot be used: {wrong}. Answer again."
    if not reply.calls:
        return [reply.message, HumanMessage(words)]
    return [reply.message, *(ToolMessage(words, tool_call_id=call["id"] or "") for call in reply.calls)]


def _with_confidence(decision: Decision, confidence: float) -> Decision:
    return decision.model_copy(update={"confidence": min(1.0, max(0.0, confidence))})


def _rationale(text: str) -> str:
    """The rationale in an answer that is still coming."""
    try:
        value = parse_partial_json(text)
    except ValueError:
        return ""
    inner = value.get("answer", value) if isinstance(value, dict) else {}
    found = inner.get("rationale") if isinstance(inner, dict) else None
    return found if isinstance(found, str) else ""
