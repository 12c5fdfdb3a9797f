"""Calibrations on cases of which all is known, of the statements that they make, and of what they refuse."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapie.risk_control import BinaryClassificationController, control_fwer, precision
from scipy.stats import binom

from graphs.attention.binomial import at_most, order_for, tail
from graphs.attention.calibration import Promise, calibrated, reference
from graphs.attention.fixed_sequence import certified, fewest_automated
from graphs.attention.no_promise import NoPromise
from graphs.attention.ranking import Ranking
from graphs.attention.rehearsed import Rehearsed
from state.certificate import Demand
from state.errors import UsageError

KINDS = ("good leads declined", "wasted contacts")
ANYWAY = 0.02
"""How many cases of the source ask for another reason."""

TENTH = Demand(human_budget=0.10)


class Source:
    """Where cases come from: equally likely confidences, and how often a case of each is wrong."""

    def __init__(self, confidences: Sequence[float], error: Callable[[float], float]) -> None:
        self.confidences = np.asarray(confidences)
        self.errors = np.asarray([error(each) for each in confidences])

    def drawn(self, count: int, seed: int) -> list[Rehearsed]:
        chance = np.random.default_rng(seed)
        places = chance.integers(len(self.confidences), size=count)
        asks, wrong = chance.random(count) < ANYWAY, chance.random(count) < self.errors[places]
        kinds = chance.integers(2, size=count)
        return [
            Rehearsed(float(self.confidences[place]), bool(asks[each]), KINDS[kinds[each]] if wrong[each] else None)
            for each, place in enumerate(places)
        ]

    def human(self, threshold: float) -> float:
        return float(ANYWAY + (1 - ANYWAY) * np.mean(self.confidences < threshold))

    def error(self, threshold: float) -> float:
        return float(np.mean(self.errors[self.confidences >= threshold]))


def falling(confidence: float) -> float:
    return float(0.25 * (1 - confidence) ** 1.5)


FINE = Source(np.linspace(0, 1, 5001).tolist(), falling)
TIED = Source(
    [0.2, 0.4, 0.5, 0.6, 0.6, 0.7, 0.7, 0.7, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.95, 0.99, 0.99, 1, 1], falling
)
SOURCES = [pytest.param(FINE, id="all different"), pytest.param(TIED, id="tied")]


def often(failures: int, repeats: int, share: float) -> bool:
    """Whether so many failures would hardly be chance if each had a chance of ``share``."""
    return 1 - tail(failures - 1, repeats, share) < 0.001


def promised(samples: Iterable[list[Rehearsed]], demand: Demand) -> list[Promise]:
    """The promises for those samples that allow one."""
    found = []
    for cases in samples:
        with suppress(NoPromise):
            found.append(calibrated(cases, demand, KINDS))
    return found


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("demand", [TENTH, Demand(max_error=0.09), Demand(human_budget=0.15, max_error=0.15)])
def test_each_statement_fails_in_one_of_twenty_calibrations_at_most(source: Source, demand: Demand) -> None:
    promises = promised((source.drawn(600, seed) for seed in range(200)), demand)
    assert len(promises) > 150
    assert not often(sum(source.human(each.threshold) > each.human_at_most for each in promises), 200, 0.05)
    assert not often(sum(source.error(each.threshold) > each.error_at_most for each in promises), 200, 0.05)


def test_without_its_margins_a_calibration_breaks_both_statements_every_other_time() -> None:
    """The share of the sample at the threshold, and the errors of the sample, as if they were those of the source."""
    human, error = 0, 0
    for seed in range(200):
        ranking = Ranking(FINE.drawn(600, seed))
        threshold = ranking.threshold(61)
        human += FINE.human(threshold) > 0.10
        error += FINE.error(threshold) > len(ranking.wrong(threshold)) / (600 - ranking.asked(threshold))
    assert human > 60
    assert error > 60


def test_a_bound_holds_where_the_tied_cases_at_the_threshold_are_the_surest() -> None:
    """Whether the tie is at the threshold depends on how many are in it, which a bound by all above it overlooks."""
    rank, chance = order_for(400, 0.3, 0.05), np.random.default_rng(0)
    below, tied, above = chance.multinomial(400, (0.05, 0.21, 0.74), size=20_000).T
    wrong = chance.binomial(above, 0.6)
    at_threshold = (below < rank) & (below + tied >= rank)
    automated = np.where(at_threshold, tied + above, above)
    truth = np.where(at_threshold, 0.74 * 0.6 / 0.95, 0.6)
    bounds = {
        (e, m): at_most(e, m, 0.05) for e, m in {*zip(wrong, automated, strict=True), *((e, 400 - rank) for e in wrong)}
    }
    plain = sum(bounds[e, m] < true for e, m, true in zip(wrong, automated, truth, strict=True))
    kept = sum(bounds[e, 400 - rank] < true for e, true in zip(wrong, truth, strict=True))
    assert often(plain, 20_000, 0.05)
    assert not often(kept, 20_000, 0.05)


def test_a_budget_is_used_and_bounds_are_close() -> None:
    promises = [calibrated(FINE.drawn(1000, seed), TENTH, KINDS) for seed in range(30)]
    assert all(0.08 <= each.human_observed <= 0.10 for each in promises)
    for kind in range(2):
        above = [(each.errors[kind].at_most or 1) - FINE.error(each.threshold) / 2 for each in promises]
        assert np.mean(above) < 0.02


def test_what_is_promised_is_what_the_statement_is_made_of() -> None:
    cases = FINE.drawn(1000, 7)
    found = calibrated(cases, TENTH, KINDS)
    automated = [case for case in cases if case.score >= found.threshold]
    assert found.automated == len(automated) == found.cases - round(found.cases * found.human_observed)
    assert [each.observed for each in found.errors] == [sum(case.error == kind for case in automated) for kind in KINDS]
    assert [each.at_most for each in found.errors] == [
        at_most(each.observed, 1000 - order_for(1000, 0.1, 0.05), 0.025) for each in found.errors
    ]
    assert found.error_at_most == sum(each.at_most or 0 for each in found.errors)
    assert found.human_at_most == 0.10


def test_one_kind_of_error_has_the_whole_of_the_chance_to_fail() -> None:
    cases = [Rehearsed(case.confidence, case.asks, case.error and "wrong") for case in FINE.drawn(1000, 7)]
    (bound,) = calibrated(cases, TENTH, ("wrong",)).errors
    assert bound.at_most == at_most(bound.observed, 1000 - order_for(1000, 0.1, 0.05), 0.05)


def test_the_order_of_the_labelled_cases_does_not_matter() -> None:
    cases = TIED.drawn(500, 3)
    backwards = cases[::-1]
    for demand in (TENTH, Demand(max_error=0.09)):
        assert calibrated(cases, demand, KINDS) == calibrated(backwards, demand, KINDS)


# its warnings are of what could be gained by another grid
@pytest.mark.filterwarnings("ignore:All provided predict_params", "ignore:Fixed sequence testing requires a monotonic")
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("allowed", [0.06, 0.09])
def test_the_fixed_sequence_is_that_of_mapie(source: Source, seed: int, allowed: float) -> None:
    ranking = Ranking([case for case in source.drawn(1500, seed) if not case.asks])
    confidences = np.asarray(ranking.scores)
    first = ranking.threshold(len(ranking) - fewest_automated(len(ranking), allowed, 0.05) + 1)
    thresholds = np.unique(confidences[confidences <= first])[::-1]
    wrong = np.asarray([len(ranking.wrong(each)) for each in thresholds])
    exact = binom.cdf(wrong, [len(ranking) - ranking.asked(each) for each in thresholds], allowed)
    controller = BinaryClassificationController(
        predict_function=lambda given: np.column_stack([1 - given, given]),
        risk=precision,
        target_level=1 - allowed,
        confidence_level=0.95,
        list_predict_params=thresholds,
        fwer_method="fixed_sequence",
    )
    controller.calibrate(confidences, np.asarray([case.error is None for case in ranking.cases], dtype=int))
    valid = thresholds[control_fwer(exact, 0.05, "fixed_sequence")]
    assert certified(ranking, allowed, 0.05) == min(valid)
    # it multiplies a rate by a count and rounds up, which now and then makes one error more of it than there were
    rounded = ~np.isclose(controller.p_values[:, 0], exact)
    more = binom.cdf(wrong + 1, [len(ranking) - ranking.asked(each) for each in thresholds], allowed)
    assert np.allclose(controller.p_values[rounded, 0], more[rounded])
    assert rounded.mean() < 0.6
    assert set(controller.valid_predict_params) <= set(valid)


def test_a_smaller_error_needs_more_humans() -> None:
    cases = FINE.drawn(2500, 1)
    shares = [calibrated(cases, Demand(max_error=each), KINDS).human_at_most for each in (0.06, 0.08, 0.10, 0.2)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.3
    assert shares[-1] < 0.05


def test_what_cannot_both_be_promised_is_refused_with_what_would_be_needed() -> None:
    cases = FINE.drawn(2500, 1)
    with pytest.raises(NoPromise, match=r"at most 5% needs ([\d.]+)% human; with 10% human the error is") as refused:
        calibrated(cases, Demand(human_budget=0.1, max_error=0.05), KINDS)
    needed = float(str(refused.value).split("needs ")[1].split("%")[0]) / 100
    assert calibrated(cases, Demand(human_budget=needed, max_error=0.05), KINDS).error_at_most <= 0.05


@pytest.mark.parametrize(
    ("count", "anyway", "budget"),
    [
        (150, 0, 0.01),  # too few cases for so small a budget
        (400, 0.3, 0.1),  # too many that ask for other reasons
    ],
)
def test_a_budget_that_cannot_be_promised_names_one_that_can(count: int, anyway: float, budget: float) -> None:
    chance = Random(2)
    cases = [Rehearsed(chance.random(), chance.random() < anyway, None) for _ in range(count)]
    with pytest.raises(NoPromise, match=r"a budget of at least|one of at least") as refused:
        calibrated(cases, Demand(human_budget=budget), KINDS)
    could = float(str(refused.value).split("of at least ")[-1].split("%")[0]) / 100
    assert calibrated(cases, Demand(human_budget=could), KINDS).human_at_most == could
    with pytest.raises(NoPromise):
        calibrated(cases, Demand(human_budget=could - 0.001), KINDS)


@pytest.mark.parametrize(
    ("cases", "demand", "message"),
    [
        ([], TENTH, r"Without labelled cases nothing can be promised"),
        (FINE.drawn(50, 0), TENTH, r"50 labelled cases are too few .* at most 5\.9% .* 19\.9%\. Give at least 100"),
        ([Rehearsed(0.8, False, None)] * 200, TENTH, r"All confidences are equal \(0\.8\)"),
        ([Rehearsed(0.8, True, None)] * 200, TENTH, r"Each of these 200 cases asks a human for another reason"),
        (FINE.drawn(2500, 1), Demand(max_error=0.01), r"at any human share: even of the 1,25. surest, [\d.]+% were"),
        (FINE.drawn(200, 1), Demand(max_error=0.01), r"it takes 299 that do not ask"),
        (FINE.drawn(2500, 1), Demand(human_budget=0.1, max_error=0.01), r"1% is out of reach at any human share"),
    ],
)
def test_what_cannot_be_promised_is_one_line(cases: list[Rehearsed], demand: Demand, message: str) -> None:
    with pytest.raises(NoPromise, match=message) as refused:
        calibrated(cases, demand, KINDS)
    assert "\n" not in str(refused.value)


def test_a_demand_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="Nothing is demanded"):
        calibrated(FINE.drawn(200, 1), Demand(), KINDS)


def test_a_bound_that_says_next_to_nothing_is_known() -> None:
    assert calibrated(FINE.drawn(100, 1), Demand(human_budget=0.95), KINDS).is_useless
    assert not calibrated(FINE.drawn(1000, 1), TENTH, KINDS).is_useless


CASES = st.lists(
    st.builds(
        Rehearsed,
        st.one_of(st.none(), st.sampled_from([0.1, 0.5, 0.9]), st.floats(0, 1)),
        st.booleans(),
        st.sampled_from([None, *KINDS]),
    ),
    min_size=100,
    max_size=140,
)


@settings(deadline=None, max_examples=60)
@given(CASES, st.floats(0.01, 0.99), st.sampled_from(["human_budget", "max_error"]))
def test_any_cases_give_a_promise_that_fits_them_or_none(cases: list[Rehearsed], share: float, what: str) -> None:
    for found in promised([cases], Demand.model_validate({what: share})):
        assert 0 <= found.threshold <= 1
        assert found.human_observed <= found.human_at_most
        assert sum(each.observed for each in found.errors) / found.automated <= found.error_at_most + 1e-12


@settings(deadline=None, max_examples=60)
@given(CASES, st.floats(0, 1), st.integers(0, 9))
def test_a_reference_counts_the_half_that_did_not_set_its_edges(
    cases: list[Rehearsed], threshold: float, seed: int
) -> None:
    found = reference(cases, threshold, seed)
    assert sum(found.counts) == len(cases) - len(cases) // 2
    assert len(found.counts) == len(found.edges) + 2
    assert len(found.edges) <= 199
    assert list(found.edges) == sorted(set(found.edges))
    assert len(found.quantiles) == 201
    assert list(found.quantiles) == sorted(found.quantiles)
    scores = [max(case.score, 0.0) for case in cases]
    assert all(
        sum(score < quantile for score in scores) <= len(cases) * step / 200
        for step, quantile in enumerate(found.quantiles)
    )


def test_a_case_under_the_threshold_is_asked_for_that_first() -> None:
    """So it counts by its confidence, although it would have asked anyway."""
    under = reference([Rehearsed(0.3, True, None)] * 100, 0.5, 1)
    over = reference([Rehearsed(0.7, True, None)] * 100, 0.5, 1)
    assert under.counts[0] == 0
    assert over.counts[0] == 50
