"""The making: one specialist's turn at one decision, with its tries, and how a call is run and checked."""

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from pydantic import ValidationError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from agents.handoff import Ask, Escalate, Handoff
from state.decision import Decision
from state.errors import ContractBroken, in_words
from state.execution import Execution, ExecutionOutcome
from state.plain import keepable, unkeepable
from state.provenance import Provenance

Answer = Decision | Ask | Escalate
"""What a specialist may return."""


@dataclass(frozen=True, slots=True)
class Failed:
    """All declared tries were used up."""

    reason: str
    is_outage: bool = False
    """Whether it says nothing of the case: what the specialist calls is down, and the same turn may go well later."""


Result = Answer | Failed


@dataclass(frozen=True, slots=True)
class Making:
    """What came of one turn of a specialist."""

    result: Result
    executions: tuple[Execution, ...]
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a call that raises, times out or breaks its contract is tried."""

    tries: int = 3
    """At least 1."""
    pause: float = 0.1
    """Seconds before the second try; doubled for each further one, with jitter."""
    longest_pause: float = 30.0
    """Seconds."""
    on: tuple[type[Exception], ...] = (Exception,)
    """Which exceptions are tried again. Breaches (``ContractBroken``) and time-outs always are."""

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError(f"Retry(tries={self.tries!r}): at least one try is needed.")

    def seconds(self, tried: int) -> float:
        """How long to wait after so many tries, from 1."""
        return min(self.longest_pause, self.pause * 2.0 ** (tried - 1)) + random.uniform(0, self.pause)  # noqa: S311

    def covers(self, error: BaseException) -> bool:
        """Whether a call that ended so is tried again."""
        return isinstance(error, (*self.on, ContractBroken, ValidationError, TimeoutError))


Function = Callable[[Handoff[Any]], Answer | Awaitable[Answer]]


async def make(
    function: Function,
    handoff: Handoff[Any],
    *,
    name: str,
    decides: type[Decision],
    ready_at: datetime,
    timeout: float | None,
    retry: Retry,
) -> Making:
    """Call a specialist's function, check what it returns, and try again as declared.

    Never raises for what the function does: a function whose tries are used up makes ``Failed``.
    A synchronous function runs in a thread of its own; when it times out, its late result is dropped.
    """
    executions: list[Execution] = []

    async def once() -> Answer:
        started = datetime.now(UTC)
        outcome, error = "error", ""
        try:
            answer = checked(name, decides, handoff, await asyncio.wait_for(_call(function, handoff), timeout))
            outcome = outcome_of(answer)
            return answer
        except Exception as raised:
            outcome, error = _fault(raised), _words(raised, timeout)
            raise
        finally:
            executions.append(
                Execution(
                    decision=decides.__name__,
                    specialist=name,
                    attempt=len(executions) + 1,
                    ready_at=ready_at,
                    started_at=started,
                    ended_at=datetime.now(UTC),
                    outcome=outcome,
                    error=error,
                )
            )

    try:
        result: Result = await _retrying(retry)(once)
    except Exception as raised:
        result = Failed(_gave_up(raised, timeout, len(executions)))
    return Making(result, tuple(executions))


def _retrying(retry: Retry) -> AsyncRetrying:
    return AsyncRetrying(
        stop=stop_after_attempt(retry.tries),
        wait=lambda state: retry.seconds(state.attempt_number),
        retry=retry_if_exception(retry.covers),
        reraise=True,
    )


async def _call(function: Function, handoff: Handoff[Any]) -> object:
    """Call it; what would end the program, or looks like our own cancellation, becomes an ordinary error."""
    try:
        if inspect.iscoroutinefunction(function):
            return await function(handoff)
        answer = await _in_thread(function, handoff)
        return await answer if inspect.isawaitable(answer) else answer
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as raised:
        task = asyncio.current_task()
        if isinstance(raised, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        raise _tamed(raised) from raised


def _tamed(raised: BaseException) -> RuntimeError:
    return RuntimeError(f"it raised {type(raised).__name__} {raised}".rstrip())


async def _in_thread(function: Function, handoff: Handoff[Any]) -> object:
    """Call in a new thread: one that hangs takes no thread from other calls, and does not keep the program alive."""
    done: Future[object] = Future()
    done.set_running_or_notify_cancel()
    context = copy_context()

    def call() -> None:
        try:
            done.set_result(context.run(function, handoff))
        except BaseException as raised:
            is_plain = isinstance(raised, Exception) and not isinstance(raised, StopIteration)
            done.set_exception(raised if is_plain else _tamed(raised))

    Thread(target=call, name="specialist", daemon=True).start()
    return await asyncio.wrap_future(done)


def checked(name: str, decides: type[Decision], handoff: Handoff[Any], answer: object) -> Answer:
    """The contract on the way out: of the declared type and valid, or an ``Ask`` or ``Escalate``.

    Raises ``ContractBroken``.
    """
    match answer:
        case Ask():
            for request in answer.requests:
                if request.to not in handoff.may_ask:
                    raise ContractBroken(name, f"it asked {request.to.__name__}, which is not upstream of it")
                reason = unkeepable(request.text)
                if reason is not None:
                    raise ContractBroken(name, f"its request {reason}")
            return answer
        case Escalate(reason=str() as reason) if unkeepable(reason) is None:
            return answer
        case Decision() if isinstance(answer, decides):
            try:
                return kept(decides, answer.model_dump(mode="json", warnings=False))
            except ValidationError as invalid:
                raise ContractBroken(name, in_words(invalid)) from invalid
            except ValueError as unkept:
                raise ContractBroken(name, f"its decision {unkept}") from unkept
        case _:
            got = type(answer).__name__
            raise ContractBroken(name, f"it decides {decides.__name__}, and returned {got} {answer!r:.80}")


def kept(decides: type[Decision], value: dict[str, Any]) -> Decision:
    """The decision as it will be read back from plain JSON. Raises ``ValueError`` where it cannot be."""
    reason = unkeepable(value)
    if reason is not None:
        raise ValueError(reason)
    return decides.model_validate(value)


def outcome_of(answer: Answer) -> ExecutionOutcome:
    """How the ledger calls an answer."""
    match answer:
        case Ask():
            return "asked"
        case Escalate():
            return "escalated"
        case _:
            return "decided"


def _fault(raised: Exception) -> ExecutionOutcome:
    match raised:
        case ContractBroken() | ValidationError():
            return "breach"
        case TimeoutError():
            return "timeout"
        case _:
            return "error"


def _words(raised: Exception, timeout: float | None) -> str:
    """What went wrong, as text that any database keeps."""
    return keepable(_said(raised, timeout))


def _said(raised: Exception, timeout: float | None) -> str:
    match raised:
        case TimeoutError() if timeout is not None and not raised.args:
            return f"not ready after {timeout:g} s"
        case ContractBroken():
            return raised.reason
        case ValidationError():
            return f"{raised.title}: {in_words(raised)}"
        case _:
            return f"{type(raised).__name__}: {raised}".rstrip(": ")


def _gave_up(raised: Exception, timeout: float | None, tries: int) -> str:
    again = f", {tries} tries" if tries > 1 else ""
    return f"{_words(raised, timeout)}{again}"
