"""Drift: whether what is run under a certificate speaks against it.

Three hypotheses are bet against, each as :mod:`graphs.attention.evidence` explains, and one is given up when its wealth
reaches 3/α. By Ville's inequality each does so with a chance of at most α/3 while it is true, over all of time, so that
an alarm without any reason is raised with a chance of at most α = 3 %. That leaves room for the certificates, one in
ten at the most, that promised wrongly: an alarm over one of these has a reason, and looks like a false one to whoever
knows that nothing has changed.

*The share.* Each case asks a human with a chance of at most b, the promised share. A strategy has one greater chance r
in mind, and its factor is the likelihood ratio: r/b for a case that asks, (1 − r)/(1 − b) for another. Its mean is
largest at b itself, and 1 there. *The errors* are the same with the promised share of errors, over the cases of which
it is known what really happened, in any order, as long as how soon that is known does not depend on what it was.

*The confidences.* Those of new cases are exchangeable with those that the certificate was made of. Be a new case in bin
B of the reference, and let it be counted among the bins of calibration and of all cases before. Its smoothed conformal
p-value

    p = (number in bins below B + toss · number in bin B) / number of all,   toss uniform from 0 to 1,

is then uniform and independent of all earlier ones. A strategy bets with a density on 0 to 1: 1 + ε(2p − 1), for
confidences that rise or fall, and 1 + ε(12(p − ½)² − 1), for more at both ends or in the middle. Bins are as good as
confidences here, since the reference's edges were set by other cases than those that it counts.

Sources: V. Vovk, I. Nouretdinov and A. Gammerman, Testing exchangeability on-line, ICML 2003. V. Vovk, Testing
randomness online, Statistical Science 36, 2021.
"""

from collections.abc import Iterable, Sequence

from graphs.attention.evidence import Evidence
from graphs.attention.percent import percent, percent_up
from state.certificate import Certificate
from state.watch import Alarm, Sighting, Watch

ALPHA = 0.03
"""The greatest chance that a certificate is ever withdrawn without reason."""

ENOUGH = 3 / ALPHA
"""The wealth at which one of three hypotheses is given up."""

ODDS = (1.2, 1.5, 2.0, 3.0, 6.0, 20.0)
"""By how much the odds of asking, or of an error, are greater than promised, by strategy."""

SLOPES = (-0.9, -0.4, 0.4, 0.9)
"""ε of the strategies for confidences that fall or rise, from −1 to 1."""

BENDS = (-0.45, 0.45, 0.9)
"""ε of the strategies for confidences that come together or go apart, from −½ to 1."""


def observe(watch: Watch, certificate: Certificate, sighting: Sighting) -> Watch:
    """The watch after one more case. Pure."""
    return observed(watch, certificate, (sighting,))[0]


def observed(watch: Watch, certificate: Certificate, sightings: Iterable[Sighting]) -> tuple[Watch, Alarm | None]:
    """The watch after these cases, in their order, and the first alarm among them.

    After an alarm, or where the certificate does not stand, cases are still counted and nothing is bet any more. Pure.
    """
    look, alarm = _Look(watch, certificate), None
    for each in sightings:
        look.count(each)
        if alarm is None and certificate.is_standing and not each.is_repeated:
            look.bet(each)
            alarm = look.alarm
    return look.watch, alarm


def observe_error(watch: Watch, certificate: Certificate, is_wrong: bool) -> Watch:
    """The watch once it is known what really happened to one more automated case. Pure."""
    return observed_errors(watch, certificate, (is_wrong,))[0]


def observed_errors(watch: Watch, certificate: Certificate, errors: Iterable[bool]) -> tuple[Watch, Alarm | None]:
    """The watch once it is known of these automated cases whether they were wrong, and the first alarm among them.

    After an alarm, or where the certificate does not stand, they are still counted and nothing is bet any more. Pure.
    """
    odds = _odds(certificate.error_at_most)
    evidence, alarm = Evidence(watch.errors, len(ODDS)), None
    graded, wrong = watch.graded, watch.wrong
    for is_wrong in errors:
        graded, wrong = graded + 1, wrong + is_wrong
        if odds and alarm is None and certificate.is_standing:
            evidence.bet(odds[is_wrong])
            if evidence.total >= ENOUGH:
                alarm = _about_errors(evidence.total, graded, wrong, certificate)
    found = {"graded": graded, "wrong": wrong, "errors": evidence.wealth if evidence.steps else watch.errors}
    return watch.model_copy(update=found), alarm


def alarm(watch: Watch, certificate: Certificate) -> Alarm | None:
    """Why the certificate is to be withdrawn by what was seen so far; None where nothing speaks against it. Pure."""
    if watch.errors.total >= ENOUGH:
        return _about_errors(watch.errors.total, watch.graded, watch.wrong, certificate)
    return _Look(watch, certificate).alarm


class _Look:
    """A watch over cases, while it is added to."""

    def __init__(self, watch: Watch, certificate: Certificate) -> None:
        self._before, self._certificate = watch, certificate
        self._cases, self._asked = watch.cases, watch.asked
        self._counts = list(watch.counts or certificate.reference.counts)
        self._all = sum(self._counts)
        self._odds = _odds(certificate.human_at_most)
        self._share = Evidence(watch.share, len(ODDS))
        self._confidences = Evidence(watch.confidences, len(SLOPES) + len(BENDS))

    def count(self, sighting: Sighting) -> None:
        self._cases += 1
        self._asked += sighting.asked

    def bet(self, sighting: Sighting) -> None:
        if self._odds:
            self._share.bet(self._odds[sighting.asked])
        place = self._certificate.reference.bin(sighting.confidence)
        self._counts[place] += 1
        self._all += 1
        p = (sum(self._counts[:place]) + sighting.toss * self._counts[place]) / self._all
        slope, bend = 2 * p - 1, 12 * (p - 0.5) ** 2 - 1
        self._confidences.bet([*[1 + each * slope for each in SLOPES], *[1 + each * bend for each in BENDS]])

    @property
    def alarm(self) -> Alarm | None:
        if self._share.total >= ENOUGH:
            return self._about_share()
        if self._confidences.total >= ENOUGH:
            reason = f"the confidences of {self._cases:,} cases are spread otherwise than those it was calibrated on"
            return Alarm(subject="confidences", cases=self._cases, wealth=self._confidences.total, reason=reason)
        return None

    def _about_share(self) -> Alarm:
        bound, share = self._certificate.human_at_most, self._asked / self._cases
        promised = f"and at most {percent_up(bound)} were promised"
        if share > bound:
            reason = f"{percent(share)} of {self._cases:,} cases have asked a human, {promised}"
        else:
            reason = f"of {self._cases:,} cases, too many of the latest have asked a human, {promised}"
        return Alarm(subject="share", cases=self._cases, wealth=self._share.total, reason=reason)

    @property
    def watch(self) -> Watch:
        found = {"cases": self._cases, "asked": self._asked}
        if self._confidences.steps == self._before.confidences.steps:
            return self._before.model_copy(update=found)
        bets = {"share": self._share.wealth, "confidences": self._confidences.wealth, "counts": tuple(self._counts)}
        return self._before.model_copy(update=found | bets)


def _odds(bound: float | None) -> tuple[Sequence[float], Sequence[float]] | None:
    """The factors of a case without and of one with, by strategy; None where there is no bound that could be broken."""
    if bound is None or not 0 < bound < 1:
        return None
    greater = [odds * bound / (1 - bound + odds * bound) for odds in ODDS]
    return [(1 - each) / (1 - bound) for each in greater], [each / bound for each in greater]


def _about_errors(wealth: float, graded: int, wrong: int, certificate: Certificate) -> Alarm:
    bound = certificate.error_at_most or 0.0
    promised = f"were wrong, and at most {percent_up(bound)} were promised"
    if wrong / graded > bound:
        reason = f"{percent(wrong / graded)} of {graded:,} cases that no human saw {promised}"
    else:
        reason = f"of {graded:,} cases that no human saw, too many of the latest {promised}"
    return Alarm(subject="errors", cases=graded, wealth=wealth, reason=reason)
