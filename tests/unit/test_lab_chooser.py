"""The simulated supervisor."""

from agents.handoff import Handoff
from agents.making import Failed
from agents.supervisor import NextStep
from lab.simulation.chooser import SimulatedChooser
from lab.simulation.clock import EPOCH
from lab.simulation.faults import Fault, FaultRates, FaultShares
from lab.simulation.opinion import opinion, title
from lab.simulation.plan import Plan
from lab.simulation.team import simulated_case
from state.case import Case

CASE = simulated_case(Plan(agents=4), 0)
ALL = tuple(title(place) for place in range(4))


def handoff(made: tuple[int, ...], ready: tuple[int, ...]) -> Handoff[Case]:
    return Handoff(
        case=CASE,
        decisions={opinion(place): opinion(place)(value=1) for place in made},
        may_ask=frozenset(opinion(place) for place in ready),
    )


async def chosen(kind: Fault | None, made: tuple[int, ...], ready: tuple[int, ...]) -> str | None:
    rates = FaultRates(1.0, FaultShares.only(kind)) if kind else FaultRates()
    making = await SimulatedChooser(ALL, rates).turn(handoff(made, ready), EPOCH)
    assert isinstance(making.result, NextStep)
    return making.result.next


async def test_it_sends_for_the_first_that_can_be_made_and_then_says_done() -> None:
    assert await chosen(None, (), (2, 1)) == title(1)
    assert await chosen(None, (0, 1, 2, 3), ()) is None


async def test_a_wrong_step_is_one_that_cannot_be_taken_yet() -> None:
    for kind in ("wrong_output", "false_confidence"):
        assert await chosen(kind, (0,), (1, 2)) == title(3)


async def test_a_repeated_step_is_one_that_was_taken() -> None:
    for kind in ("repeated_step", "ignored_input"):
        assert await chosen(kind, (0,), (1, 2)) == title(0)


async def test_an_early_stop_says_done_before_it_is() -> None:
    assert await chosen("early_stop", (0,), (1, 2)) is None


async def test_where_there_is_no_such_step_the_right_one_is_taken() -> None:
    assert await chosen("repeated_step", (), (0, 1, 2, 3)) == title(0)
    assert await chosen("wrong_output", (0, 1), (2, 3)) == title(2)


async def test_it_fails_when_none_of_its_tries_comes_through() -> None:
    for kind, outcome in (("off_contract", "breach"), ("silence", "timeout")):
        rates = FaultRates(1.0, FaultShares.only(kind))  # type: ignore[arg-type]  # both are faults
        making = await SimulatedChooser(ALL, rates, timeout=30.0).turn(handoff((), (0,)), EPOCH)
        assert isinstance(making.result, Failed)
        assert [each.outcome for each in making.executions] == [outcome] * 3
        assert [each.attempt for each in making.executions] == [1, 2, 3]
