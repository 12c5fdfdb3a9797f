"""Units: a rate quoted the other way round, another scale, and a unit that changed at a day.

Two sources a and b of one series are compared as logarithms. With the right direction s (1 or -1) and the right power
of ten k, ``log a - (s log b + k log 10)`` is about 0 at every moment. The direction and power that fit best are taken,
where they fit within the tolerance and leaving b as it is does not.

A unit that changed is a step of about k log 10 between two values of one source, with k other than 0, after which the
level stays.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from agents.report.checks.trouble import Context, Trouble, trouble
from agents.report.findings import CheckName, Issue
from agents.report.pair import Pair, paired
from agents.report.repair import Repair
from agents.report.track import Floats, Track, as_date

FITS = 2.0
"""How many tolerances the median difference may be where a direction and scale fit."""

CLEARER = 3.0
"""How many times better they must fit than leaving all as it is."""

NEAR = 0.35
"""How far a step may be from a power of ten, as a logarithm."""

AROUND = 10
"""Values on either side that say whether a level stays."""

FEWEST = 3
"""Values that there must be on either side."""

_TEN = float(np.log(10))


def redenominated(tracks: Mapping[str, Track]) -> tuple[list[Trouble], dict[str, Track]]:
    """Units that changed, measured by the factor; and the tracks in their newest units."""
    found: list[Trouble] = []
    mended: dict[str, Track] = {}
    for source, track in tracks.items():
        mended[source] = track
        for place, power in _changes(track):
            found.append(_redenominated(track, place, power))
            mended[source] = _in_newest_unit(mended[source], track.days[place], power)
    return found, mended


def _in_newest_unit(track: Track, day: np.datetime64, power: int) -> Track:
    return track.with_values(np.where(track.days < day, track.values * 10.0**power, track.values))


def _changes(track: Track) -> Iterator[tuple[int, int]]:
    """The place of the first value in each new unit, and the power of ten that the old ones are to be multiplied by."""
    good = np.flatnonzero(np.isfinite(track.values) & ~track.doubled)
    logs = track.logs[good]
    if not track.is_positive or logs.size < 2 * FEWEST:
        return
    powers = np.rint(np.diff(logs) / _TEN).astype(int)
    for jump in np.flatnonzero(powers):
        before, after = logs[max(0, jump + 1 - AROUND) : jump + 1], logs[jump + 1 : jump + 1 + AROUND]
        step = float(np.median(after) - np.median(before))
        stays = abs(step - powers[jump] * _TEN) < NEAR and abs(logs[jump + 1] - logs[jump] - powers[jump] * _TEN) < NEAR
        if stays and min(before.size, after.size) >= FEWEST:
            yield int(good[jump + 1]), int(powers[jump])


def _redenominated(track: Track, place: int, power: int) -> Trouble:
    day, factor = as_date(track.days[place]), 10.0**power
    words = f"from {day} on, values are {_times(factor)} what they were before: another unit"
    issue = Issue(
        check="redenominated",
        source=track.source,
        series=track.series,
        first=day,
        last=day,
        count=place,
        measure=factor,
        words=words,
    )
    return trouble(issue, Repair("multiply", track.source, track.series, before=day, factor=factor))


def direction_and_scale(tracks: Mapping[str, Track], context: Context) -> tuple[list[Trouble], dict[str, Track]]:
    """Sources that quote a series otherwise than the one of reference, and the tracks in its direction and units."""
    mended = dict(tracks)
    found: list[Trouble] = []
    ordered = [tracks[source] for source in (context.reference or context.sources) if source in tracks]
    first, *others = ordered or (None,)
    for other in others:
        assert first is not None
        fit = _fit(paired(first, other, context.aggregate), FITS * context.checks.tolerance)
        if fit is not None:
            sign, power = fit
            found += _misquoted(first, other, sign, power, paired(first, other, context.aggregate))
            values = other.values if sign > 0 else 1 / np.where(other.values == 0, np.nan, other.values)
            mended[other.source] = other.with_values(values * 10.0**power)
    return found, mended


def _fit(pair: Pair, tolerance: float) -> tuple[Literal[1, -1], int] | None:
    """The direction and the power of ten that b needs to be like a; None where it is best left as it is."""
    a, b = _logs(pair)
    if not a.size:
        return None
    as_it_is = _misfit(a - b, 0)
    if as_it_is <= tolerance:
        return None
    tried = [(_misfit(a - sign * b, _power(a - sign * b)), sign, _power(a - sign * b)) for sign in (1, -1)]
    misfit, sign, power = min(tried)
    if misfit > tolerance or misfit * CLEARER > as_it_is or (sign, power) == (1, 0):
        return None
    return (1 if sign > 0 else -1), power


def _logs(pair: Pair) -> tuple[Floats, Floats]:
    positive = pair.where((pair.a > 0) & (pair.b > 0))
    return np.log(positive.a), np.log(positive.b)


def _power(difference: Floats) -> int:
    return int(np.rint(np.median(difference) / _TEN))


def _misfit(difference: Floats, power: int) -> float:
    return float(np.median(np.abs(difference - power * _TEN)))


def _misquoted(first: Track, other: Track, sign: int, power: int, pair: Pair) -> Iterator[Trouble]:
    a, b = _logs(pair)
    fits = float(np.expm1(_misfit(a - sign * b, power)))
    off = _off(_misfit(a - b, 0))
    if sign < 0:
        words = f"1/x is within {fits:.2%} of {first.source}, x is {off}: quoted the other way round"
        yield trouble(_whole(other, "inverted", fits, words), Repair("invert", other.source, other.series))
    if power:
        factor = 10.0**power
        words = f"{_times(factor)} x is within {fits:.2%} of {first.source}: other units"
        repair = Repair("multiply", other.source, other.series, factor=factor)
        yield trouble(_whole(other, "scaled", factor, words), repair)


def _off(misfit: float) -> str:
    """How far a quotation is off, in words; ``misfit`` is a logarithm."""
    return f"off by {np.expm1(misfit):.0%}" if misfit < _TEN else f"{np.exp(misfit):,.0f} times off"


def _whole(track: Track, check: CheckName, measure: float, words: str) -> Issue:
    return Issue(
        check=check,
        source=track.source,
        series=track.series,
        first=as_date(track.days[0]),
        last=as_date(track.days[-1]),
        count=int(track.days.size),
        measure=measure,
        words=words,
    )


def _times(factor: float) -> str:
    return f"{factor:,.0f} times" if factor >= 1 else f"1/{1 / factor:,.0f} of"
