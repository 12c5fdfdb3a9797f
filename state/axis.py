"""The axis of a timeline on which hours of waiting leave room for milliseconds of work.

People answer after hours, specialists after milliseconds: drawn to scale, all work would be one line. So the axis is
broken where nobody works for long, and such a gap has a small fixed width, however long it took. The mapping from time
to position rises strictly between the moments at which anything begins or ends: each of the pieces between them has
some width of its own, and the rest is shared by length.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from state.duration import in_time
from state.timeline import Span

BREAK = 0.08
"""How wide a break is drawn, as a share of the axis, while there are few of them."""

BREAKS = 0.5
"""How much of the axis all breaks together have at the most."""

EVENLY = 0.1
"""The share of the width that all pieces have alike, so that none is too small to be drawn."""

APART = 0.08
"""How far apart the labels of two ticks are at the least, as a share of the axis."""

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A span with its place on the axis."""

    span: Span
    x0: float
    """Where it begins, 0 to 1."""
    x1: float


@dataclass(frozen=True, slots=True)
class Break:
    """A gap that is not drawn to scale."""

    start: datetime
    end: datetime
    x0: float
    x1: float
    label: str
    """How long it took, such as ``2 h 5 min``."""

    @property
    def x(self) -> float:
        """The middle of it."""
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment that the axis names."""

    x: float
    label: str
    """How long after the beginning, or with a plus, after the break before it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where everything is drawn; all positions are between 0 and 1."""

    drawn: tuple[Drawn, ...]
    """The spans, in their order."""
    breaks: tuple[Break, ...]
    ticks: tuple[Tick, ...]
    knots: tuple[tuple[datetime, float], ...]
    """The moments at which anything begins or ends, with their positions; both rise strictly."""

    def x(self, moment: datetime) -> float:
        """The position of a moment; one before the first or after the last has the position of that."""
        return _position(self.knots, moment)


def compressed(spans: Sequence[Span], longest_gap: float | None = None) -> Axis:
    """The broken axis of some spans. Pure.

    A gap in which nobody works is broken where it takes more than so many seconds; by default, more than a quarter of
    all work.
    """
    if not spans:
        return Axis((), (), (), ())
    gaps = _gaps(spans, longest_gap)
    knots = _knots(spans, gaps)
    breaks = tuple(_break(knots, gap) for gap in gaps)
    return Axis(
        drawn=tuple(Drawn(span, _position(knots, span.start), _position(knots, span.end)) for span in spans),
        breaks=breaks,
        ticks=tuple(_ticks(knots, breaks)),
        knots=knots,
    )


def _break(knots: Sequence[tuple[datetime, float]], gap: Stretch) -> Break:
    start, end = gap
    return Break(start, end, _position(knots, start), _position(knots, end), in_words(_seconds(gap)))


def in_words(seconds: float) -> str:
    """A length of time in its two largest units, or in one where it is short."""
    if seconds >= 60:
        return in_time(seconds)
    units = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
    # what is rounded up to a thousand is one of the next unit
    size, unit = next((each for each in units if seconds >= 0.9995 * each[0]), units[0])
    return f"{seconds / size:.3g} {unit}"


def _seconds(stretch: Stretch) -> float:
    return (stretch[1] - stretch[0]).total_seconds()


def _gaps(spans: Sequence[Span], longest_gap: float | None) -> list[Stretch]:
    """The stretches that are broken: nobody works in them, and they take long."""
    busy = _busy(spans)
    if longest_gap is None:
        work = sum(map(_seconds, busy))
        longest_gap = work / 4 if work else float("inf")
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    edges = [first, *(moment for stretch in busy for moment in stretch), last]
    idle = zip(edges[::2], edges[1::2], strict=True)
    return [gap for gap in idle if _seconds(gap) > longest_gap]


def _busy(spans: Sequence[Span]) -> list[Stretch]:
    """The stretches in which anybody works, in order and apart from each other."""
    busy: list[Stretch] = []
    for start, end in sorted((span.start, span.end) for span in spans if span.kind == "worked"):
        if busy and start <= busy[-1][1]:
            busy[-1] = busy[-1][0], max(busy[-1][1], end)
        else:
            busy.append((start, end))
    return busy


def _knots(spans: Sequence[Span], gaps: Sequence[Stretch]) -> tuple[tuple[datetime, float], ...]:
    """The positions of all moments at which anything begins or ends."""
    moments = sorted({moment for span in spans for moment in (span.start, span.end)})
    pieces, starts = list(pairwise(moments)), [gap[0] for gap in gaps]

    def gap_of(piece: Stretch) -> int | None:
        place = bisect_right(starts, piece[0]) - 1
        return place if place >= 0 and piece[1] <= gaps[place][1] else None

    within: dict[int | None, list[Stretch]] = {}
    for piece in pieces:
        within.setdefault(gap_of(piece), []).append(piece)
    breaks = len(gaps) * min(BREAK, BREAKS / len(gaps)) if gaps else 0.0
    widths: dict[Stretch, float] = {}
    for place, together in within.items():
        width = 1 - breaks if place is None else (breaks if None in within else 1.0) / len(gaps)
        widths |= _shared(together, width)
    return tuple(_added(moments, [widths[piece] for piece in pieces]))


def _shared(pieces: Sequence[Stretch], width: float) -> dict[Stretch, float]:
    """A width, shared by pieces: some of it evenly, the rest by their lengths."""
    total, evenly = sum(map(_seconds, pieces)), EVENLY / len(pieces)
    return {piece: width * (evenly + (1 - EVENLY) * _seconds(piece) / total) for piece in pieces}


def _added(moments: Sequence[datetime], widths: Sequence[float]) -> Iterator[tuple[datetime, float]]:
    x = 0.0
    yield moments[0], x
    for moment, width in zip(moments[1:], widths, strict=True):
        x += width
        yield moment, 1.0 if moment == moments[-1] else min(x, 1.0)


def _position(knots: Sequence[tuple[datetime, float]], moment: datetime) -> float:
    place = bisect_right(knots, moment, key=lambda knot: knot[0]) - 1
    if place < 0:
        return 0.0
    (start, x0), (end, x1) = knots[place], knots[min(place + 1, len(knots) - 1)]
    if end == start:
        return x0
    return min(x1, x0 + (x1 - x0) * ((moment - start) / (end - start)))


def _ticks(knots: Sequence[tuple[datetime, float]], breaks: Sequence[Break]) -> Iterator[Tick]:
    """The beginning, round lengths of time where the axis is to scale, the end of each break, and the end."""
    first, last = knots[0][0], knots[-1][0]
    edges = [first, *(moment for each in breaks for moment in (each.start, each.end)), last]
    behind, ending = -APART, in_words(_seconds((first, last)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        after = "" if start == first else "+"
        for moment in (start, *_round(knots, start, end)):
            x = _position(knots, moment)
            if x - behind >= APART:
                is_start = moment == start
                label = in_words(_seconds((first, start))) if is_start else after + in_words(_seconds((start, moment)))
                yield Tick(x, label)
                behind = x if label != ending else 1.0
    if behind <= 1 - APART:
        yield Tick(1.0, ending)


def _round(knots: Sequence[tuple[datetime, float]], start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at round lengths of time behind the start of a stretch, as many as can be told apart."""
    room = int((_position(knots, end) - _position(knots, start)) / (2 * APART))
    if room < 1 or end <= start:
        return
    step = _round_step(_seconds((start, end)) / room)
    moment = start + timedelta(seconds=step)
    while moment < end and moment > start:
        yield moment
        moment += timedelta(seconds=step)


STEPS = tuple(count * unit for unit in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1) for count in (1, 2, 5))
LONG_STEPS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0, 43_200.0)
DAY = 86_400.0


def _round_step(seconds: float) -> float:
    """The round length of time that is nearest above."""
    fitting = (step for step in (*STEPS, *LONG_STEPS) if step >= seconds)
    return next(fitting, DAY * -(-seconds // DAY))
