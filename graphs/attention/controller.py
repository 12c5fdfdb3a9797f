"""The controller: a threshold that keeps the budget once the certificate is withdrawn, whatever the cases are like.

It has one lever q, the share of the calibration's cases that are under the threshold. After each case

    q ← q + γ · (b − asked),   b the budget, asked 1 for a case that asked a human and else 0,

so that a question lowers it, and each case without one raises it a little. The threshold is the calibration's quantile
at q: 0, under which nothing is, from q ≤ 0 downwards, and just above 1, under which everything is, from q ≥ 1. Summing
up, after n cases

    share − b = (q before − q now) / (γ · n).

While no case asks for another reason, q never leaves −γ to 1 + γ: below 0 nobody asks, so that it rises, and above 1
everybody does, so that it falls. Hence |share − b| ≤ (1 + γ) / (γ · n) for every sequence of cases, chosen by whomever;
no distribution is assumed, and nothing is said of errors. Where up to d cases are under way at a time, so that each was
held against a threshold up to d cases old, it is (1 + (d + 1) · γ) / (γ · n).

Cases that ask for other reasons are on the budget too, and what they cost is saved elsewhere. Where they alone exceed
it nothing can keep it; q then stops at −12, so that afterwards it is saved for at most about 12/(γ · b) cases. As many
under way as a process may have, d = 1,024, bring it to −10.3, so that they lose nothing.

γ = 0.01: after 1,000 cases the share is off by what the lever had to be moved, over 10, and after 10,000 over 100: from
10 % to nothing by 1 and 0.1 points, and with 64 under way, all of which ask at first, by 7 and 0.7. In calm times, at
b = 10 %, the lever swings by about √(γ b (1 − b) / 2) = 2 points. A smaller step comes to the budget later; a greater
one, with many under way, has bursts in which all are asked take turns with long times in which nobody is.

Sources: I. Gibbs and E. Candès, Adaptive conformal inference under distribution shift, NeurIPS 2021. A. N.
Angelopoulos, R. F. Barber and S. Bates, Online conformal prediction with decaying step sizes, ICML 2024.
"""

import math
from collections.abc import Iterable

from state.certificate import Certificate
from state.watch import Watch

STEP = 0.01
"""γ: by how much one case may move the lever."""

LOWEST = -12.0
"""How far what other reasons cost is carried forward."""


def moved(watch: Watch, certificate: Certificate, asked: Iterable[bool]) -> Watch:
    """The watch after these cases under a withdrawn certificate, counted, and the lever moved by each. Pure."""
    lever, budget = _lever(certificate, watch), budget_of(certificate)
    cases, questions = watch.cases, watch.asked
    for each in asked:
        cases, questions = cases + 1, questions + each
        lever = max(lever + STEP * (budget - each), LOWEST)
    return watch.model_copy(update={"cases": cases, "asked": questions, "lever": lever})


def threshold_of(certificate: Certificate, watch: Watch) -> float:
    """The threshold that the next case is held against. Pure.

    Where the certificate was withdrawn, it is the controller's, or with ``ask more`` at least the certified one.
    """
    if certificate.is_standing:
        return certificate.threshold
    controlled = _quantile(certificate, _lever(certificate, watch))
    match certificate.when_drifted:
        case "keep budget":
            return controlled
        case "ask more":
            return max(certificate.threshold, controlled)


def budget_of(certificate: Certificate) -> float:
    """The share of cases, 0 to 1, that the controller has ask a human. Pure."""
    demanded = certificate.demand.human_budget
    return certificate.human_at_most if demanded is None else demanded


def _lever(certificate: Certificate, watch: Watch) -> float:
    """The lever; before it was ever moved, where the certified threshold is."""
    return certificate.human_observed if watch.lever is None else watch.lever


def _quantile(certificate: Certificate, lever: float) -> float:
    if lever <= 0:
        return 0.0
    if lever >= 1:
        return math.nextafter(1.0, math.inf)
    quantiles = certificate.reference.quantiles
    return quantiles[int(lever * (len(quantiles) - 1))]
