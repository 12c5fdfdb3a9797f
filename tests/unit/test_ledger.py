"""The ledger: what counts as busy, as waiting and as people's work, by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from state.human_time import Asked, HumanTime, human_time
from state.ledger import STRETCHES, Call, Ledger, Work, ledger_of

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def call(run: str, specialist: str, ready: float, start: float, end: float, **facts: Any) -> Call:
    given: dict[str, Any] = {"decision": specialist.title(), "attempt": 1, "outcome": "decided"}
    given |= {"model": None, "tool": None, "tokens_in": 0, "tokens_out": 0, "tokens_cached": 0, "cost": 0.0}
    moments = {"ready_at": after(ready), "started_at": after(start), "ended_at": after(end)}
    return Call(**given | {"run": run, "specialist": specialist} | moments | facts)


def summed(*calls: Call) -> Ledger:
    return ledger_of(calls, HumanTime())


def the(ledger: Ledger, specialist: str) -> Work:
    return next(work for work in ledger.work if work.specialist == specialist)


def test_over_cases_busy_time_is_added_up() -> None:
    found = summed(call("a", "router", 0, 0, 4), call("b", "router", 0, 2, 5))
    work = the(found, "router")
    assert (found.cases, found.span, work.busy, work.peak) == (2, 5, 7, 2)
    assert found.worked == 7


def test_within_a_case_calls_at_the_same_time_count_once() -> None:
    lookups = [
        call("a", "router", 0, 1, 3, model="m", outcome="gathered", tokens_in=100, tokens_cached=40, cost=0.5),
        call("a", "router", 0, 3, 5, attempt=2, tool="http_get", outcome="gathered"),
        call("a", "router", 0, 3, 6, attempt=3, tool="http_get", outcome="gathered"),
        call("a", "router", 0, 7, 8, attempt=4, model="m", tokens_out=9),
    ]
    work = the(summed(*lookups), "router")
    assert (work.executions, work.makings, work.model_calls, work.tool_calls) == (4, 1, 2, 2)
    assert (work.tokens_in, work.tokens_cached, work.tokens_out, work.cost) == (100, 40, 9, 0.5)
    # from 1 to 6 and from 7 to 8; the pause between is not busy
    assert (work.busy, work.peak) == (6, 1)
    # the making waited once, however many calls it took
    assert work.waiting == 1


def test_specialists_who_work_on_a_case_together_are_each_busy() -> None:
    found = summed(call("a", "analyst", 0, 0, 3), call("a", "researcher", 0, 1, 4))
    assert [work.busy for work in found.work] == [3, 3]
    assert found.worked == 4


def test_retries_are_executions_and_faults_of_one_making() -> None:
    found = summed(
        call("a", "router", 0, 0, 1, outcome="timeout"),
        call("a", "router", 0, 2, 3, attempt=2, outcome="breach"),
        call("a", "router", 0, 4, 5, attempt=3),
    )
    work = the(found, "router")
    assert (work.executions, work.makings, work.faults, work.busy) == (3, 1, 2, 3)
    assert work.outcomes == {"timeout": 1, "breach": 1, "decided": 1}


def test_a_making_waits_from_ready_to_started_and_not_while_it_was_made_before() -> None:
    again = summed(call("a", "router", 0, 2, 5), call("a", "router", 3, 6, 7))
    assert the(again, "router").waiting == 2 + 1
    late = summed(call("a", "router", 0, 2, 5), call("a", "router", 9, 10, 11))
    assert the(late, "router").waiting == 2 + 1


def test_after_its_own_request_it_waits_for_the_answer_and_for_nobody_to_call_it() -> None:
    found = summed(call("a", "router", 0, 1, 2, outcome="asked"), call("a", "router", 0, 9, 10))
    assert the(found, "router").waiting == 1


def test_a_clock_that_was_set_back_makes_nothing_negative() -> None:
    found = summed(call("a", "router", 5, 4, 3))
    assert (found.span, the(found, "router").busy, the(found, "router").waiting) == (0, 0, 0)


def test_busy_time_in_stretches_adds_up_to_all_of_it() -> None:
    found = summed(*(call(f"{n}", "router", n, n * 1.7, n * 2.9 + 1) for n in range(40)))
    work = the(found, "router")
    assert len(work.over_time) == STRETCHES
    assert sum(work.over_time) == pytest.approx(work.busy)
    assert max(work.over_time) <= work.peak * found.width + 1e-9


def test_without_calls_there_is_nothing() -> None:
    found = summed()
    assert (found.cases, found.span, found.work) == (0, 0, ())


def asked(claimed: float | None, answered: float | None, **facts: Any) -> Asked:
    given: dict[str, Any] = {"status": "answered", "opened_at": NOON, "voice": "human", "answered_by": "ann"}
    given |= {"claimed_by": None, "claimed_at": None, "claimed_until": None, "answered_at": None}
    if claimed is not None:
        given |= {"claimed_by": "ann", "claimed_at": after(claimed), "claimed_until": after(claimed + 900)}
    if answered is not None:
        given["answered_at"] = after(answered)
    return Asked(**given | facts)


def test_an_answer_within_its_claim_lasts_from_claim_to_answer() -> None:
    found = human_time([asked(60, 180)])
    assert (found.answers, found.claimed, found.seconds, found.queued) == (1, 1, 120, 180)
    assert found.worked(999) == 120


def test_claims_of_one_person_that_overlap_count_once() -> None:
    by_bob = asked(0, 600, claimed_by="bob", answered_by="bob")
    assert human_time([asked(0, 300), asked(0, 600), by_bob]).seconds == 600 + 600


@pytest.mark.parametrize(
    "answer",
    [
        asked(None, 300),
        # claimed by somebody else, whose claim ran out
        asked(0, 1200, claimed_by="bob"),
        # after the claim had run out
        asked(0, 901),
    ],
)
def test_of_an_answer_without_a_claim_nobody_knows_how_long_it_took(answer: Asked) -> None:
    found = human_time([answer])
    assert (found.answers, found.unclaimed, found.seconds) == (1, 1, 0)
    assert found.worked(180) == 180


def test_policies_and_open_questions_are_no_work() -> None:
    found = human_time(
        [
            asked(None, 300, voice="policy", answered_by="approve after 1 h"),
            asked(None, None, status="open", answered_by=None),
            asked(0, None, status="claimed", answered_by=None),
            asked(None, None, status="withdrawn", answered_by=None),
        ]
    )
    assert (found.answers, found.by_policy, found.open, found.worked(180)) == (0, 1, 2, 0)
