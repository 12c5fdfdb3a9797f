import numpy as np
import pytest

from lab.statistics.crossing import monotone, quarters

MANY = 10**9
"""So many cases that half a case more is nothing."""


@pytest.mark.parametrize(
    ("shares", "fitted"),
    [
        # what rises already is left as it is
        ([0.1, 0.2, 0.7], [0.1, 0.2, 0.7]),
        # neighbours in the wrong order meet at their mean
        ([0.1, 0.5, 0.3, 0.9], [0.1, 0.4, 0.4, 0.9]),
        # all of a falling curve does
        ([0.9, 0.6, 0.3], [0.6, 0.6, 0.6]),
        # pooling goes back as far as it must
        ([0.2, 0.3, 0.1, 0.5], [0.2, 0.2, 0.2, 0.5]),
    ],
)
def test_a_curve_is_made_monotone(shares: list[float], fitted: list[float]) -> None:
    assert monotone(np.array(shares)).tolist() == pytest.approx(fitted)


def test_the_quarters_of_a_logistic_curve_are_exact() -> None:
    rates = np.array([0.01, 0.05, 0.2, 0.8])
    found = quarters((1 / (1 + (rates / 0.1) ** -2.0))[None, None], rates, MANY)
    assert found.half[0, 0] == pytest.approx(0.1)
    # share / (1 − share) is (x / 0.1)², and 1/3 and 3 at the quarters
    assert (found.first[0, 0], found.third[0, 0]) == pytest.approx((0.1 / 3**0.5, 0.1 * 3**0.5))
    assert found.width[0, 0] == pytest.approx(np.log(3))


def test_what_the_rates_do_not_show_is_not_guessed() -> None:
    # under one half everywhere; over one quarter everywhere
    curves = np.array([[[0.0, 0.1, 0.4], [0.3, 0.6, 0.9]]])
    found = quarters(curves, np.array([0.1, 0.2, 0.3]), 100)
    assert np.isfinite(found.first).tolist() == [[True, False]]
    assert np.isfinite(found.half).tolist() == [[False, True]]
    assert np.isfinite(found.third).tolist() == [[False, True]]
    assert np.isnan(found.width).all()


def test_none_and_all_are_finite() -> None:
    found = quarters(np.array([[[0.0, 0.0, 1.0, 1.0]]]), np.array([0.1, 0.2, 0.4, 0.8]), 200)
    # by symmetry in the middle of the two rates between which it jumps
    assert found.half[0, 0] == pytest.approx((0.2 * 0.4) ** 0.5)
    assert 0 < found.width[0, 0] < np.log(2)


def test_one_rate_shows_no_crossing() -> None:
    found = quarters(np.array([[[0.1], [0.9]]]), np.array([0.2]), 100)
    assert np.isnan([found.first, found.half, found.third]).all()
