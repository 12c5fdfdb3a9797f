"""Spans of time: what is missing between other values, what ended, and a last period that is not there whole."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import numpy as np

from agents.report.checks.trouble import Context, Trouble, trouble
from agents.report.declaration import FINE, Frequency
from agents.report.findings import Issue
from agents.report.repair import Repair
from agents.report.rhythm import day_of, last_day_of, runs, steps
from agents.report.track import Track

ENDED = 31
"""Days that a series may lag behind its source before it counts as ended."""

_NOUNS: dict[Frequency, str] = {
    "day": "day",
    "business-day": "business day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}


def counted(count: int, frequency: Frequency) -> str:
    """Such as ``3 business days``."""
    return f"{count} {_NOUNS[frequency]}{'' if count == 1 else 's'}"


def missing(tracks: Mapping[str, Track], context: Context) -> Iterator[Trouble]:
    """Steps without a value between others. Measured by how many there are in a row."""
    for track in tracks.values():
        own = track.where(~track.stands_in) if track.source == context.first_source else track
        if own.steps.size < 2:
            continue
        everybodys = np.arange(own.steps[0], own.steps[-1] + 1)
        expected = np.setdiff1d(everybodys, context.holidays.get(own.source, own.steps[:0]))
        # a holiday in between does not make two gaps of one
        for first, last in runs(np.flatnonzero(~np.isin(expected, own.steps))):
            days = day_of(int(expected[first]), own.frequency), last_day_of(int(expected[last]), own.frequency)
            if not stood_in(tracks, own.source, *days, last - first + 1) and not _dropped(own, days, context):
                yield _gap(tracks, own, days, last - first + 1, "missing", context)


def ended(tracks: Mapping[str, Track], context: Context) -> Iterator[Trouble]:
    """A series that is over, or late, while its source goes on. Measured by the steps since its last value."""
    for track in tracks.values():
        end = context.last_steps.get(track.source)
        if end is None or not track.steps.size:
            continue
        lag = end - int(track.steps[-1])
        first = day_of(int(track.steps[-1]) + 1, track.frequency)
        days = first, last_day_of(end, track.frequency)
        late = context.checks.late_days if track.frequency in FINE else 0
        # what stands in must reach the end too
        newest = day_of(end - late, track.frequency), days[1]
        if lag <= late or stood_in(tracks, track.source, *newest, 1) or _dropped(track, days, context):
            continue
        is_over = (days[1] - first).days > ENDED
        yield _gap(tracks, track, days, lag, "ended" if is_over else "missing", context)


def _dropped(track: Track, days: tuple[date, date], context: Context) -> bool:
    """Whether all of the days were left out on request."""
    return any(
        repair.source == track.source
        and repair.series in (None, track.series)
        and (repair.first or date.min) <= days[0]
        and days[1] <= (repair.last or date.max)
        for repair in context.dropped
    )


def stood_in(tracks: Mapping[str, Track], source: str, first: date, last: date, least: int) -> bool:
    """Whether values of another source were asked for there."""
    inside = (np.datetime64(first, "D"), np.datetime64(last, "D"))
    return any(
        int(np.sum((track.days >= inside[0]) & (track.days <= inside[1]) & track.stands_in)) >= least
        for track in tracks.values()
        if track.source != source
    )


def _gap(
    tracks: Mapping[str, Track], track: Track, days: tuple[date, date], count: int, check: str, context: Context
) -> Trouble:
    """A gap, with the request for what another source has there, where the values of the first one count."""
    words = f"{counted(count, track.frequency)} without a value"
    if check == "ended":
        words = f"ends on {_before(track)}, {counted(count, track.frequency)} before its source"
    issue = Issue(
        check="ended" if check == "ended" else "missing",
        source=track.source,
        series=track.series,
        first=days[0],
        last=days[1],
        count=count,
        measure=count,
        words=words,
    )
    inside = np.datetime64(days[0], "D"), np.datetime64(days[1], "D")
    for other in tracks.values():
        has = (other.days >= inside[0]) & (other.days <= inside[1]) & np.isfinite(other.values)
        if track.source == context.first_source and other.source != track.source and np.any(has):
            return trouble(issue, Repair("pull", other.source, track.series, *days))
    return trouble(issue)


def _before(track: Track) -> str:
    return str(track.days[-1])


def partial(last_days: Mapping[str, date | None], context: Context) -> Iterator[Trouble]:
    """A source that does not reach the end of the period. Measured by the steps that it lacks there.

    ``last_days`` are the last days of each source; one whose part of the period was left out has no more to lack.
    """
    dropped = {each.source for each in context.dropped if each.series is None and each.last == context.period.last}
    lacks = {
        source: (last, lacking)
        for source, last in last_days.items()
        if last is not None and source not in dropped and (lacking := _lacking(last, context.sources[source], context))
    }
    whole = next((source for source, last in last_days.items() if last and source not in {*lacks, *dropped}), None)
    for source, (last, lacking) in lacks.items():
        yield _partial(source, last, lacking, whole, context)


def _lacking(last: date, frequency: Frequency, context: Context) -> int:
    """How many steps a source lacks at the end of the period; 0 where they are no more than may be late."""
    # what goes on after the period, such as a week, need not be there: the last step ends before the day after
    days = np.array([last, context.period.last + timedelta(days=1)], "datetime64[D]")
    at, after = steps(days, frequency).tolist()
    lacks: int = after - 1 - at
    return lacks if lacks > (context.checks.late_days if frequency in FINE else 0) else 0


def _partial(source: str, last: date, lacks: int, whole: str | None, context: Context) -> Trouble:
    """A partial period; it is left out where a source has the whole of it, and that one stands in."""
    period, frequency = context.period, context.sources[source]
    has_some = last >= period.first
    words = f"ends on {last}, {counted(lacks, frequency)} before the end of {period.spoken}"
    issue = Issue(
        check="partial",
        source=source,
        first=max(period.first, last),
        last=period.last,
        count=lacks,
        measure=lacks,
        words=words if has_some else f"has nothing of {period.spoken} yet; it {words}",
    )
    if whole is None:
        return trouble(issue)
    unchecked = "another source stands in" if source == context.first_source else "others are not checked against it"
    issue = issue.model_copy(update={"words": f"{issue.words}; {unchecked}"})
    repairs = [Repair("drop", source, None, period.first, period.last)] if has_some else []
    if source == context.first_source:
        repairs.append(Repair("pull", whole, None, period.first, period.last))
    return trouble(issue, *repairs)
