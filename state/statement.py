"""The statement: what a certificate says, in plain words. Bounds are rounded up, so that what is said holds."""

import math

from state.certificate import SURE, Certificate

TOGETHER = f"Both hold together in at least {100 * (1 - 2 * SURE):.0f} of 100 calibrations."

WIDE = 0.25
"""How far a bound may be over what was observed, as a share, before it says next to nothing."""


def statement(certificate: Certificate) -> str:
    """What is promised, in two sentences."""
    asked = f"Of cases like these, at most {at_most(certificate.human_at_most)} ask a human"
    if certificate.error_at_most is None:
        return f"{asked}; of the others, nothing can be said. It holds in at least {_sure()} of 100 calibrations."
    return f"{asked}; of the others, {_wrong(certificate, certificate.error_at_most)}. {TOGETHER}"


def weakness(certificate: Certificate) -> str | None:
    """Why what is promised of errors is of no use, in a sentence; None where it is of use."""
    if certificate.error_at_most is None or not certificate.automated:
        return "No labelled case was left without a human, so that nothing is known of their errors."
    observed = sum(each.observed for each in certificate.errors) / certificate.automated
    if certificate.error_at_most - observed <= WIDE:
        return None
    return (
        f"The bound on errors is useless: of {certificate.automated:,} automated cases {100 * observed:.1f}% were "
        f"wrong, and up to {at_most(certificate.error_at_most)} may be. More labelled cases bring it down."
    )


def at_most(share: float) -> str:
    """A bound on a share, 0 to 1, in percent with one digit, rounded up."""
    # a hair less, so that a share that has one digit keeps it
    return f"{math.ceil(1000 * share - 1e-9) / 10:.1f}%"


def _wrong(certificate: Certificate, error_at_most: float) -> str:
    bounds = [
        f"at most {at_most(each.at_most)} are {each.kind}" for each in certificate.errors if each.at_most is not None
    ]
    if len(bounds) < 2:
        return f"at most {at_most(error_at_most)} are wrong"
    listed = f"{', '.join(bounds[:-1])} and {bounds[-1].replace(' are ', ' ', 1)}"
    return f"{listed}, {at_most(error_at_most)} wrong in all"


def _sure() -> str:
    return f"{100 * (1 - SURE):.0f}"
