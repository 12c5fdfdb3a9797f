"""The moments of a schedule, in the wall-clock of its zone, also where the clock is set forward and back."""

import random
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from runtime.cron import latest_moment, moments, next_moment, upcoming
from state.errors import UsageError

VIENNA = "Europe/Vienna"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clocks(cron: str, zone: str, after: str, count: int) -> list[str]:
    first = next_moment(cron, zone, utc(after))
    return [f"{moment:%m-%d %H:%M %Z}" for moment in upcoming(cron, zone, first, count)]


ROWS = [
    # the second of each month, whatever the offset
    ("0 7 2 * *", VIENNA, "2026-02-20", ["03-02 07:00 CET", "04-02 07:00 CEST", "05-02 07:00 CEST"]),
    # set forward on 2026-03-29 at 02:00: what falls into the hour comes right after it, once
    ("30 2 * * *", VIENNA, "2026-03-27 12:00", ["03-28 02:30 CET", "03-29 03:00 CEST", "03-30 02:30 CEST"]),
    ("0,30 2 * * *", VIENNA, "2026-03-28 12:00", ["03-29 03:00 CEST", "03-30 02:00 CEST"]),
    # set back on 2026-10-25 at 03:00: what would come twice comes once
    ("30 2 * * *", VIENNA, "2026-10-23 12:00", ["10-24 02:30 CEST", "10-25 02:30 CEST", "10-26 02:30 CET"]),
    # by the hour, every hour is one, the repeated one too, and the left out one not
    ("0 * * * *", VIENNA, "2026-10-24 22:30", ["10-25 01:00 CEST", "10-25 02:00 CEST", "10-25 02:00 CET"]),
    ("0 * * * *", VIENNA, "2026-03-28 23:30", ["03-29 01:00 CET", "03-29 03:00 CEST"]),
    # where there is nothing to set
    ("30 2 * * *", "Asia/Kolkata", "2026-03-28", ["03-29 02:30 IST", "03-30 02:30 IST"]),
    # half an hour is set, on 2026-10-04 at 02:00
    ("15 2 * * *", "Australia/Lord_Howe", "2026-10-02 16:00", ["10-04 02:30 +11", "10-05 02:15 +11"]),
    # the last day, and a leap year's
    ("0 0 L * *", "UTC", "2026-01-31 12:00", ["02-28 00:00 UTC", "03-31 00:00 UTC"]),
    ("0 0 29 2 *", "UTC", "2026-01-01", ["02-29 00:00 UTC", "02-29 00:00 UTC"]),
    ("0 9 * * MON#1", "UTC", "2026-05-01", ["05-04 09:00 UTC", "06-01 09:00 UTC"]),
]


@pytest.mark.parametrize(("cron", "zone", "after", "clock"), ROWS)
def testmoments_are_those_that_the_clocks_of_the_zone_read(cron: str, zone: str, after: str, clock: list[str]) -> None:
    assert clocks(cron, zone, after, len(clock)) == clock


CRONS = (
    "* * * * *",
    "*/7 * * * *",
    "0 * * * *",
    "30 2 * * *",
    "0,30 1-3 * * *",
    "15 2 * * SUN",
    "0 7 2 * *",
    "5 0 1 1 *",
)
ZONES = (VIENNA, "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu")
CHANGES = ("2026-03-29 01:00", "2026-10-25 01:00", "2026-03-08 07:00", "2026-11-01 06:00", "2026-04-04 15:00")


@pytest.mark.parametrize("seed", range(40))
def test_the_next_moment_does_not_depend_on_from_where_one_looks(seed: int) -> None:
    generator = random.Random(seed)
    cron, zone = generator.choice(CRONS), generator.choice(ZONES)
    start = utc(generator.choice(CHANGES)) - timedelta(minutes=generator.randrange(3000))
    known = list(takewhile(lambda each: each < start + timedelta(days=3), moments(cron, zone, start)))
    assert known == sorted(set(known))
    for _ in range(20):
        after = start + timedelta(seconds=generator.uniform(0, 2 * 86_400))
        expected = [each for each in known if each > after]
        if expected:
            assert next_moment(cron, zone, after) == expected[0]
        passed = [each for each in known if each <= after]
        if passed:
            assert latest_moment(cron, zone, passed[0], after) == passed[-1]


def test_the_latest_of_very_many_missedmoments_is_found_at_once() -> None:
    first, now = utc("2016-01-01"), utc("2026-05-02 07:00:30")
    assert latest_moment("* * * * *", VIENNA, first, now) == utc("2026-05-02 07:00")
    assert latest_moment("* * * * * *", "UTC", first, now) == now
    assert latest_moment("0 7 2 1 *", "UTC", utc("2016-01-02 07:00"), now) == utc("2026-01-02 07:00")
    assert latest_moment("0 0 29 2 *", "UTC", utc("2016-02-29"), now) == utc("2024-02-29")
    assert latest_moment("0 7 2 * *", "UTC", utc("2026-05-02 07:00"), now) == utc("2026-05-02 07:00")


def test_a_moment_of_now_is_not_the_next_one() -> None:
    assert next_moment("0 7 * * *", "UTC", utc("2026-05-02 07:00")) == utc("2026-05-03 07:00")
    assert next_moment("0 7 * * *", "UTC", utc("2026-05-02 06:59:59.999999")) == utc("2026-05-02 07:00")


def test_upcomingmoments_are_told_in_the_zone() -> None:
    [first, second] = upcoming("0 7 2 * *", VIENNA, utc("2026-05-02 05:00"), 2)
    assert (first.tzinfo, first.isoformat()) == (ZoneInfo(VIENNA), "2026-05-02T07:00:00+02:00")
    assert second.isoformat() == "2026-06-02T07:00:00+02:00"
    assert upcoming("0 7 2 * *", VIENNA, utc("2026-05-02 05:00"), 0) == []


UNUSABLE = [
    ("7 o'clock", "UTC", "\"7 o'clock\" is no cron expression: Wrong number of fields. Write such as '0 7 2 * *'."),
    ("0 25 * * *", "UTC", "'0 25 * * *' is no cron expression: Bad hour. Write such as '0 7 2 * *'."),
    ("0 7 30 2 *", "UTC", "'0 7 30 2 *' is no cron expression: Bad day-of-month. Write such as '0 7 2 * *'."),
    ("0 7 2 * *", "Vienna", "'Vienna' is no time zone. Write such as 'Europe/Vienna'."),
    ("0 7 2 * *", "../etc", "'../etc' is no time zone. Write such as 'Europe/Vienna'."),
    ("0 7 2 * *", "", "'' is no time zone. Write such as 'Europe/Vienna'."),
]


@pytest.mark.parametrize(("cron", "zone", "says"), UNUSABLE)
def test_what_is_no_schedule_is_said_in_one_line(cron: str, zone: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        next_moment(cron, zone, utc("2026-05-02"))
    assert str(refused.value) == says
    with pytest.raises(UsageError) as refused:
        latest_moment(cron, zone, utc("2026-05-01"), utc("2026-05-02"))
    assert str(refused.value) == says
