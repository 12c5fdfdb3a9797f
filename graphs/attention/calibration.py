"""Calibration: a threshold from labelled cases, and what can be promised of it.

Two statements are made, each of which fails in at most δ = 5 % of calibrations over the draw of the labelled cases, so
that both hold together in at least 90 %. All that is assumed is that labelled and coming cases are independent draws
from the same source. S is the score of a case, its confidence, or −∞ where it asks a human anyway; a case is asked when
S is below the threshold.

*How many humans see.* For a budget b the threshold is the k-th smallest of n scores, with the greatest k for which
P(Bin(n, b) ≤ k − 1) ≤ δ. Be t* the greatest number with P(S < t*) ≤ b. Then P(S ≤ t*) ≥ b, and the threshold breaks the
budget only where it is above t*, that is, where fewer than k scores are ≤ t*, with a chance of at most δ. Nothing here
forbids ties: equal scores are on the same side of the threshold, which can only let fewer ask.

*How often the others are wrong.* The threshold was chosen from the scores alone. Given it, the n − k cases ranked after
the k-th, ties in random order, are independent draws; the bound of Clopper and Pearson is exact for them. With ties
they lack some of the cases at the threshold that are automated as well. Be they less often wrong than those above: then
the n − k have errors more often than all that is automated, and a bound on theirs holds. Be they more often wrong:
then choosing the threshold tilts the sample towards them, so that too many errors are seen, not too few, and a bound
from all cases at or above the threshold holds. A bound from all *errors* at or above it, among n − k cases only, is at
least as great as both, so that it holds in any case; without ties it costs one case. Each of K kinds of error has δ/K,
and all together are at most their sum.

With a greatest error instead, the least threshold that :mod:`graphs.attention.fixed_sequence` certifies is looked for,
and raised to the next of up to 40 ranks which n and the allowed error alone decide. P(S < the k-th score) is at most
the bound of Clopper and Pearson for k − 1 among n, by the same argument; since the rank was chosen by looking, each of
J ranks has δ/J. The fixed sequence has all of δ, so that the kinds are counted without a bound.

Sources: V. Vovk, Conditional validity of inductive conformal predictors, Machine Learning 92, 2013 (PAC quantiles by
order statistics), and those of :mod:`graphs.attention.binomial` and :mod:`graphs.attention.fixed_sequence`.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from graphs.attention.binomial import at_most, order_for
from graphs.attention.fixed_sequence import certified, fewest_automated
from graphs.attention.no_promise import NoPromise
from graphs.attention.percent import percent, percent_up
from graphs.attention.ranking import Ranking
from graphs.attention.rehearsed import Rehearsed
from state.certificate import SURE, Demand, ErrorBound, Reference
from state.errors import UsageError
from state.statement import WIDE

FEWEST = 100
"""With fewer labelled cases no bound says anything."""

STEPS = 40
"""The ranks of which one is chosen for a greatest error."""

BINS = 200
"""The most bins that the confidences of a reference fall into."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of a threshold; all shares are from 0 to 1."""

    cases: int
    """How many labelled cases it rests on."""
    threshold: float
    """A case with a confidence below it asks a human."""
    human_at_most: float
    human_observed: float
    """The share of the labelled cases that would have asked."""
    automated: int
    """How many of them would not have asked."""
    errors: tuple[ErrorBound, ...]
    """By kind, among the automated."""
    error_at_most: float
    """The share of automated cases that are wrong in any way at most."""

    @property
    def is_useless(self) -> bool:
        """Whether the bound on errors says next to nothing, by the rule of :func:`state.statement.weakness`."""
        return self.error_at_most - sum(each.observed for each in self.errors) / self.automated > WIDE


def calibrated(cases: Sequence[Rehearsed], demand: Demand, kinds: Sequence[str]) -> Promise:
    """The threshold for a demand, and its promise; ``kinds`` are the kinds of error that cases can have.

    Raises ``NoPromise`` where these cases do not allow it. Pure.
    """
    ranking = Ranking(cases)
    _check(ranking)
    budget, allowed = demand.human_budget, demand.max_error
    if budget is not None and allowed is not None:
        return _within_both(ranking, budget, allowed, kinds)
    if budget is not None:
        return _within_budget(ranking, budget, kinds, bounded="each kind")
    if allowed is not None:
        return _within_error(ranking, allowed, kinds)
    raise UsageError("Nothing is demanded. Give a budget for humans, a greatest error, or both.")


def _check(ranking: Ranking) -> None:
    if not ranking.cases:
        raise NoPromise(f"Without labelled cases nothing can be promised. Give at least {FEWEST}.")
    if (found := len(ranking)) < FEWEST:
        raise NoPromise(
            f"{found} labelled cases are too few to promise anything: even without one error among them, an error of "
            f"at most {percent_up(at_most(0, found, SURE))} could be promised, and with one in ten wrong, of "
            f"{percent_up(at_most(math.ceil(found / 10), found, SURE))}. Give at least {FEWEST}."
        )
    confidences = set(ranking.scores[ranking.asking_anyway :])
    if len(confidences) == 1:
        raise NoPromise(
            f"All confidences are equal ({confidences.pop():g}), so that no threshold tells cases apart. Have the "
            "judged decision say how sure it is."
        )


def _within_budget(
    ranking: Ranking, budget: float, kinds: Sequence[str], bounded: Literal["each kind", "all together"]
) -> Promise:
    """The promise for a budget; ``bounded`` says which errors share δ."""
    rank = order_for(len(ranking), budget, SURE)
    if rank <= ranking.asking_anyway:
        raise NoPromise(_why_no_budget(ranking, budget))
    found = Counter(ranking.wrong(ranking.threshold(rank)))
    match bounded:
        case "each kind":
            rest, delta = len(ranking) - rank, SURE / len(kinds)
            errors = [
                ErrorBound(kind=each, observed=found[each], at_most=at_most(found[each], rest, delta)) for each in kinds
            ]
            bound = min(sum(each.at_most or 0.0 for each in errors), 1.0)
            return _promise(ranking, rank, budget, errors, bound)
        case "all together":
            bound = at_most(found.total(), len(ranking) - rank, SURE)
            return _promise(ranking, rank, budget, _counted(found, kinds, bound), bound)


def _within_error(ranking: Ranking, allowed: float, kinds: Sequence[str]) -> Promise:
    """The promise of a greatest error, with as few humans as it allows."""
    least = certified(ranking, allowed, SURE)
    if least is None:
        raise NoPromise(_why_no_error(ranking, allowed))
    ranks = _ranks(len(ranking), allowed)
    rank = min(each for each in ranks if ranking.threshold(each) >= least)
    human = at_most(rank - 1, len(ranking), SURE / len(ranks))
    found = Counter(ranking.wrong(ranking.threshold(rank)))
    return _promise(ranking, rank, human, _counted(found, kinds, allowed), allowed)


def _within_both(ranking: Ranking, budget: float, allowed: float, kinds: Sequence[str]) -> Promise:
    """The promise for a budget, where its error is small enough; one test, so that all of δ is its own."""
    found = _within_budget(ranking, budget, kinds, bounded="all together")
    if found.error_at_most <= allowed:
        return found
    try:
        needed = f"needs {percent_up(_within_error(ranking, allowed, kinds).human_at_most)} human"
    except NoPromise:
        needed = "is out of reach at any human share"
    raise NoPromise(
        f"A human share of at most {percent(budget)} and an error of at most {percent(allowed)} cannot both be "
        f"promised on these {len(ranking):,} cases: an error of at most {percent(allowed)} {needed}; with "
        f"{percent(budget)} human the error is at most {percent_up(found.error_at_most)}."
    )


def _ranks(cases: int, allowed: float) -> list[int]:
    """The ranks of which one is chosen, from few humans to many."""
    last = cases - fewest_automated(cases, allowed, SURE)
    return sorted({1 + round(last * step / (STEPS - 1)) for step in range(STEPS)})


def _counted(found: Counter[str], kinds: Sequence[str], bound: float) -> list[ErrorBound]:
    """Errors of which only the sum is bounded."""
    return [ErrorBound(kind=each, observed=found[each], at_most=bound if len(kinds) == 1 else None) for each in kinds]


def _promise(ranking: Ranking, rank: int, human: float, errors: Sequence[ErrorBound], error: float) -> Promise:
    cases, threshold = len(ranking), ranking.threshold(rank)
    asked = ranking.asked(threshold)
    return Promise(cases, threshold, human, asked / cases, cases - asked, tuple(errors), error)


def _why_no_budget(ranking: Ranking, budget: float) -> str:
    cases, anyway = len(ranking), ranking.asking_anyway
    could = percent_up(at_most(anyway, cases, SURE))
    if anyway == cases:
        return f"Each of these {cases:,} cases asks a human for another reason than its confidence: no budget is kept."
    if anyway:
        return (
            f"{percent(anyway / cases)} of these {cases:,} cases ask a human for another reason than their confidence, "
            f"so that no threshold keeps a budget of {percent(budget)}: one of at least {could} could be promised."
        )
    needed = math.ceil(math.log(SURE) / math.log1p(-budget))
    return (
        f"A human share of at most {percent(budget)} cannot be promised on {cases:,} cases: at least {needed:,} would "
        f"be needed; on these, a budget of at least {could} could be promised."
    )


def _why_no_error(ranking: Ranking, allowed: float) -> str:
    cases, fewest = len(ranking), fewest_automated(len(ranking), allowed, SURE)
    sure = cases - ranking.asking_anyway
    refused = f"An error of at most {percent(allowed)} cannot be promised on these {cases:,} cases"
    if sure < fewest:
        return f"{refused}: it takes {fewest:,} that do not ask a human for another reason, and there are {sure:,}."
    surest = ranking.threshold(cases - fewest + 1)
    count, wrong = cases - ranking.asked(surest), len(ranking.wrong(surest))
    return (
        f"{refused} at any human share: even of the {count:,} surest, {percent(wrong / count)} were wrong, so that "
        f"their error is at most {percent_up(at_most(wrong, count, SURE))}."
    )


def reference(cases: Sequence[Rehearsed], threshold: float, seed: int) -> Reference:
    """What the confidences of the labelled cases were like, for the watch over a certificate with this threshold.

    A random half, by ``seed``, sets the edges, at most 199, and the other half is counted, so that given the edges the
    counted cases and those to come are draws from the same source. A case that asks for another reason counts as such
    only where its confidence would not have asked first, as it is when it is run. Pure.
    """
    mixed = Random(seed).sample(list(cases), len(cases))  # noqa: S311 no secret
    half = len(mixed) // 2
    known = sorted(each for case in mixed[:half] if (each := _seen(case, threshold)) is not None)
    edges = tuple(sorted({known[len(known) * step // BINS] for step in range(1, BINS)})) if known else ()
    scores = sorted(max(case.score, 0.0) for case in cases)
    quantiles = tuple(scores[min(len(scores) * step // BINS, len(scores) - 1)] for step in range(BINS + 1))
    empty = Reference(edges=edges, counts=(0,) * (len(edges) + 2), quantiles=quantiles)
    counts = Counter(empty.bin(_seen(case, threshold)) for case in mixed[half:])
    return empty.model_copy(update={"counts": tuple(counts[each] for each in range(len(edges) + 2))})


def _seen(case: Rehearsed, threshold: float) -> float | None:
    """The confidence that is seen of a case when it is run; None where it asks for another reason only."""
    if case.confidence is None or (case.asks and case.confidence >= threshold):
        return None
    return case.confidence
