"""Who takes which seat, in words."""

import pytest

from state.staffing import Staffing


@pytest.mark.parametrize(
    ("staffing", "words"),
    [
        (Staffing(), "all seats: rules"),
        (Staffing("gpt"), "all seats: gpt; where a model fails, a human is asked"),
        (
            Staffing("rules", (("analyst", "gpt"),), "rules"),
            "analyst: gpt, all others: rules; where a model fails, the rules take over",
        ),
        (
            Staffing("gpt", (("router", "rules+big"),)),
            "router: rules and big beside them, all others: gpt; where a model fails, a human is asked",
        ),
    ],
)
def test_a_staffing_is_said_in_a_sentence(staffing: Staffing, words: str) -> None:
    assert staffing.words == words
    assert Staffing.read(staffing.pinned()).words == words
