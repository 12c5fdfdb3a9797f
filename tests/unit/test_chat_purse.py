from typing import Any

import pytest
from pydantic import ValidationError

from agents.chat.limits import Limits
from agents.chat.purse import Account, Budget, BudgetUsedUp, Purse
from state.execution import Execution
from tests.support.run import NOW


def execution(model: str | None = "m", **more: Any) -> Execution:
    return Execution(
        decision="Score",
        specialist="score",
        ready_at=NOW,
        started_at=NOW,
        ended_at=NOW,
        outcome="decided",
        model=model,
        **more,
    )


def purse(**budget: Any) -> Purse:
    return Purse((Account("case", Budget(**budget)),))


def test_a_purse_without_accounts_pays_for_everything() -> None:
    for _ in range(100):
        Purse().take()
    assert not Budget().is_limited


def test_a_call_is_counted_before_it_is_made() -> None:
    limited = purse(calls=2)
    limited.take()
    limited.take()
    with pytest.raises(BudgetUsedUp) as used:
        limited.take()
    assert str(used.value) == "the case's budget of 2 model calls is used up (2 spent)"
    assert limited.accounts[0].calls == 2


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        # nothing may be spent at all
        ({"calls": 0}, "the case's budget of 0 model calls is used up (0 spent)"),
        ({"tokens": 0}, "the case's budget of 0 tokens is used up (0 spent)"),
        # exactly used up
        ({"tokens": 1000}, "the case's budget of 1,000 tokens is used up (1,000 spent)"),
        # more than used up, by what was under way
        ({"tokens": 999}, "the case's budget of 999 tokens is used up (1,000 spent)"),
        ({"money": 0.2}, "the case's budget of 0.2 money is used up (0.25 spent)"),
    ],
)
def test_what_is_used_up_is_said_with_its_limit(budget: dict[str, Any], words: str) -> None:
    limited = purse(**budget)
    limited.settle(1000 if budget.get("tokens") else 0, 0.25)
    with pytest.raises(BudgetUsedUp) as used:
        limited.take()
    assert str(used.value) == words


def test_what_is_left_pays_for_another_call() -> None:
    limited = purse(calls=3, tokens=1001, money=0.26)
    limited.take()
    limited.settle(1000, 0.25)
    limited.take()
    assert limited.accounts[0].calls == 2


def test_every_account_pays_and_one_that_cannot_lets_no_other_pay() -> None:
    case, batch = Account("case"), Account("batch", Budget(calls=1))
    both = Purse((case, batch))
    both.take()
    both.settle(10, 0.5)
    with pytest.raises(BudgetUsedUp, match="the batch's budget"):
        both.take()
    assert [(each.calls, each.tokens, each.money) for each in (case, batch)] == [(1, 10, 0.5)] * 2


def test_what_was_spent_earlier_counts_and_rules_and_tools_cost_nothing() -> None:
    account = Account("case")
    account.charge(
        [
            execution(tokens_in=90, tokens_out=10, tokens_cached=64, cost=0.5),
            execution(tokens_in=7, cost=0.25),
            execution(None, tool="look", tokens_in=5),
            execution(None),
        ]
    )
    assert (account.calls, account.tokens, account.money) == (2, 107, 0.75)


@pytest.mark.parametrize("limit", [{"calls": 5}, {"tokens": 5}, {"money": 0.0}])
def test_a_budget_says_whether_it_limits_anything(limit: dict[str, Any]) -> None:
    assert Budget(**limit).is_limited


@pytest.mark.parametrize(
    "limit", [{"calls": -1}, {"tokens": -1}, {"money": -0.1}, {"money": float("nan")}, {"minutes": 3}]
)
def test_a_budget_that_is_none_is_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Budget(**limit)


@pytest.mark.parametrize("name", ["seconds", "steps", "tokens", "patience", "longest"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_limit_that_leaves_nothing_is_refused(name: str, value: float) -> None:
    limits: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=rf"Limits\({name}={value!r}\): must be above 0"):
        Limits(**limits)
