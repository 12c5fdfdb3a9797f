from itertools import permutations

import pytest

from agents.consensus import Consensus, Majority, Unanimous, Weighted, default_quorum, support

HEAVY = Weighted({"x": 3, "y": 1})


@pytest.mark.parametrize(
    ("rule", "votes", "winner"),
    [
        # more than half
        (Majority(), {"x": "A", "y": "A", "z": "B"}, "A"),
        # half is not more than half
        (Majority(), {"x": "A", "y": "B"}, None),
        # the most votes are not enough
        (Majority(), {"w": "A", "x": "A", "y": "B", "z": "C"}, None),
        # one vote is all votes cast
        (Majority(), {"x": "A"}, "A"),
        # nobody voted
        (Majority(), {}, None),
        # three against two
        (HEAVY, {"x": "A", "y": "B", "z": "B"}, "A"),
        # three against three
        (HEAVY, {"x": "A", "y": "B", "z": "B", "w": "B"}, None),
        # who is not named counts as one
        (HEAVY, {"y": "A", "z": "B", "w": "B"}, "B"),
        # a tie is a tie, however the weights add up in binary
        (Weighted({"x": 0.2, "y": 0.7, "z": 0.9}), {"x": "A", "y": "A", "z": "B"}, None),
        # everybody the same
        (Unanimous(), {"x": "A", "y": "A"}, "A"),
        # one voice against
        (Unanimous(), {"x": "A", "y": "A", "z": "B"}, None),
        # nobody voted
        (Unanimous(), {}, None),
    ],
)
def test_votes_become_one_option_or_none(rule: Consensus, votes: dict[str, str], winner: str | None) -> None:
    assert rule.winner(votes) == winner


@pytest.mark.parametrize("rule", [Majority(), HEAVY, Unanimous()], ids=repr)
def test_the_order_of_the_votes_plays_no_part(rule: Consensus) -> None:
    votes = {"x": "A", "y": "B", "z": "A"}
    assert len({rule.winner(dict(order)) for order in permutations(votes.items())}) == 1


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        # two of three
        (Majority(), 2 / 3),
        # four of five
        (HEAVY, 4 / 5),
    ],
)
def test_support_is_the_share_of_the_weight_cast(rule: Consensus, share: float) -> None:
    assert support({"x": "A", "y": "A", "z": "B"}, "A", rule) == pytest.approx(share)


def test_nobody_supports_anything_where_nobody_voted() -> None:
    assert support({}, "A", Majority()) == 0.0


@pytest.mark.parametrize(("voters", "quorum"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_a_quorum_is_more_than_half(voters: int, quorum: int) -> None:
    assert default_quorum(voters) == quorum


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan")])
def test_a_weight_is_above_zero(weight: float) -> None:
    with pytest.raises(ValueError, match="weights must be above 0"):
        Weighted({"x": weight})
