from typing import Any

from agents.handoff import Handoff
from agents.making import Retry
from agents.panel import Panel
from agents.specialist import FunctionSpecialist, Specialist, specialist
from tests.support.leads import Check, Lead, Score, Verdict
from tests.support.run import NOW

HANDOFF = Handoff(case=Lead(id="lead-1"), decisions={Score: Score(probability=0.9)})


def test_a_function_becomes_the_owner_of_a_decision() -> None:
    @specialist(decides=Verdict, needs=(Score, Check))
    def judge(handoff: Handoff[Lead]) -> Verdict:
        return Verdict()

    assert (judge.name, judge.decides, judge.needs) == ("judge", Verdict, (Score, Check))
    assert (judge.version, judge.attempts, judge.timeout, judge.retry) == ("1", 4, None, Retry())


def test_everything_can_be_declared() -> None:
    @specialist(decides=Score, name="scorer", version="2", attempts=7, timeout=1.5, retry=Retry(tries=1))
    def score(handoff: Handoff[Lead]) -> Score:
        return Score()

    assert (score.name, score.version, score.attempts, score.timeout, score.retry.tries) == ("scorer", "2", 7, 1.5, 1)


def test_a_specialist_is_still_the_plain_function() -> None:
    @specialist(decides=Verdict, needs=(Score,))
    def judge(handoff: Handoff[Lead]) -> Verdict:
        return Verdict(lane="sales" if handoff[Score].probability > 0.5 else "nurture")

    assert judge(HANDOFF) == Verdict(lane="sales")


async def test_a_turn_calls_the_function_as_declared() -> None:
    calls: list[Handoff[Any]] = []

    def fail(handoff: Handoff[Any]) -> Score:
        calls.append(handoff)
        raise OSError("no connection")

    making = await FunctionSpecialist(fail, "score", Score, retry=Retry(tries=2, pause=0.0)).turn(HANDOFF, NOW)
    assert [execution.specialist for execution in making.executions] == ["score", "score"]
    assert calls == [HANDOFF, HANDOFF]


def test_functions_and_panels_are_specialists() -> None:
    member = FunctionSpecialist(lambda _: Score(), "score", Score)
    owners: tuple[Specialist, ...] = (member, Panel("scores", (member,)))
    assert [owner.decides for owner in owners] == [Score, Score]
