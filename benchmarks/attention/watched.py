"""The watched certificate: one made of some cases, and what its watch sees of others."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

from benchmarks.attention.population import Population
from graphs.attention.calibration import calibrated, reference
from graphs.attention.drift import observed, observed_errors
from graphs.attention.rehearsed import Rehearsed
from state.certificate import Certificate, Demand
from state.watch import Alarm, Sighting, Watch

EDGES = 1
"""The seed of the half of the cases that sets the edges of the reference."""


def certified(population: Population, demand: Demand) -> Certificate:
    """The certificate that is made of all of these cases."""
    promise = calibrated(population.cases, demand, population.kinds)
    return Certificate(
        id="bench",
        workflow="lead-qualification",
        signature="",
        issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        source="",
        data_digest="",
        demand=demand,
        cases=promise.cases,
        automated=promise.automated,
        threshold=promise.threshold,
        human_at_most=promise.human_at_most,
        human_observed=promise.human_observed,
        errors=promise.errors,
        error_at_most=promise.error_at_most,
        reference=reference(population.cases, promise.threshold, EDGES),
    )


def sighted(cases: Sequence[Rehearsed], certificate: Certificate, chance: np.random.Generator) -> list[Sighting]:
    """What is seen of cases that are run under a certificate."""
    threshold = certificate.threshold
    return [
        Sighting(run="", confidence=seen(case, threshold), asked=case.score < threshold, toss=toss)
        for case, toss in zip(cases, chance.random(len(cases)), strict=True)
    ]


def seen(case: Rehearsed, threshold: float) -> float | None:
    """The confidence of a case that is run; None where it asks for another reason only."""
    asks_otherwise_only = case.asks and (case.confidence is None or case.confidence >= threshold)
    return None if asks_otherwise_only else case.confidence


def first_alarm(cases: Sequence[Rehearsed], certificate: Certificate, chance: np.random.Generator) -> Alarm | None:
    """The first alarm over how many ask or how sure the hub is, which is known of a case at once."""
    return observed(Watch(), certificate, sighted(cases, certificate, chance))[1]


def error_alarm(cases: Iterable[Rehearsed], certificate: Certificate) -> Alarm | None:
    """The first alarm over errors, if it were known at once what happened to every automated case."""
    wrong = (case.error is not None for case in cases if case.score >= certificate.threshold)
    return observed_errors(Watch(), certificate, wrong)[1]
