"""The taxonomy of faults and how often they happen."""

from collections import Counter

import pytest

from lab.simulation.faults import FAULTS, FaultRates, FaultShares


def test_faults_happen_as_often_as_the_rate_says() -> None:
    rates = FaultRates(0.2)
    share = sum(rates.of(place) is not None for place in range(10_000)) / 10_000
    assert share == pytest.approx(0.2, abs=0.015)


def test_kinds_happen_as_their_shares_say() -> None:
    shares = FaultShares(
        wrong_output=1, false_confidence=1, off_contract=2, repeated_step=0, ignored_input=0, silence=0, early_stop=4
    )
    found = Counter(FaultRates(1.0, shares).of(place) for place in range(8_000))
    assert set(found) == {"wrong_output", "false_confidence", "off_contract", "early_stop"}
    assert found["early_stop"] / 8_000 == pytest.approx(0.5, abs=0.02)
    assert found["off_contract"] / 8_000 == pytest.approx(0.25, abs=0.02)


def test_a_higher_rate_has_the_same_faults_and_more() -> None:
    few, many = FaultRates(0.05), FaultRates(0.3)
    low = {place: fault for place in range(2_000) if (fault := few.of(place))}
    assert low
    assert all(many.of(place) == fault for place, fault in low.items())


def test_no_fault_at_rate_0_and_always_one_at_rate_1() -> None:
    assert not any(FaultRates(0.0).of(place) for place in range(500))
    assert all(FaultRates(1.0).of(place) for place in range(500))


@pytest.mark.parametrize("kind", FAULTS)
def test_one_kind_can_be_had_alone(kind: str) -> None:
    rates = FaultRates(1.0, FaultShares.only(kind))  # type: ignore[arg-type]  # parametrize loses the literal
    assert {rates.of(place) for place in range(50)} == {kind}


def test_the_default_shares_are_those_of_all_modes_together() -> None:
    assert sum(getattr(FaultShares(), kind) for kind in FAULTS) == pytest.approx(100.05)


@pytest.mark.parametrize("wrong", [{"silence": -1.0}, {"early_stop": float("nan")}])
def test_shares_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be at least 0"):
        FaultShares(**wrong)


def test_no_share_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one kind"):
        FaultShares.only()


def test_a_rate_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        FaultRates(1.5)
