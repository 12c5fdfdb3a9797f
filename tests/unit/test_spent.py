"""The spent: tokens and money as a person reads them."""

import pytest

from state.spent import Spent, model_columns, money
from tests.support.stories import call


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (0.0, "0"),
        (0.0000001, "under 0.000001"),
        (0.000012, "0.000012"),
        (0.25, "0.25"),
        (0.1 + 0.2, "0.3"),
        (1.0, "1.00"),
        (12_345.678, "12,345.68"),
    ],
)
def test_money_has_as_many_digits_as_say_something(cost: float, said: str) -> None:
    assert money(cost) == said


def test_calls_are_summed_up_without_rules_and_tools() -> None:
    calls = [
        call("Topic"),
        call("Topic", tool="lookup"),
        call("Topic", model="m", tokens_in=1_000, tokens_cached=400, tokens_out=20, cost=0.01),
        call("Topic", model="m", tokens_in=500, tokens_out=5, cost=0.02),
    ]
    assert Spent.of(calls).words == "2 model calls · tokens: 1,500 in (400 cached), 25 out · cost 0.03"
    assert Spent.of(calls[:2]).words == "0 model calls"
    assert Spent.of([call("Topic", model="m")]).words == "1 model call"


def test_a_table_has_only_the_columns_with_something_in_them() -> None:
    local = call("Topic", model="m", tokens_in=1_000, tokens_out=20)
    assert list(model_columns([call("Topic")])) == []
    assert {name: cell(local) for name, cell in model_columns([local, call("Topic")]).items()} == {
        "model": "m",
        "tokens in": "1,000",
        "out": "20",
    }
