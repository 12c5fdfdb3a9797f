"""The caller: makes one turn's calls of a chat model and of tools, each paid for, told and in the ledger.

A call that fails in a way that passes is made again, when the server says so.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from langchain_core.messages import BaseMessage, ToolMessage
from pydantic import ValidationError

from agents.chat.chat import Chat
from agents.chat.limits import Limits
from agents.chat.prompt import cut, fault, fenced
from agents.chat.rationale import rationale_in
from agents.chat.reply import Reply, Usage, Wanted
from agents.chat.schema import AnswerSchema, described
from agents.chat.session import Phase, Session, Thought, current_session
from agents.chat.stopwatch import Stopwatch
from agents.making import Retry
from agents.tools.tool import Tool, ToolRefused
from agents.usher import Step
from state.errors import ModelTrouble, in_words
from state.execution import Execution, ExecutionOutcome
from state.plain import keepable
from state.provenance import Evidence

LONGEST_NAME = 100
"""Characters of a tool's name that a model has made up."""


@dataclass(slots=True)
class Call:
    """A call that was begun, until it is known what it came to."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    usage: Usage = field(default_factory=Usage)
    ended: datetime | None = None


@dataclass(slots=True)
class Caller:
    """Makes the calls of one turn."""

    specialist: str
    decision: str
    case: str
    """The case's id."""
    chat: Chat
    schema: AnswerSchema
    tools: tuple[Tool, ...]
    limits: Limits
    retry: Retry
    ready_at: datetime
    session: Session = field(default_factory=current_session)
    executions: list[Execution] = field(default_factory=list)
    """The ledger of the turn."""
    evidence: list[Evidence] = field(default_factory=list)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    async def call(self, messages: list[BaseMessage], tools: tuple[Tool, ...]) -> tuple[Reply, Call]:
        """One call that the server answered, after as many as it took.

        Who called says with ``keep`` what the reply came to. Raises ``ModelTrouble`` or ``BudgetUsedUp``.
        """
        for attempt in count(1):
            try:
                async with self._let_in(messages) as step:
                    return await self._once(messages, tools, step)
            except ModelTrouble as trouble:
                if not trouble.may_pass or attempt >= self.retry.tries:
                    raise
                asked = trouble.retry_after
            await asyncio.sleep(asked or self.retry.seconds(attempt))
        raise AssertionError("the tries end by raising")

    async def use(self, wanted: Wanted) -> ToolMessage:
        """What a tool found, or why it did not, for the model to read."""
        self.tell("looking up", f"{wanted.name} {wanted.asked}")
        call, error = Call(), ""
        try:
            text, error = await self._found(wanted)
        except asyncio.CancelledError:
            self.keep(call, "timeout", "its time was up", wanted.name)
            raise
        self.keep(call, "error" if error else "gathered", error, wanted.name)
        return ToolMessage(fenced(cut(text, self.limits.longest)), tool_call_id=wanted.id)

    def keep(self, call: Call, outcome: ExecutionOutcome, error: str = "", tool: str | None = None) -> None:
        """Put a call into the ledger."""
        self.executions.append(
            Execution(
                decision=self.decision,
                specialist=self.specialist,
                attempt=len(self.executions) + 1,
                ready_at=self.ready_at,
                started_at=call.started,
                ended_at=call.ended or datetime.now(UTC),
                outcome=outcome,
                error=fault(error),
                model=None if tool else self.chat.name,
                tool=keepable(cut(tool, LONGEST_NAME)) if tool else None,
                tokens_in=call.usage.tokens_in,
                tokens_out=call.usage.tokens_out,
                tokens_cached=call.usage.tokens_cached,
                cost=0.0 if tool else self.chat.cost(call.usage),
            )
        )

    def tell(self, phase: Phase, text: str = "") -> None:
        """Tell who listens, if somebody does, what the specialist is at."""
        if self.session.listener is not None:
            self.session.listener.heard(Thought(self.case, self.specialist, phase, text, self.session.run))

    @asynccontextmanager
    async def _let_in(self, messages: list[BaseMessage]) -> AsyncIterator[Step]:
        """A call once it may begin; the turn's time does not run until then."""
        step = Step(
            "call",
            self.chat.name,
            self.session.run,
            decision=self.decision,
            specialist=self.specialist,
            messages=messages,
        )
        async with AsyncExitStack() as stack:
            with self.stopwatch.stopped():
                await stack.enter_async_context(self.session.usher.step(step))
            yield step

    async def _once(self, messages: list[BaseMessage], tools: tuple[Tool, ...], step: Step) -> tuple[Reply, Call]:
        self.session.purse.take()
        self.tell("thinking")
        call = Call()
        try:
            reply = await self.chat.ask(
                messages,
                self.schema,
                [described(tool) for tool in tools],
                heard=None if self.session.listener is None else self._hear,
                patience=self.limits.patience,
            )
        except ModelTrouble as trouble:
            step.outcome = trouble.kind
            if trouble.kind == "held_back":
                self.session.purse.give_back()
            else:
                self.keep(call, "timeout" if trouble.kind == "timeout" else "error", str(trouble))
            if (trouble.retry_after or 0) > self.limits.patience:
                words = f"{trouble}; it asks to be left alone for {trouble.retry_after:.0f} s"
                raise ModelTrouble("held_back", words) from None
            raise
        except asyncio.CancelledError:
            self.keep(call, "timeout", "its time was up")
            raise
        call.usage, call.ended = reply.usage, datetime.now(UTC)
        step.outcome, step.answer = "answered", reply.text
        step.tokens_in, step.tokens_out = reply.usage.tokens_in, reply.usage.tokens_out
        self.session.purse.settle(reply.usage.tokens_in + reply.usage.tokens_out, self.chat.cost(reply.usage))
        return reply, call

    async def _found(self, wanted: Wanted) -> tuple[str, str]:
        """What a tool found, and nothing; or what is wrong, twice."""
        try:
            tool = next((each for each in self.tools if each.name == wanted.name), None)
            if tool is None:
                raise ToolRefused(f"there is no tool {wanted.name!r:.200}")
            if wanted.arguments is None:
                raise ToolRefused("the arguments are no JSON object")
            found = await tool.call(tool.arguments.model_validate(wanted.arguments))
        except ValidationError as invalid:
            return (words := f"the arguments do not fit: {in_words(invalid)}"), words
        except ToolRefused as refused:
            return (words := str(refused)), words
        except Exception as raised:
            return (words := f"the tool failed: {type(raised).__name__}: {raised}"), words
        text = keepable(cut(found.text, self.limits.longest))
        asked, source = keepable(wanted.asked), fault(found.source)
        self.evidence.append(Evidence(tool=tool.name, asked=asked, text=text, source=source))
        return text, ""

    def _hear(self, text: str) -> None:
        self.tell("thinking", rationale_in(text))
