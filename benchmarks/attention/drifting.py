"""Drift: how soon a certificate is withdrawn when cases change, and how often it is while they do not.

Three orders of the bank's file. *A shift that is made*: a random part of the first half of the file is calibrated on,
5,000 others of it are run, then the last tenth of the file in its own order, which is from another year; and a *mild*
one, where after the 5,000 one case in ten is from the last tenth and nine are as before. *The file's own order*: all of
the first half is calibrated on, and the second half is run. *Shuffled*: a random half is calibrated on and cases of the
other are run, so that every alarm is false.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median

import numpy as np

from benchmarks.attention.population import PROCESSES, Population
from benchmarks.attention.statements import BUDGET, few_enough
from benchmarks.attention.watched import certified, error_alarm, first_alarm
from benchmarks.report import SHOWN, Row
from graphs.attention.rehearsed import Rehearsed
from state.certificate import Certificate
from state.watch import Alarm

Run = tuple[Certificate, Sequence[Rehearsed]]
"""A certificate, and the cases that are run under it."""

QUIET = 5000
"""The cases before the shift that is made."""

SOON = 1000
"""Within how many cases of it the alarm is to be."""

MILD = 0.1
"""The share of cases after a mild shift that are from the last tenth."""

SHIFTS = 20
"""How many times it is made, each with other cases before it."""

LONG = 20_000
"""The cases of a run without a shift."""

FALSE = 0.05
"""How many of such runs may raise an alarm."""


def measure(whole: Population, repeats: int, seed: int) -> list[Row]:
    """The rows of the three orders; ``repeats`` is how often the file is shuffled."""
    chance = np.random.default_rng(seed)
    return [*_shifts(whole, chance), *_own_order(whole, chance), *_shuffles(whole, repeats, seed)]


def shifted(whole: Population, chance: np.random.Generator) -> Run:
    """A certificate on a part of the first half, and quiet cases, then those of the last tenth."""
    found = len(whole.cases)
    first = chance.permutation(found // 2)
    quiet, last = whole.part(first[:QUIET]).cases, whole.cases[-(found // 10) :]
    return certified(whole.part(first[QUIET:]), BUDGET), (*quiet, *last)


def mildly_shifted(whole: Population, chance: np.random.Generator) -> Run:
    """The same, where most cases after the quiet ones are like them."""
    found = len(whole.cases)
    first = chance.permutation(found // 2)
    quiet = first[: 2 * QUIET].copy()
    after = quiet[QUIET:]
    new = chance.random(len(after)) < MILD
    after[new] = found - 1 - chance.permutation(found // 10)[: new.sum()]
    return certified(whole.part(first[2 * QUIET :]), BUDGET), whole.part(quiet).cases


def _shifts(whole: Population, chance: np.random.Generator) -> list[Row]:
    strong = [_raised(shifted(whole, chance), chance) for _ in range(SHIFTS)]
    mild = [_raised(mildly_shifted(whole, chance), chance) for _ in range(SHIFTS)]
    early = sum(one is not None and one.cases <= QUIET for one in (*strong, *mild))
    at = f"case {QUIET + 1:,}"
    return [
        _delays(f"a shift at {at}: the alarm after", f"≤ {SOON:,}", strong),
        _delays(f"a mild shift at {at}: the alarm after", SHOWN, mild),
        Row(f"alarms before {at}", SHOWN, f"{early} of {2 * SHIFTS}", True),
    ]


def _raised(run: Run, chance: np.random.Generator) -> Alarm | None:
    certificate, cases = run
    return first_alarm(cases, certificate, chance)


def _delays(what: str, target: str, alarms: Sequence[Alarm | None]) -> Row:
    late = [one for one in alarms if one is not None and one.cases > QUIET]
    missed = sum(one is None for one in alarms)
    delays = [one.cases - QUIET for one in late]
    about = " or ".join(sorted({one.subject for one in late}))
    none = f"; none in {missed}" if missed else ""
    measured = f"{median(delays):,.0f} cases in the median of {len(late)}, {max(delays):,} at most; by {about}{none}"
    return Row(what, target, measured, not missed and max(delays) <= SOON)


def _own_order(whole: Population, chance: np.random.Generator) -> list[Row]:
    half = len(whole.cases) // 2
    certificate = certified(whole.part(range(half)), BUDGET)
    at_once = first_alarm(whole.cases[half:], certificate, chance)
    errors = error_alarm(whole.cases[half:], certificate)
    return [
        Row("the file's own order: the first alarm", SHOWN, _told(at_once), True),
        Row("the file's own order: over errors, known at once", SHOWN, _told(errors), True),
    ]


def _told(alarm: Alarm | None) -> str:
    return "none" if alarm is None else f"after {alarm.cases:,}, by {alarm.subject}"


def _shuffles(whole: Population, repeats: int, seed: int) -> list[Row]:
    seeds = [int(each) for each in np.random.SeedSequence(seed).generate_state(repeats)]
    global _shuffled
    _shuffled = whole  # processes that are forked have it without sending it
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as processes:
        alarms = list(processes.map(_is_false, seeds, chunksize=4))
    false = sum(alarms)
    what = f"shuffled, {LONG:,} cases: a false alarm"
    measured = f"{false} of {repeats}, {false / repeats:.1%}"
    return [Row(what, f"≤ {FALSE:.0%}", measured, few_enough(false, repeats, FALSE))]


_shuffled: Population | None = None
"""What is shuffled by the processes."""


def _is_false(seed: int) -> bool:
    assert _shuffled is not None
    chance = np.random.default_rng(seed)
    places = chance.permutation(len(_shuffled.cases))
    half = len(places) // 2
    certificate = certified(_shuffled.part(places[:half]), BUDGET)
    cases = _shuffled.part(places[half : half + LONG]).cases
    return first_alarm(cases, certificate, chance) is not None or error_alarm(cases, certificate) is not None
