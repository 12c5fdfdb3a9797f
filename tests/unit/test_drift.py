"""The watch over a certificate: exact on all small worlds, silent while nothing changes, and quick once it does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations, product
from random import Random
from statistics import mean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.attention.binomial import tail
from graphs.attention.calibration import reference
from graphs.attention.drift import ENOUGH, ODDS, alarm, observe, observe_error, observed, observed_errors
from graphs.attention.rehearsed import Rehearsed
from state.certificate import Certificate, Demand, Reference
from state.watch import Alarm, Sighting, Watch

FLAT = Reference(edges=(0.5,), counts=(0, 50, 50), quantiles=(0.0, 1.0))


def certificate(found: Reference = FLAT, human: float = 0.10, error: float | None = 0.05) -> Certificate:
    return Certificate(
        id="c",
        workflow="w",
        signature="s",
        issued_at=datetime(2026, 7, 1, tzinfo=UTC),
        source="labelled.csv",
        data_digest="d",
        demand=Demand(human_budget=0.10),
        cases=sum(found.counts),
        automated=0,
        threshold=0.1,
        human_at_most=human,
        human_observed=0.09,
        errors=(),
        error_at_most=error,
        reference=found,
    )


def calm(seed: int) -> Certificate:
    """Of 1,000 cases, equally sure between 0 and 1."""
    chance = Random(seed)
    return certificate(reference([Rehearsed(chance.random(), False, None) for _ in range(1000)], 0.1, seed))


def sightings(chance: Random, count: int, power: float = 1.0) -> list[Sighting]:
    """Cases under a threshold of 0.09; a greater power makes them less sure."""
    found = [chance.random() ** power for _ in range(count)]
    return [Sighting(run="r", confidence=each, asked=each < 0.09, toss=chance.random()) for each in found]


def asking(*asked: bool) -> list[Sighting]:
    """Cases that ask or not, with confidences as at calibration."""
    chance = Random(0)
    return [Sighting(run="r", confidence=chance.random(), asked=each, toss=chance.random()) for each in asked]


def test_wealth_is_a_fair_game_where_a_share_is_just_what_was_promised() -> None:
    """Over all courses of ten cases, weighted by their chances."""
    found = certificate(human=0.3)
    total = 0.0
    for course in product((False, True), repeat=10):
        watch, _ = observed(Watch(), found, asking(*course))
        total += watch.share.total * 0.3 ** sum(course) * 0.7 ** (10 - sum(course))
    assert total == pytest.approx(1)


def test_wealth_is_a_fair_game_where_new_cases_are_like_those_of_calibration() -> None:
    """Over all orders of six cases in three bins, and over tosses by a rule that is exact for such factors."""
    nodes = ((0.1127016653792583, 5 / 18), (0.5, 8 / 18), (0.8872983346207417, 5 / 18))
    confidences: tuple[float | None, ...] = (None, 0.2, 0.2, 0.2, 0.7, 0.7)
    totals = []
    for order in set(permutations(confidences)):
        counts = [0, 0, 0]
        for each in order[:3]:
            counts[FLAT.bin(each)] += 1
        found = certificate(FLAT.model_copy(update={"counts": tuple(counts)}))
        for tosses in product(nodes, repeat=3):
            live = [
                Sighting(run="r", confidence=each, asked=False, toss=toss)
                for each, (toss, _) in zip(order[3:], tosses, strict=True)
            ]
            weight = tosses[0][1] * tosses[1][1] * tosses[2][1]
            totals.append(observed(Watch(), found, live)[0].confidences.total * weight * 27)
    assert mean(totals) == pytest.approx(1)


def test_nothing_is_alarmed_while_nothing_changes_and_a_test_at_each_look_alarms() -> None:
    """40 times 3,000 cases."""
    false, looked = 0, 0
    for seed in range(40):
        chance = Random(1000 + seed)
        found = sightings(chance, 3000)
        false += observed(Watch(), calm(seed), found)[1] is not None
        asked = [each.asked for each in found]
        looked += any(1 - tail(sum(asked[:cases]) - 1, cases, 0.09) <= 0.05 for cases in range(10, 3001, 10))
    assert 1 - tail(false - 1, 40, 0.05) > 0.001
    assert looked > 10


@pytest.mark.parametrize("quiet", [0, 5000])
def test_a_change_is_alarmed_soon_however_long_it_was_quiet(quiet: int) -> None:
    delays = []
    for seed in range(5):
        chance = Random(seed)
        watch, early = observed(Watch(), calm(seed), sightings(chance, quiet))
        assert early is None
        after, late = observed(watch, calm(seed), sightings(chance, 1500, power=2.0))
        assert late is not None
        assert alarm(after, calm(seed)) is not None
        delays.append(late.cases - quiet)
    assert median(delays) < 250


def test_a_share_that_rises_is_alarmed_in_words() -> None:
    _, found = observed(Watch(), certificate(), asking(*([True, False, True] * 60)))
    assert found is not None
    assert found.subject == "share"
    assert found.reason.endswith(f"% of {found.cases} cases have asked a human, and at most 10% were promised")
    watch, _ = observed(Watch(), certificate(), asking(*[False] * 2000))
    _, late = observed(watch, certificate(), asking(*[True] * 60))
    assert late is not None
    assert late.reason.startswith("of 2,0")
    assert "too many of the latest have asked a human" in late.reason


def test_confidences_that_come_apart_are_alarmed_although_no_more_cases_ask() -> None:
    chance = Random(1)
    found = [
        Sighting(run="r", confidence=0.45 + chance.random() / 10, asked=False, toss=chance.random()) for _ in range(900)
    ]
    _, raised = observed(Watch(), calm(1), found)
    assert raised is not None
    assert raised.subject == "confidences"
    assert (
        raised.reason == f"the confidences of {raised.cases} cases are spread otherwise than those it was calibrated on"
    )


def test_errors_are_alarmed_by_what_really_happened() -> None:
    watch, found = observed_errors(Watch(), certificate(), [True, False, False, False, False] * 60)
    assert found is not None
    assert found.subject == "errors"
    assert "% of" in found.reason
    assert found.reason.endswith("cases that no human saw were wrong, and at most 5% were promised")
    assert (watch.graded, watch.wrong) == (300, 60)
    assert alarm(watch, certificate()) is not None


def test_errors_are_only_counted_where_nothing_was_promised_of_them() -> None:
    watch, found = observed_errors(Watch(), certificate(error=None), [True] * 500)
    assert found is None
    assert watch == Watch(graded=500, wrong=500)


@pytest.mark.parametrize("human", [1.0, 0.999999, 1e-9])
def test_a_share_at_the_ends_is_no_trouble(human: float) -> None:
    watch, _ = observed(Watch(), certificate(human=human), asking(*[True, False] * 50))
    assert watch.cases == 100


def test_after_an_alarm_cases_are_counted_and_nothing_is_bet() -> None:
    watch, found = observed(Watch(), certificate(), asking(*[True] * 500))
    assert found is not None
    assert watch.cases == watch.asked == 500
    assert watch.share.steps == watch.confidences.steps == found.cases < 500
    assert watch.share.total >= ENOUGH


def test_what_does_not_stand_is_not_bet_against() -> None:
    withdrawn = certificate().model_copy(update={"status": "withdrawn"})
    watch, found = observed(Watch(), withdrawn, asking(*[True] * 500))
    watch, wrong = observed_errors(watch, withdrawn, [True] * 500)
    assert found is wrong is None
    assert watch == Watch(cases=500, asked=500, graded=500, wrong=500)


SIGHTINGS = st.lists(
    st.builds(
        Sighting, run=st.just("r"), confidence=st.none() | st.floats(0, 1), asked=st.booleans(), toss=st.floats(0, 1)
    ),
    max_size=30,
)


@settings(deadline=None)
@given(SIGHTINGS, st.lists(st.booleans(), max_size=30), st.integers(0, 30))
def test_it_does_not_matter_how_cases_are_cut_into_looks(found: list[Sighting], errors: list[bool], cut: int) -> None:
    whole = _all(Watch(), found, errors)
    parts = _all(_all(Watch(), found[:cut], errors[:cut])[0], found[cut:], errors[cut:])
    single = Watch()
    for sighting in found:
        single = observe(single, certificate(), sighting)
    for is_wrong in errors:
        single = observe_error(single, certificate(), is_wrong)
    if whole[1] is None:
        assert whole[0] == parts[0] == single
    assert Watch.model_validate_json(whole[0].model_dump_json()) == whole[0]


def _all(watch: Watch, found: Sequence[Sighting], errors: Sequence[bool]) -> tuple[Watch, Alarm | None]:
    watch, first = observed(watch, certificate(), found)
    watch, second = observed_errors(watch, certificate(), errors)
    return watch, first or second


def test_a_bet_never_owes() -> None:
    assert all(odds > 1 for odds in ODDS)
    watch, _ = observed(Watch(), certificate(), [*asking(*[False] * 5000)])
    assert min(*watch.share.stakes, *watch.confidences.stakes) >= 0
