"""The moments of a cron expression in a time zone, as people there read their clocks.

Where the clock is set forward, what would fall into the hour that is left out comes right after it; where it is set
back, what would come twice comes once. Expressions with a star for minutes or hours go on by the hour instead.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from state.errors import UsageError

_SPANS = tuple(map(timedelta, (1 / 24, 1, 32, 366)))
"""How far back the latest moment is looked for: where a short span has one, a long one would have far too many."""


def next_moment(cron: str, zone: str, after: datetime) -> datetime:
    """The first moment after another, UTC. Raises ``UsageError`` where expression or zone cannot be used."""
    found = next(moments(cron, zone, after), None)
    if found is None:
        raise UsageError(f"The schedule {cron!r} never comes. Write such as '0 7 2 * *'.")
    return found


def latest_moment(cron: str, zone: str, first: datetime, now: datetime) -> datetime:
    """The latest moment that has come, given the first that has, UTC. Raises ``UsageError`` as ``next_moment``."""
    for begin in [*(now - span for span in _SPANS if now - span > first), first]:
        since = list(takewhile(lambda moment: moment <= now, moments(cron, zone, begin)))
        if since:
            return since[-1]
    return first


def upcoming(cron: str, zone: str, first: datetime, count: int) -> list[datetime]:
    """So many moments from the first on, in the time zone. Raises ``UsageError`` as ``next_moment``."""
    there = zone_of(zone)
    return [moment.astimezone(there) for moment in islice(_with(first, moments(cron, zone, first)), count)]


def zone_of(zone: str) -> ZoneInfo:
    """The time zone of a name. Raises ``UsageError``."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"{zone!r} is no time zone. Write such as 'Europe/Vienna'.") from None


def moments(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """All moments after another, in order and each once."""
    try:
        found = CronSim(cron, after.astimezone(zone_of(zone)))
    except CronSimError as wrong:
        raise UsageError(f"{cron!r} is no cron expression: {wrong}. Write such as '0 7 2 * *'.") from None
    for local in found:
        moment = local.astimezone(UTC)
        if moment > after:
            yield moment
            after = moment


def _with(first: datetime, others: Iterator[datetime]) -> Iterator[datetime]:
    yield first
    yield from others
