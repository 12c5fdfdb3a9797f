import numpy as np
import pytest

from lab.statistics.bootstrap import Bootstrap, Estimate, FloatArray

FEW = Bootstrap(seed=7, times=400)


def known(found: Estimate | None) -> Estimate:
    assert found is not None
    return found


def test_a_mean_that_no_case_moves_has_no_interval() -> None:
    assert FEW.mean(np.full(10, 3.0)) == Estimate(value=3, low=3, high=3, cases=10)


def test_the_interval_of_two_cases_is_what_two_cases_can_give() -> None:
    # the draws of (0, 1) have the means 0, 1/2 and 1, a quarter, a half and a quarter of the time
    assert FEW.mean(np.array([0.0, 1.0])) == Estimate(value=0.5, low=0, high=1, cases=2)


def test_the_spread_of_the_draws_is_the_standard_error() -> None:
    values = np.random.default_rng(1).normal(10, 2, 400)
    found = known(Bootstrap(seed=1).mean(values))
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(values.std() / 20, rel=0.05)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(11)
    covered = 0
    for seed in range(300):
        found = known(Bootstrap(seed=seed, times=500).mean(generator.exponential(1.0, 60)))
        covered += found.low <= 1.0 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


def test_what_two_cells_share_cancels_in_their_difference() -> None:
    hard = np.random.default_rng(2).normal(0, 50, 100)
    together = known(FEW.difference(hard + 1, hard))
    assert (together.value, together.low, together.high) == pytest.approx((1, 1, 1))


def test_what_two_cells_share_cancels_in_their_ratio() -> None:
    hard = np.random.default_rng(2).uniform(1, 50, 100)
    together = known(FEW.ratio(3 * hard, hard))
    assert (together.value, together.low, together.high) == pytest.approx((3, 3, 3))


def test_a_ratio_is_one_of_means_and_no_mean_of_ratios() -> None:
    assert known(FEW.ratio(np.array([1.0, 9.0]), np.array([1.0, 1.0]))).value == 5
    # 10 / 4, where the mean of the ratios is 3.5
    assert known(FEW.ratio(np.array([4.0, 6.0]), np.array([1.0, 3.0]))).value == 2.5


def test_any_figure_of_the_cases_can_be_estimated() -> None:
    def median(drawn: FloatArray) -> FloatArray:
        return np.median(drawn[:, :, 0], axis=1)

    found = known(FEW.of_cases(median, np.array([1.0, 2.0, 3.0, 4.0, 1000.0])))
    assert found.value == 3
    assert found.low >= 1


def test_both_ways_to_a_mean_agree() -> None:
    values = np.random.default_rng(3).normal(0, 1, 50)
    through_cases = known(FEW.of_cases(lambda drawn: drawn.mean(axis=(1, 2)), values))
    assert known(FEW.mean(values)).low == pytest.approx(through_cases.low)


def test_the_same_seed_gives_the_same_estimate_and_another_another() -> None:
    values = np.random.default_rng(4).normal(0, 1, 50)
    assert Bootstrap(seed=5).mean(values) == Bootstrap(seed=5).mean(values)
    assert Bootstrap(seed=5).mean(values) != Bootstrap(seed=6).mean(values)


def test_a_ratio_to_nothing_is_no_figure() -> None:
    assert FEW.ratio(np.ones(5), np.zeros(5)) is None


def test_a_figure_that_too_many_draws_lack_is_none() -> None:
    # one case of five errs, so a third of the draws have no error at all to divide by
    assert FEW.ratio(np.ones(5), np.array([0.0, 0.0, 0.0, 0.0, 1.0])) is None


def test_without_cases_there_is_no_figure() -> None:
    assert FEW.mean(np.array([])) is None


def test_an_interval_is_above_a_bound_only_as_a_whole() -> None:
    found = Estimate(value=2, low=1, high=3, cases=9)
    assert found.above(0.9)
    assert not found.above(1)
    assert found.below(3.1)
    assert not found.below(3)
