import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from agents.handoff import Ask, Escalate, Handoff
from agents.making import Failed, Making, Retry, make
from state.decision import Decision
from state.errors import ContractBroken
from tests.support.leads import AT_ONCE, Check, Lead, Score, Verdict
from tests.support.run import NOW

HANDOFF = Handoff(case=Lead(id="lead-1"), may_ask=frozenset({Check}))


async def made(function: Callable[[Handoff[Any]], Any], timeout: float | None = None, retry: Retry = AT_ONCE) -> Making:
    return await make(function, HANDOFF, name="score", decides=Score, ready_at=NOW, timeout=timeout, retry=retry)


def in_turn(*results: object) -> Callable[[Handoff[Any]], object]:
    """Returns, or raises, one after the other."""
    left = list(results)

    def function(handoff: Handoff[Any]) -> object:
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    return function


def outcomes(making: Making) -> list[str]:
    return [execution.outcome for execution in making.executions]


async def test_a_plain_function_decides() -> None:
    making = await made(lambda _: Score(probability=0.7))
    assert making.result == Score(probability=0.7)
    [execution] = making.executions
    assert (execution.decision, execution.specialist, execution.attempt) == ("Score", "score", 1)
    assert (execution.ready_at, execution.outcome, execution.error) == (NOW, "decided", "")
    assert execution.started_at <= execution.ended_at


async def test_an_async_function_decides() -> None:
    async def function(handoff: Handoff[Any]) -> Score:
        await asyncio.sleep(0)
        return Score()

    assert (await made(function)).result == Score()


async def test_an_object_whose_call_is_async_decides() -> None:
    class Model:
        async def __call__(self, handoff: Handoff[Any]) -> Score:
            return Score()

    assert (await made(Model())).result == Score()


async def test_a_plain_function_runs_outside_the_loop() -> None:
    seen: list[threading.Thread] = []

    def function(handoff: Handoff[Any]) -> Score:
        seen.append(threading.current_thread())
        return Score()

    await made(function)
    assert seen[0] is not threading.main_thread()
    assert seen[0].daemon, "one that hangs does not keep the program alive"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        # upstream, as declared
        (Ask(Check, "sure?"), "asked"),
        # declined
        (Escalate("unclear"), "escalated"),
    ],
)
async def test_a_specialist_may_answer_otherwise(answer: Ask | Escalate, outcome: str) -> None:
    making = await made(lambda _: answer)
    assert making.result is answer
    assert outcomes(making) == [outcome]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        # forgot to return
        (None, "it decides Score, and returned NoneType None"),
        # another decision
        (Check(), "it decides Score, and returned Check "),
        # a bare dictionary
        ({"probability": 0.5}, "it decides Score, and returned dict "),
        # not validated where it was made
        (Score.model_construct(probability=7.0), "probability: Input should be less than or equal to 1"),
        # of another type, and not validated where it was made
        (
            Score.model_construct(probability="high"),  # type: ignore[arg-type]  # wrong on purpose
            "probability: Input should be a valid number",
        ),
        # not upstream
        (Ask(Verdict, "why?"), "it asked Verdict, which is not upstream of it"),
    ],
)
async def test_what_the_contract_does_not_allow_is_a_breach(answer: Any, error: str) -> None:
    making = await made(lambda _: answer)
    assert isinstance(making.result, Failed)
    assert making.result.reason.startswith(error)
    assert making.result.reason.endswith(", 3 tries")
    assert outcomes(making) == ["breach"] * 3


async def test_a_model_that_does_not_validate_inside_is_a_breach_too() -> None:
    making = await made(lambda _: Score(probability=7))
    assert outcomes(making) == ["breach"] * 3
    assert making.executions[0].error == "Score: probability: Input should be less than or equal to 1"


async def test_a_breach_is_tried_again() -> None:
    making = await made(in_turn(None, Score()))
    assert making.result == Score()
    assert [(execution.attempt, execution.outcome) for execution in making.executions] == [
        (1, "breach"),
        (2, "decided"),
    ]


async def test_an_exception_is_tried_again() -> None:
    making = await made(in_turn(OSError("no connection"), Score()))
    assert making.result == Score()
    assert making.executions[0].error == "OSError: no connection"


async def test_after_the_declared_tries_it_has_failed() -> None:
    making = await made(in_turn(OSError("one"), OSError("two"), OSError("three"), Score()))
    assert making.result == Failed("OSError: three, 3 tries")


async def test_one_try_is_not_counted_in_the_reason() -> None:
    assert (await made(in_turn(OSError()), retry=Retry(tries=1))).result == Failed("OSError")


async def test_only_the_declared_exceptions_are_tried_again() -> None:
    retry = Retry(pause=0.0, on=(OSError,))
    assert outcomes(await made(in_turn(ValueError("no"), Score()), retry=retry)) == ["error"]
    assert outcomes(await made(in_turn(OSError("no"), Score()), retry=retry)) == ["error", "decided"]


@pytest.mark.parametrize("error", [ContractBroken("score", "of another type"), TimeoutError()], ids=type)
def test_breaches_and_time_outs_are_always_tried_again(error: Exception) -> None:
    assert Retry(on=()).covers(error)
    assert not Retry(on=()).covers(OSError())


async def test_an_async_function_that_is_not_ready_in_time_is_stopped() -> None:
    stopped = asyncio.Event()

    async def function(handoff: Handoff[Any]) -> Score:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return Score()

    making = await made(function, timeout=0.01, retry=Retry(tries=1))
    assert making.result == Failed("not ready after 0.01 s")
    assert outcomes(making) == ["timeout"]
    assert stopped.is_set()


async def test_the_late_result_of_a_plain_function_is_dropped() -> None:
    late, finished = threading.Event(), threading.Event()

    def function(handoff: Handoff[Any]) -> Score:
        late.wait(10)
        finished.set()
        return Score(probability=0.1)

    making = await made(function, timeout=0.01, retry=Retry(tries=1))
    late.set()
    assert await asyncio.to_thread(finished.wait, 10)
    await asyncio.sleep(0.01)
    assert making.result == Failed("not ready after 0.01 s")


async def test_a_try_in_time_after_one_that_was_not_decides() -> None:
    slow = iter([0.2, 0.0])

    def function(handoff: Handoff[Any]) -> Score:
        time.sleep(next(slow))
        return Score()

    making = await made(function, timeout=0.05)
    assert making.result == Score()
    assert outcomes(making) == ["timeout", "decided"]


async def test_functions_that_hang_do_not_hold_up_others() -> None:
    release = threading.Event()

    def hang(handoff: Handoff[Any]) -> Score:
        release.wait(10)
        return Score()

    once = Retry(tries=1)
    hanging = [asyncio.create_task(made(hang, timeout=5, retry=once)) for _ in range(40)]
    await asyncio.sleep(0)
    assert (await made(lambda _: Score(), timeout=2, retry=once)).result == Score()
    release.set()
    assert all(making.result == Score() for making in await asyncio.gather(*hanging))


async def test_a_time_out_of_its_own_is_told_in_its_own_words() -> None:
    making = await made(in_turn(TimeoutError("the model did not answer")), timeout=60, retry=Retry(tries=1))
    assert making.result == Failed("TimeoutError: the model did not answer")
    assert outcomes(making) == ["timeout"]


async def test_a_cancelled_run_is_not_a_failure_of_the_specialist() -> None:
    async def function(handoff: Handoff[Any]) -> Score:
        await asyncio.sleep(60)
        return Score()

    task = asyncio.create_task(made(function))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_kept_is_a_validated_copy() -> None:
    class Sub(Score):
        pass

    making = await made(lambda _: Sub(probability=0.3))
    assert type(making.result) is Score


async def test_a_subclass_with_more_fields_is_a_breach() -> None:
    class More(Score):
        extra_field: int = 1

    assert outcomes(await made(lambda _: More())) == ["breach"] * 3


async def test_nested_models_are_validated_on_the_way_out() -> None:
    class Part(BaseModel):
        share: float

    class Parts(Decision):
        parts: tuple[Part, ...] = ()

    wrong = Parts(parts=(Part.model_construct(share="all"),))  # type: ignore[arg-type]  # wrong on purpose
    making = await make(
        lambda _: wrong, HANDOFF, name="parts", decides=Parts, ready_at=NOW, timeout=None, retry=Retry(tries=1)
    )
    assert making.result == Failed("parts.0.share: Input should be a valid number, unable to parse string as a number")


def test_at_least_one_try_is_needed() -> None:
    with pytest.raises(ValueError, match=r"Retry\(tries=0\)"):
        Retry(tries=0)
