"""The supervisor that chooses by a rule."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

from agents.handoff import Handoff
from agents.supervisor import RULE, NextStep
from state.decision import Decision
from tests.support.leads import Check, Lead, Score

READY = frozenset[type[Decision]]((Score, Check))


async def test_the_first_that_can_be_made_is_sent_for_and_none_where_there_is_none() -> None:
    now = datetime.now(UTC)
    taken = await RULE.turn(Handoff(case=Lead(id="1"), may_ask=READY), now)
    done = await RULE.turn(Handoff(case=Lead(id="1")), now)
    assert (taken.result, done.result) == (NextStep(next="Check"), NextStep())


async def test_the_rule_waits_for_no_thread_which_would_count_as_its_work() -> None:
    threads: list[int] = []

    class Ready(frozenset[type[Decision]]):
        def __iter__(self) -> Iterator[type[Decision]]:
            threads.append(threading.get_ident())
            return super().__iter__()

    await RULE.turn(Handoff(case=Lead(id="1"), may_ask=Ready(READY)), datetime.now(UTC))
    assert threads == [threading.get_ident()]
