from collections.abc import Callable, Sequence

import numpy as np
import pytest

from lab.statistics.bootstrap import Bootstrap, FloatArray
from lab.statistics.fit import PowerLaw, exponents, linear_exponent, power_law, reference_turns
from lab.statistics.sample import Sample, samples
from tests.support.trials import cell, trial

SIZES = (2, 4, 8, 16, 32)
SOME = Bootstrap(seed=3, times=300)


def sample(agents: int, turns: Sequence[float] | FloatArray, first: int = 0) -> Sample:
    cases = np.arange(first, first + len(turns))
    return Sample(cell("mesh", agents), cases, {"turns": np.array(turns, dtype=np.float64)})


def law(turns: Callable[[int], float], sizes: Sequence[int] = SIZES) -> PowerLaw:
    found = power_law([sample(agents, [turns(agents)] * 5) for agents in sizes], "turns", SOME)
    assert found is not None
    return found


def test_the_law_of_the_paper_is_found_again() -> None:
    found = law(reference_turns)
    assert found.exponent.value == pytest.approx(1.724, abs=1e-9)
    assert found.factor == pytest.approx(2.72, abs=1e-8)
    assert found.r_squared == pytest.approx(1)
    assert found.log_exponent == pytest.approx(1.724)
    assert found.at(10) == pytest.approx(2.72 * 10.5**1.724)


def test_without_spread_over_the_cases_the_interval_is_a_point() -> None:
    found = law(reference_turns).exponent
    assert (found.low, found.high) == pytest.approx((1.724, 1.724))


@pytest.mark.parametrize("exponent", [-1.5, 0.0, 0.5, 1.0, 2.0, 3.3])
def test_any_power_of_n_and_a_half_is_found_again(exponent: float) -> None:
    assert law(lambda n: 4.0 * (n + 0.5) ** exponent).exponent.value == pytest.approx(exponent, abs=1e-9)


def test_what_is_linear_shows_the_exponent_that_linear_shows() -> None:
    found = law(lambda n: 3.0 * n)
    assert found.exponent.value == pytest.approx(found.linear_exponent)
    # the half bends the scale: over these sizes linear reads as 1.04, and no exponent at all is exactly 1
    assert found.linear_exponent == pytest.approx(1.0395, abs=1e-4)


def test_linear_reads_nearer_to_1_the_larger_the_sizes() -> None:
    assert linear_exponent((200, 400, 800)) == pytest.approx(1.001, abs=5e-4)


def test_a_measure_that_does_not_grow_has_no_spread_to_explain() -> None:
    found = law(lambda n: 7.0)
    assert found.exponent.value == pytest.approx(0, abs=1e-9)
    assert found.r_squared is None


def test_the_fit_is_the_least_of_squares_on_the_raw_scale() -> None:
    sizes, turns = np.array(SIZES, dtype=float), np.array([3.0, 20.0, 25.0, 300.0, 700.0])
    found = exponents(SIZES, turns[None])[0]

    def left(exponent: float) -> float:
        powers = (sizes + 0.5) ** exponent
        return float(((turns - turns @ powers / (powers @ powers) * powers) ** 2).sum())

    assert left(found) < min(left(found - 1e-3), left(found + 1e-3))


def test_the_interval_covers_the_exponent_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(8)
    covered = 0
    for seed in range(200):
        hard = generator.lognormal(0, 0.3, 60)
        several = [sample(n, reference_turns(n) * hard * generator.lognormal(0, 0.3, 60)) for n in SIZES]
        found = power_law(several, "turns", Bootstrap(seed=seed, times=300))
        assert found is not None
        covered += found.exponent.low <= 1.724 <= found.exponent.high
    assert 0.89 <= covered / 200 <= 0.99


def test_one_agent_is_left_out_unless_it_is_wanted() -> None:
    several = [sample(n, [float(n)] * 3) for n in (1, 2, 4, 8)]
    with_one, without = power_law(several, "turns", SOME, least=1), power_law(several, "turns", SOME)
    assert with_one is not None
    assert without is not None
    assert (with_one.sizes, without.sizes) == ((1, 2, 4, 8), (2, 4, 8))


def test_two_sizes_are_not_enough_for_a_law() -> None:
    assert power_law([sample(n, [1.0 * n] * 3) for n in (1, 2, 4)], "turns", SOME) is None


def test_a_measure_that_is_nothing_everywhere_has_no_law() -> None:
    assert power_law([sample(n, [0.0] * 3) for n in SIZES], "turns", SOME) is None


def test_the_cases_are_those_of_all_sizes_and_the_others_are_counted() -> None:
    several = [sample(2, [1, 2, 3]), sample(4, [2, 4, 6]), sample(8, [9, 9, 9], first=1)]
    found = power_law(several, "turns", SOME)
    assert found is not None
    assert (found.exponent.cases, found.exponent.dropped) == (2, 2)


def test_the_order_of_trials_and_cells_plays_no_part() -> None:
    generator = np.random.default_rng(6)
    trials = [trial(cell("mesh", n), case, turns=int(generator.poisson(n * n))) for n in SIZES for case in range(20)]
    forth, back = samples(trials), samples(reversed(trials))
    again = power_law(list(reversed(back.values())), "turns", SOME)
    assert power_law(list(forth.values()), "turns", SOME) == again
