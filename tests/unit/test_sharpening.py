from collections import Counter
from collections.abc import Callable, Sequence
from math import comb

import numpy as np
import pytest

from lab.statistics.bootstrap import Bootstrap
from lab.statistics.sample import Sample
from lab.statistics.sharpening import Sharpening, sharpening
from tests.support.trials import cell

SIZES = (2, 4, 8, 16, 32)
RATES = tuple(np.geomspace(0.004, 0.9, 14).round(4).tolist())
USUAL = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Rates as an experiment would have them, which show only a part of the curves of most sizes."""

Law = Callable[[int, float], float]


def sharp(agents: int, rate: float) -> float:
    """Twice as steep with four times the agents, always about a tenth."""
    odds = (rate / 0.1) ** (2 * agents**0.5)
    return float(odds / (1 + odds))


def majority(agents: int, rate: float) -> float:
    """At least half of the agents err."""
    return sum(comb(agents, k) * rate**k * (1 - rate) ** (agents - k) for k in range((agents + 1) // 2, agents + 1))


def compounding(agents: int, rate: float) -> float:
    """At least one agent errs."""
    return 1 - (1 - rate) ** agents


def sliding(agents: int, rate: float) -> float:
    """Steeper and steeper, about a midpoint that goes to 0 as 1 over the agents."""
    return sharp(agents, rate * agents / 5)


def cells(law: Law, rates: Sequence[float] = RATES, sizes: Sequence[int] = SIZES, seed: int = 1) -> list[Sample]:
    generator = np.random.default_rng(seed)
    return [
        Sample(
            cell("mesh", size, fault_rate=rate),
            np.arange(200),
            {"cascade": (generator.random(200) < law(size, rate)).astype(np.float64)},
        )
        for size in sizes
        for rate in rates
    ]


def outcome(law: Law, rates: Sequence[float] = RATES, sizes: Sequence[int] = SIZES, seed: int = 1) -> Sharpening:
    found = sharpening(cells(law, rates, sizes, seed), "cascade", Bootstrap(seed=seed, times=500))
    assert found is not None
    return found


@pytest.mark.parametrize("law", [sharp, majority])
def test_a_crossing_that_sharpens_about_a_fixed_rate_is_a_phase_transition(law: Law) -> None:
    found = outcome(law)
    assert found.verdict == "sharpens"
    assert found.name == "phase transition"
    assert found.exponent is not None
    # the width of both shrinks as an average over n does
    assert found.exponent.value == pytest.approx(0.5, abs=0.15)


def test_the_resting_place_is_found() -> None:
    limit = outcome(sharp).limit
    assert limit is not None
    assert limit.value == pytest.approx(0.1, abs=0.01)


def test_compounding_slides_and_does_not_sharpen() -> None:
    found = outcome(compounding)
    assert (found.verdict, found.name) == ("crossover", "crossover")
    assert found.exponent is not None
    assert found.slide is not None
    assert not found.exponent.above(0)
    assert found.slide.value == pytest.approx(0.9, abs=0.1)


def test_compounding_is_hardly_ever_taken_for_a_transition_whatever_the_rates() -> None:
    verdicts = Counter(outcome(compounding, rates, seed=seed).verdict for seed in range(20) for rates in (RATES, USUAL))
    assert verdicts["sharpens"] == 0
    assert verdicts["crossover"] > 30


def test_a_crossing_that_sharpens_on_its_way_to_0_is_a_crossover() -> None:
    found = outcome(sliding)
    assert found.exponent is not None
    assert found.exponent.above(0)
    assert found.verdict == "crossover"


def test_an_event_that_stays_rare_has_no_crossing() -> None:
    found = outcome(lambda agents, rate: 0.3 * rate)
    assert (found.verdict, found.name, found.exponent) == ("no crossing", None, None)
    assert {each.shown for each in found.crossings} == {"below"}


def test_a_saturated_event_has_no_crossing() -> None:
    found = outcome(lambda agents, rate: 0.9)
    assert found.verdict == "no crossing"
    assert {each.shown for each in found.crossings} == {"above"}


def test_noise_has_none_either() -> None:
    assert {outcome(lambda agents, rate: 0.5, seed=seed).name for seed in range(20)} == {None}


def test_two_sizes_are_not_enough() -> None:
    assert outcome(sharp, sizes=(2, 8)).verdict == "not enough"


def test_three_rates_are_not_enough() -> None:
    assert outcome(sharp, rates=(0.01, 0.1, 0.8)).verdict == "not enough"


def test_one_agent_and_the_rate_0_are_left_out() -> None:
    found = outcome(sharp, rates=(0.0, *RATES), sizes=(1, *SIZES))
    assert tuple(each.agents for each in found.crossings) == SIZES
    assert found.rates == RATES


def test_a_size_that_lacks_a_rate_is_left_out() -> None:
    found = sharpening(cells(sharp)[:-1], "cascade", Bootstrap(times=50))
    assert found is not None
    assert tuple(each.agents for each in found.crossings) == SIZES[:-1]


def test_without_faults_there_is_nothing_to_test() -> None:
    assert sharpening(cells(sharp, rates=(0.0,)), "cascade", Bootstrap(times=50)) is None


def test_the_order_of_the_cells_plays_no_part_and_the_same_seed_gives_the_same() -> None:
    several = cells(sharp)
    first = sharpening(several, "cascade", Bootstrap(seed=4, times=200))
    assert sharpening(several[::-1], "cascade", Bootstrap(seed=4, times=200)) == first
    assert sharpening(several, "cascade", Bootstrap(seed=5, times=200)) != first
