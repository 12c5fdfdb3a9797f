"""Values: one that stands out against its own history, and sources that are apart beyond the tolerance.

A value stands out where it is away, on the same side, from the median of the values before it and from that of the
values after it, by several robust standard deviations of such distances (1.4826 times their median absolute
deviation). Where another source has the same value, it is what happened; where it has another, it is an error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from agents.report.checks.trouble import Context, Trouble, trouble
from agents.report.declaration import FINE
from agents.report.findings import Issue
from agents.report.pair import Pair, paired
from agents.report.repair import Repair
from agents.report.rhythm import day_of, last_day_of, runs
from agents.report.track import Flags, Floats, Track, as_date

BESIDE = 3
"""Values on either side that a value is compared with."""

FEWEST = 8
"""Values that a track needs for anything to stand out."""

CONTRADICTED = 0.5
"""The part of the declared spread that is enough where another source says otherwise."""

AROUND = 15
"""Values on either side that say how wild the moves are at a moment."""

_ROBUST = 1.4826


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far each value of a track stands out from its neighbours, as a logarithm; 0 where it does not."""

    out: Floats
    deviation: Floats
    """The robust standard deviation of such distances: of all of them, or of those around where these are wilder."""


def outlier(tracks: Mapping[str, Track], context: Context) -> tuple[list[Trouble], dict[str, Track]]:
    """Values that stand out and that no other source has, measured by the share; and the tracks without them."""
    found: list[Trouble] = []
    kept = {source: track.readable() for source, track in tracks.items()}
    clean = dict(kept)
    for source, track in kept.items():
        if track.days.size < FEWEST or not track.is_positive:
            continue
        standing = _standing(track.logs)
        others = [each for each in kept.values() if each.source != source]
        contradicted, alone = _wrong(track, standing, others, context)
        for place in np.flatnonzero(contradicted | alone):
            found.append(_outlier(track, int(place), float(standing.out[place]), kept, context))
        clean[source] = track.where(~contradicted)
    return found, clean


def _standing(logs: Floats) -> _Standing:
    before, after = _beside(logs, -1), _beside(logs, 1)
    away, ahead = logs - before, logs - after
    both = np.where(np.sign(away) == np.sign(ahead), np.sign(away) * np.minimum(np.abs(away), np.abs(ahead)), 0.0)
    # at an end there is one side only
    out = np.where(np.isnan(away), ahead, np.where(np.isnan(ahead), away, both))
    distances = np.abs(np.where(np.isnan(away), ahead, away))
    around = np.pad(distances, AROUND, mode="reflect" if distances.size > AROUND else "edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * AROUND + 1), axis=1)
    return _Standing(out, _ROBUST * np.maximum(local, np.median(distances)))


def _beside(logs: Floats, side: int) -> Floats:
    """The median of the values on one side of each; not a number where there are fewer than two."""
    shifted = np.full((BESIDE, logs.size), np.nan)
    for by in range(1, BESIDE + 1):
        if side < 0:
            shifted[by - 1, by:] = logs[:-by]
        else:
            shifted[by - 1, :-by] = logs[by:]
    enough = np.sum(np.isfinite(shifted), axis=0) >= 2
    found = np.full(logs.size, np.nan)
    found[enough] = np.nanmedian(shifted[:, enough], axis=0)
    return found


def _wrong(track: Track, standing: _Standing, others: list[Track], context: Context) -> tuple[Flags, Flags]:
    """Which values stand out, unlike in another source, and which do while no other source tells."""
    checks, far = context.checks, np.abs(standing.out)
    smallest = np.log1p(checks.smallest_outlier)
    contradicted, confirmed = np.zeros(far.size, dtype=np.bool_), np.zeros(far.size, dtype=np.bool_)
    for other in others:
        if other.frequency == track.frequency and other.is_positive:
            _, here, there = np.intersect1d(track.steps, other.steps, return_indices=True)
            apart = np.abs(track.logs[here] - other.logs[there])
            contradicted[here] |= apart > smallest
            confirmed[here] |= apart <= smallest
    inner = np.zeros(far.size, dtype=np.bool_)
    inner[2:-2] = True
    unlike = contradicted & ~confirmed & _stands_out(far, CONTRADICTED * checks.spread * standing.deviation, smallest)
    alone = ~contradicted & ~confirmed & inner & _stands_out(far, checks.spread * standing.deviation, smallest)
    return unlike, alone


def _stands_out(far: Floats, spread: Floats, smallest: float) -> Flags:
    return np.asarray(far > np.maximum(spread, smallest), dtype=np.bool_)


def _outlier(track: Track, place: int, out: float, tracks: Mapping[str, Track], context: Context) -> Trouble:
    day, share = as_date(track.days[place]), float(np.expm1(out))
    others = [each for each in tracks.values() if each.source != track.source and track.days[place] in each.days]
    away = f"{abs(share):.1%} {'above' if share > 0 else 'below'} the values beside it"
    against = f", unlike in {others[0].source}" if others else "; no other source tells whether it is right"
    issue = Issue(
        check="outlier",
        source=track.source,
        series=track.series,
        first=day,
        last=day,
        measure=share,
        words=away + against,
    )
    if not others:
        return trouble(issue)
    repairs = [Repair("drop", track.source, track.series, day, day)]
    if track.source == context.first_source:
        repairs.append(Repair("pull", others[0].source, track.series, day, day))
    return trouble(issue, *repairs)


def disagree(tracks: Mapping[str, Track], context: Context) -> Iterator[Trouble]:
    """Moments at which another source is apart from the first, measured by the largest share.

    Asks for another look at them where they are of the period.
    """
    first, *others = tracks.values() if tracks else (None,)
    for other in others:
        assert first is not None
        pair = paired(first, other, context.aggregate)
        apart = _apart(pair)
        for sign in (1, -1):
            where = np.flatnonzero(sign * apart > context.checks.tolerance)
            for start, end in runs(where) if pair.frequency in FINE else zip(where, where, strict=True):
                yield _disagreement(pair, apart, int(start), int(end), first, context)


def _apart(pair: Pair) -> Floats:
    """By which share b is above a."""
    size = np.where(pair.a == 0, np.maximum(np.abs(pair.b), np.finfo(float).tiny), np.abs(pair.a))
    return np.asarray((pair.b - pair.a) / size, dtype=np.float64)


def _share(apart: float) -> str:
    """How far apart, in words."""
    return f"{abs(apart):.2%}" if abs(apart) < 10 else f"{abs(apart):.3g} times"


def _disagreement(pair: Pair, apart: Floats, start: int, end: int, first: Track, context: Context) -> Trouble:
    part = apart[start : end + 1]
    largest = float(part[np.argmax(np.abs(part))])
    days = day_of(int(pair.steps[start]), pair.frequency), last_day_of(int(pair.steps[end]), pair.frequency)
    at = int(pair.steps[start + int(np.argmax(np.abs(part)))])
    place = start + int(np.argmax(np.abs(part)))
    issue = Issue(
        check="disagree",
        source=f"{pair.first}/{pair.other}",
        series=first.series,
        first=days[0],
        last=days[1],
        count=end - start + 1,
        measure=abs(largest),
        words=(
            f"{pair.other} is {'up to ' if end > start else ''}{_share(largest)} "
            f"{'above' if largest > 0 else 'below'} {pair.first}: "
            f"{pair.b[place]:.6g} against {pair.a[place]:.6g} ({day_of(at, pair.frequency)})"
        ),
    )
    if days[1] < context.period.first or days[0] > context.period.last:
        return trouble(issue)
    return trouble(issue, Repair("pull", pair.other, first.series, *days))
