"""The policies: how many cases ask a human once a certificate is withdrawn, and what that does to the errors.

The certificate is withdrawn by the alarm over the shift that :mod:`benchmarks.attention.drifting` makes. The rest of
the last tenth of the file is then run under each policy, case by case, each held against the threshold of that moment;
and once more under the threshold that was certified, as if nobody had noticed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.attention.drifting import shifted
from benchmarks.attention.population import Population
from benchmarks.attention.watched import first_alarm
from benchmarks.report import SHOWN, Row
from graphs.attention.controller import STEP, budget_of, moved, threshold_of
from graphs.attention.rehearsed import Rehearsed
from state.certificate import Certificate, WhenDrifted
from state.watch import Watch

Threshold = Callable[[Certificate, Watch], float]


@dataclass(frozen=True, slots=True)
class Course:
    """What became of cases after the alarm; shares from 0 to 1."""

    cases: int
    asked: float
    error: float
    """The share of the automated that is wrong."""


def measure(whole: Population, seed: int) -> list[Row]:
    """A row for each policy."""
    chance = np.random.default_rng(seed)
    certificate, cases = shifted(whole, chance)
    alarm = first_alarm(cases, certificate, chance)
    if alarm is None:
        return [Row("after the alarm", SHOWN, "there was none", True)]
    withdrawn, rest = certificate.model_copy(update={"status": "withdrawn"}), cases[alarm.cases :]
    before = _told(course(rest, withdrawn, _certified))
    return [
        Row("after the alarm, had nobody noticed", SHOWN, before, True),
        _kept(rest, withdrawn),
        Row("after the alarm, ask more", SHOWN, _told(course(rest, _with(withdrawn, "ask more"), threshold_of)), True),
    ]


def course(cases: Sequence[Rehearsed], certificate: Certificate, threshold: Threshold) -> Course:
    """Run the cases, each under the threshold of its moment."""
    watch, asked, wrong = Watch(), 0, 0
    for case in cases:
        asks = case.score < threshold(certificate, watch)
        watch = moved(watch, certificate, [asks])
        asked += asks
        wrong += not asks and case.error is not None
    automated = len(cases) - asked
    return Course(len(cases), asked / len(cases), wrong / automated if automated else 0.0)


def _certified(certificate: Certificate, watch: Watch) -> float:
    return certificate.threshold


def _kept(cases: Sequence[Rehearsed], withdrawn: Certificate) -> Row:
    """Of the policy that keeps the budget; its target is what the controller guarantees for so many cases."""
    found, budget = course(cases, _with(withdrawn, "keep budget"), threshold_of), budget_of(withdrawn)
    promised = (1 + STEP) / (STEP * len(cases))
    off = abs(found.asked - budget)
    target = f"within {100 * promised:.1f} points of {budget:.0%}"
    return Row("after the alarm, keep budget", target, f"{_told(found)}; {100 * off:.2f} points off", off <= promised)


def _with(certificate: Certificate, policy: WhenDrifted) -> Certificate:
    return certificate.model_copy(update={"when_drifted": policy})


def _told(course: Course) -> str:
    return f"{course.asked:.1%} of {course.cases:,} ask, {course.error:.1%} of the others are wrong"
