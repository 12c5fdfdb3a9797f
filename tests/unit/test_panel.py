from typing import Any

import pytest

from agents.consensus import Consensus, Majority, Unanimous, Weighted
from agents.handoff import Ask, Escalate, Handoff, Request
from agents.making import Failed
from agents.panel import Panel
from agents.specialist import FunctionSpecialist
from graphs.agenda import Dispatch
from graphs.lint import lint
from state.decision import Decision
from tests.support.leads import AT_ONCE, UPDATE, VERDICT, Check, Lead, Score, Verdict, diamond, owner
from tests.support.run import NOW, Run

HANDOFF = Handoff(case=Lead(id="lead-1"), may_ask=frozenset({Score}))
FLAGGED, CLEAR = Check(flagged=True, confidence=0.8), Check(flagged=False, confidence=0.6)


def member(name: str, answer: Any, needs: tuple[type[Decision], ...] = ()) -> FunctionSpecialist:
    def function(handoff: Handoff[Any]) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return FunctionSpecialist(function, name, Check, needs=needs, retry=AT_ONCE)


def panel(*answers: Any, **options: Any) -> Panel:
    return Panel(
        "checkers", tuple(member(name, answer) for name, answer in zip("xyz", answers, strict=False)), **options
    )


async def result(of: Panel) -> Any:
    return (await of.turn(HANDOFF, NOW)).result


async def test_the_winning_side_speaks_through_its_most_confident_member() -> None:
    surer = Check(flagged=True, confidence=0.9, rationale="no website")
    decided = await result(panel(FLAGGED, surer, CLEAR))
    assert decided.flagged
    assert decided.rationale == "x, y agree (67% of the votes cast). no website"


async def test_the_confidence_is_the_mean_of_the_side_times_its_share() -> None:
    decided = await result(panel(FLAGGED, Check(flagged=True, confidence=0.6), CLEAR))
    assert decided.confidence == pytest.approx(0.7 * 2 / 3)


async def test_weights_count_for_the_mean_and_the_share() -> None:
    other = Check(flagged=True, confidence=0.4)
    decided = await result(panel(FLAGGED, other, CLEAR, rule=Weighted({"x": 3})))
    assert decided.confidence == pytest.approx((3 * 0.8 + 0.4) / 4 * 4 / 5)


@pytest.mark.parametrize(
    ("answers", "rule", "flagged"),
    [
        # two of three
        ((FLAGGED, FLAGGED, CLEAR), Majority(), True),
        # one counts more than two
        ((CLEAR, FLAGGED, FLAGGED), Weighted({"x": 3}), False),
        # all of them
        ((FLAGGED, FLAGGED, FLAGGED), Unanimous(), True),
        # who fails abstains: all of those who voted
        ((FLAGGED, FLAGGED, OSError("down")), Unanimous(), True),
        # who escalates abstains
        ((FLAGGED, FLAGGED, Escalate("unclear")), Majority(), True),
    ],
)
async def test_a_panel_decides_by_its_rule(answers: tuple[Any, ...], rule: Consensus, flagged: bool) -> None:
    assert (await result(panel(*answers, rule=rule))).flagged is flagged


@pytest.mark.parametrize(
    ("answers", "options", "reason"),
    [
        # a tie
        ((FLAGGED, CLEAR), {}, "the members do not agree. x: "),
        # not everybody
        ((FLAGGED, FLAGGED, CLEAR), {"rule": Unanimous()}, "the members do not agree. x: "),
        # by default more than half must vote
        ((FLAGGED, OSError(), OSError()), {}, "1 of 3 members voted, the quorum is 2"),
        # a declared quorum
        ((FLAGGED, FLAGGED, Escalate("?")), {"quorum": 3}, "2 of 3 members voted, the quorum is 3"),
        # nobody voted
        ((OSError(),), {}, "0 of 1 members voted, the quorum is 1"),
    ],
)
async def test_a_panel_without_a_winner_escalates(answers: tuple[Any, ...], options: Any, reason: str) -> None:
    escalated = await result(panel(*answers, **options))
    assert isinstance(escalated, Escalate)
    assert escalated.reason.startswith(reason)


async def test_one_vote_can_be_declared_to_be_enough() -> None:
    assert (await result(panel(FLAGGED, OSError(), OSError(), quorum=1))).flagged


async def test_requests_of_members_are_the_requests_of_the_panel() -> None:
    asked = await result(panel(Ask(Score, "why?"), FLAGGED, Ask(Score, "sure?")))
    assert asked.requests == (Request(Score, "why?"), Request(Score, "sure?"))


async def test_a_position_says_what_members_agree_on() -> None:
    answers = (Check(rationale="one"), Check(rationale="two"))
    assert isinstance(await result(panel(*answers)), Check), "rationale and confidence play no part by default"
    by_rationale = panel(*answers, position=lambda check: check.rationale)
    assert isinstance(await result(by_rationale), Escalate)


async def test_a_position_that_raises_is_a_failure_and_not_a_crash() -> None:
    failed = await result(panel(FLAGGED, FLAGGED, position=lambda check: check.lane))
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("the position or the rule of checkers raised AttributeError")


async def test_members_are_executions_in_the_ledger() -> None:
    making = await panel(FLAGGED, OSError("down"), FLAGGED).turn(HANDOFF, NOW)
    assert [(each.specialist, each.outcome) for each in making.executions] == [
        ("x", "decided"),
        *[("y", "error")] * 3,
        ("z", "decided"),
    ]


def test_a_panel_needs_what_its_members_need() -> None:
    both = Panel("checkers", (member("x", CLEAR, (Score,)), member("y", CLEAR, (Score, Verdict))))
    assert [need.__name__ for need in both.needs] == ["Score", "Verdict"]


def test_a_panel_is_one_owner() -> None:
    workflow = diamond(specialists=(owner(Score), panel(FLAGGED, CLEAR), VERDICT, UPDATE))
    assert lint(workflow) == []
    run = Run(workflow)
    assert run.plan == Dispatch(("Score", "Check"))
    assert run.make(Check=CLEAR).record("Check").maker.name == "checkers"


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        # nobody
        ((), {}, "members need to be at least one"),
        # two of a name
        ((member("x", CLEAR), member("x", CLEAR)), {}, "with different names"),
        # two decisions
        ((member("x", CLEAR), owner(Score)), {}, "must decide the same decision"),
        # more than there are
        ((member("x", CLEAR),), {"quorum": 2}, "quorum=2 must be 0 to 1"),
        # less than none
        ((member("x", CLEAR),), {"quorum": -1}, "quorum=-1 must be 0 to 1"),
    ],
)
def test_a_panel_that_cannot_work_is_refused(
    members: tuple[FunctionSpecialist, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Panel("checkers", members, **options)
