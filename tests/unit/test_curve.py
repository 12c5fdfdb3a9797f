import math
import random
from itertools import permutations
from statistics import mean

import pytest

from graphs.attention.curve import SHARES, Curve, Method, Point, risk_curve
from graphs.attention.lane import NO_LANE, lanes
from graphs.attention.rehearsed import Rehearsed

KINDS = ("declined", "wasted")


def case(
    confidence: float | None,
    error: str | None = None,
    *,
    asks: bool = False,
    lane: str = "",
    apart: float | None = None,
) -> Rehearsed:
    """One rehearsed case."""
    return Rehearsed(confidence, asks, error, lane, apart)


def at(curve: Curve, method: Method, human: float) -> Point:
    """One point of a curve."""
    line = curve.line(method)
    assert line is not None
    return line.at(human)


def test_the_least_sure_are_seen_first_and_the_rest_is_at_risk() -> None:
    cases = [case(place / 10, "wasted" if place < 2 else None) for place in range(10)]
    curve = risk_curve(cases, KINDS)
    assert at(curve, "confidence", 0.0) == Point(0.0, 0.2, (0.0, 0.2))
    assert at(curve, "confidence", 0.1) == Point(0.1, 1 / 9, (0.0, 1 / 9))
    assert at(curve, "confidence", 0.2).error == at(curve, "confidence", 0.5).error == 0


def test_cases_that_ask_anyway_are_seen_first_by_every_method_and_count_in_the_share() -> None:
    cases = [case(0.9, "declined", asks=True, apart=0.0), case(None, "declined")]
    cases += [case(place / 20, "wasted" if place == 0 else None, apart=float(place == 0)) for place in range(18)]
    curve = risk_curve(cases, KINDS)
    assert curve.asking == 0.1
    assert {line.at(0.1).error for line in curve.lines} == {1 / 18}
    assert {line.method: line.at(0.15).error for line in curve.lines}["confidence"] == 0
    assert at(curve, "random", 0.5).by_kind[1] == pytest.approx(1 / 18)


def test_among_equals_the_risk_is_the_mean_over_all_orders() -> None:
    errors = ["declined", "wasted", None, None, None]
    curve = risk_curve([case(0.5, error, apart=1.0) for error in errors], KINDS)
    expected = mean(sum(one is not None for one in order[1:]) / 4 for order in permutations(errors))
    for method in ("confidence", "disagreement", "both", "random"):
        assert at(curve, method, 0.2).error == pytest.approx(expected)
        assert at(curve, method, 0.2).by_kind == pytest.approx([0.2, 0.2])


def test_both_goes_by_the_mean_of_the_two_ranks() -> None:
    cases = [case(place / 10, apart=float(place)) for place in range(1, 9)]
    cases += [case(0.0, apart=0.0), case(0.25, "wasted", apart=7.5)]
    curve = risk_curve(cases, KINDS)
    assert at(curve, "both", 0.1).error == 0
    assert at(curve, "confidence", 0.1).error == at(curve, "disagreement", 0.1).error == pytest.approx(1 / 9)


@pytest.mark.parametrize("apart", [None, math.nan])
def test_a_method_without_its_signal_is_left_out(apart: float | None) -> None:
    cases = [case(place / 10, apart=1.0) for place in range(9)]
    assert [line.method for line in risk_curve([*cases, case(0.9, apart=apart)], KINDS).lines] == [
        "confidence",
        "random",
        "oracle",
    ]
    assert risk_curve([*cases, case(0.9, apart=None, asks=True)], KINDS).line("disagreement") is not None
    assert [line.method for line in risk_curve([case(None)], KINDS).lines] == ["random", "oracle"]


def test_no_method_does_better_than_the_oracle() -> None:
    chance = random.Random(3)
    cases = [
        case(round(chance.random(), 1), chance.choice([*KINDS, None, None]), asks=chance.random() < 0.1, apart=0.5)
        for _ in range(200)
    ]
    curve = risk_curve(cases, KINDS)
    for line in curve.lines:
        assert [point.human for point in line.points] == list(SHARES)
        for share, point in zip(SHARES, line.points, strict=True):
            assert at(curve, "oracle", share).error <= point.error + 1e-12
            assert sum(point.by_kind) == pytest.approx(point.error)


def test_there_is_no_curve_of_nothing() -> None:
    with pytest.raises(ValueError, match="no cases"):
        risk_curve([], KINDS)


def test_a_lane_tells_which_share_of_all_good_leads_it_declines_unseen() -> None:
    cases = [case(0.9, "declined", lane="decline"), *(case(0.9, lane="decline") for _ in range(8))]
    cases += [case(0.1, "declined", lane="decline"), case(0.9, asks=True, lane="decline")]
    cases += [*(case(0.9, lane="contact") for _ in range(3)), case(0.9, "wasted", lane="contact")]
    undecided, contact, decline = lanes([*cases, case(None, asks=True)], KINDS, 0.5)
    assert (undecided.name, undecided.asked, undecided.automated) == (NO_LANE, 1, 0)
    assert (decline.name, decline.cases, decline.asked, decline.automated) == ("decline", 11, 2, 9)
    assert decline.precision == 8 / 9
    [declined], [wasted] = decline.errors, contact.errors
    assert (declined.kind, declined.cases, declined.share, declined.possible) == ("declined", 1, 1 / 9, 5)
    assert declined.share_of_possible == 1 / 5
    assert (wasted.kind, wasted.possible, wasted.share_of_possible) == ("wasted", 10, 1 / 10)


@pytest.mark.parametrize(
    "cases",
    [
        [case(0.9, "wrong", lane=lane) for lane in ("a", "b")],  # one kind in both lanes
        [case(0.9, "wrong", lane="a"), case(0.9, lane="b"), case(0.9, lane="c")],  # three lanes
    ],
)
def test_how_many_could_have_had_an_error_is_not_claimed_where_lanes_do_not_tell(cases: list[Rehearsed]) -> None:
    [missed] = lanes(cases, ["wrong"], 0.5)[0].errors
    assert (missed.share, missed.possible, missed.share_of_possible) == (1.0, None, None)


def test_a_lane_in_which_all_is_asked_has_no_precision() -> None:
    [lane] = lanes([case(0.1, "wrong", lane="a")], ["wrong"], 0.5)
    assert (lane.automated, lane.precision, lane.errors[0].share) == (0, None, 0.0)
