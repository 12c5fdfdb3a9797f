"""Who is let begin, and what is written down of how it went."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agents.chat.purse import Account, Budget, Purse
from agents.chat.session import Session, in_session
from agents.scripted import Said, ScriptedModel
from agents.usher import Nobody, Step
from runtime.usher import scope_of
from state.errors import ModelTrouble
from tests.support.run import NOW
from tests.unit.test_model_specialist import BUSY, HANDOFF, LEFT, judge


class Recording:
    """An usher that lets everything begin, and remembers it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @asynccontextmanager
    async def step(self, step: Step) -> AsyncIterator[Step]:
        self.steps.append(step)
        yield step


class Closed:
    """An usher that lets no model be called."""

    @asynccontextmanager
    async def step(self, step: Step) -> AsyncIterator[Step]:
        if step.kind == "call":
            raise ModelTrouble("held_back", f"{step.name} is closed")
        yield step


async def test_every_call_of_a_model_is_let_in_and_says_what_it_came_to() -> None:
    usher = Recording()
    model = ScriptedModel([BUSY, Said(LEFT, tokens_in=120, tokens_out=9)])
    with in_session(Session(run="run-1", usher=usher)):
        await judge(model).turn(HANDOFF, NOW)
    first, second = usher.steps
    assert (first.kind, first.name, first.run) == ("call", "m", "run-1")
    assert (first.decision, first.specialist, first.outcome) == ("Judged", "judge", "rate_limit")
    assert (second.outcome, second.tokens_in, second.tokens_out) == ("answered", 120, 9)
    assert len(second.messages) == 2
    assert "left" in second.answer


async def test_a_call_that_is_not_let_in_is_neither_made_nor_paid() -> None:
    account, model = Account("case", Budget(calls=5)), ScriptedModel([])
    with in_session(Session(Purse((account,)), usher=Closed())):
        making = await judge(model).turn(HANDOFF, NOW)
    assert "m is closed" in str(making.result)
    assert (account.calls, model.calls) == (0, [])


async def test_where_nobody_ushers_everything_begins() -> None:
    async with Nobody().step(Step("run", "leads")) as step:
        step.outcome = "completed"
    assert step.outcome == "completed"


@pytest.mark.parametrize(("kind", "scope"), [("run", "workflow:x"), ("turn", "specialist:x"), ("call", "model:x")])
def test_each_kind_of_step_has_its_limit(kind: str, scope: str) -> None:
    assert scope_of(kind, "x") == scope  # type: ignore[arg-type]  # as it is parametrised
