"""Draws, times and tokens that are a function of what they are about."""

import math
from statistics import fmean, pstdev

import pytest

from agents.handoff import Handoff
from lab.simulation.chance import among, between, drawn
from lab.simulation.latency import Latency
from lab.simulation.tokens import Lengths, Prices
from state.case import Case
from state.decision import Decision
from state.note import Note
from tests.support.run import NOW


def test_a_draw_is_a_function_of_its_subject() -> None:
    assert drawn(1, "case", 3) == drawn(1, "case", 3)
    assert drawn(1, "case", 3) != drawn(1, "case", 4)
    assert drawn("a", "bc") != drawn("ab", "c")


def test_draws_are_uniform() -> None:
    draws = [drawn("uniform", place) for place in range(20_000)]
    assert fmean(draws) == pytest.approx(1 / 2, abs=0.01)
    assert pstdev(draws) == pytest.approx(math.sqrt(1 / 12), abs=0.01)


def test_a_draw_among_some_takes_all_of_them_and_no_other() -> None:
    assert {among(7, place) for place in range(500)} == set(range(7))
    assert all(0.2 <= between(0.2, 0.7, place) < 0.7 for place in range(500))


def test_latency_has_the_mean_that_it_says() -> None:
    times = [Latency(mean=4.0, sigma=0.5).seconds(place) for place in range(20_000)]
    assert fmean(times) == pytest.approx(4.0, rel=0.02)
    assert pstdev([math.log(time) for time in times]) == pytest.approx(0.5, rel=0.02)
    assert Latency(mean=2.0, sigma=0.0).seconds("any") == 2.0


@pytest.mark.parametrize("wrong", [{"mean": 0.0}, {"sigma": -0.1}])
def test_latency_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be over 0"):
        Latency(**wrong)


class One(Decision):
    value: int = 0


def test_a_turn_reads_all_that_it_is_handed() -> None:
    lengths = Lengths(role=1000, case=100, decision=10, note=1)
    note = Note(kind="request", author="a", text="look", at=NOW)
    bare = Handoff(case=Case(id="1"))
    full = Handoff(case=Case(id="1"), decisions={One: One()}, notes=(note, note), previous=One())
    assert lengths.read(bare) == 1100
    assert lengths.read(full) == 1122


def test_a_price_is_per_million() -> None:
    assert Prices(read=1.0, write=4.0).of(1_000_000, 500_000) == 3.0
