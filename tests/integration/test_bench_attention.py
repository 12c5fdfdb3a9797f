"""``make bench-attention`` in a shorter form: on cases that are made, and on leads of the sample's kind."""

from dataclasses import replace

import numpy as np
import pytest

from agents.lead.labelled import labelled_leads
from agents.lead.profile import load_profile
from benchmarks.attention import drifting, halves, policies, rivals, statements
from benchmarks.attention.population import KINDS, Population, Rates, Rehearsals, rehearsed_leads
from benchmarks.attention.watched import certified, error_alarm, first_alarm
from benchmarks.report import SHOWN
from data.make_leads import make_leads
from graphs.attention.controller import threshold_of
from graphs.attention.rehearsed import Rehearsed

SEED = 8

FOUND = 8000


def made(shift: float = 0.0) -> Population:
    """Cases that are the less often wrong the surer the hub is; a shift makes it less sure."""
    chance = np.random.default_rng(SEED)
    sure, wrong, kind, asks = chance.random((4, FOUND))
    return Population(
        tuple(
            Rehearsed(
                confidence=float(sure[place] * (1 - shift)),
                asks=bool(asks[place] < 0.01),
                error=KINDS[int(kind[place] < 0.4)] if wrong[place] < 0.3 * (1 - sure[place]) else None,
            )
            for place in range(FOUND)
        )
    )


CALM = made()


def test_what_is_true_at_a_threshold_is_counted() -> None:
    cases = [Rehearsed(0.2, False, KINDS[0]), Rehearsed(0.5, False, KINDS[1]), Rehearsed(0.9, True, KINDS[1])]
    population = Population((*cases, Rehearsed(0.5, False, None)))
    assert population.at(0.0) == Rates(0.25, (1 / 3, 1 / 3))
    assert population.at(0.5) == Rates(0.5, (0.0, 0.5))
    assert population.at(0.6) == Rates(1.0, (0.0, 0.0))


def test_statements_hold_as_often_as_they_say() -> None:
    rows = statements.measure(CALM, 60, np.random.default_rng(SEED))
    missed = [row.what for row in rows if row.target != SHOWN and not row.reached]
    assert missed == []


def test_a_statement_that_does_not_hold_is_noticed() -> None:
    # bounds of a population that is half as often wrong are no bounds for this one
    milder = Population(tuple(replace(case, error=None if n % 2 else case.error) for n, case in enumerate(CALM.cases)))
    chance = np.random.default_rng(SEED)
    trials = []
    for _ in range(30):
        places = chance.integers(FOUND, size=1000)
        promised = statements.trial(CALM, milder.part(places).cases, statements.BUDGET)
        assert promised is not None
        trials.append(promised)
    assert not statements.few_enough(sum(not one.error_holds for one in trials), len(trials))
    assert statements.few_enough(sum(not one.human_holds for one in trials), len(trials))


@pytest.mark.parametrize(("failed", "expected"), [(0, True), (50, True), (61, True), (62, False), (500, False)])
def test_failures_are_held_against_chance(failed: int, expected: bool) -> None:
    assert statements.few_enough(failed, 500) is expected


def test_a_budget_is_kept_on_the_other_half_and_broken_by_a_fixed_cut() -> None:
    [row] = halves.measure(CALM, 10, np.random.default_rng(SEED))
    assert row.reached
    rows = rivals.measure("made", Rehearsals(CALM, CALM, 0.05), 1000, 5, np.random.default_rng(SEED))
    assert "over budget in 5 of 5" in rows[1].measured
    assert "over budget in 0 of 5" in rows[2].measured


def test_a_shift_is_alarmed_at_and_calm_is_not() -> None:
    certificate = certified(CALM.part(range(4000)), statements.BUDGET)
    chance = np.random.default_rng(SEED)
    calm, shifted = CALM.cases[4000:7000], made(shift=0.3).cases[7000:]
    assert first_alarm(calm, certificate, chance) is None
    assert error_alarm(calm, certificate) is None
    alarm = first_alarm((*calm, *shifted), certificate, chance)
    assert alarm is not None
    assert 3000 < alarm.cases <= 3000 + drifting.SOON


def test_after_an_alarm_the_budget_is_kept_only_by_the_policy_that_keeps_it() -> None:
    withdrawn = certified(CALM, statements.BUDGET).model_copy(update={"status": "withdrawn"})
    cases = made(shift=0.5).cases[:3000]
    kept = policies.course(cases, withdrawn, threshold_of)
    more = policies.course(cases, withdrawn.model_copy(update={"when_drifted": "ask more"}), threshold_of)
    assert abs(kept.asked - 0.10) < 0.017
    assert more.asked > 0.15
    assert more.error < kept.error


async def test_leads_are_rehearsed_as_the_workflow_decides_them() -> None:
    profile = load_profile("sample")
    labelled = labelled_leads(profile, make_leads(150, SEED))
    cases = await rehearsed_leads(profile, labelled)
    assert {case.lane for case in cases} == {"contact", "decline"}
    for case, converted in zip(cases, labelled.converted, strict=True):
        assert case.error == {("decline", True): KINDS[0], ("contact", False): KINDS[1]}.get((case.lane, converted))
