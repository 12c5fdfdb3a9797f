"""The report request: the case of the reporting workflow. A profile says which sources there are to choose from."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import Field, create_model, field_validator

from agents.report.period import Period
from state.case import Case

_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class ReportRequest(Case):
    """A report that somebody wants."""

    subject: str = Field(min_length=1, max_length=200)
    """What the report is about; its title."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Where its data come from. The values of the first count; the others check them and fill its gaps."""
    period: str
    """What it is about: a month as 2026-03, a quarter as 2026-Q1, a year as 2026."""
    audience: str = Field(default="", max_length=200)
    """Who gets it: a name that the settings know an address for."""
    schedule: str | None = None
    """When it is made again, for the last full period before: a cron expression, such as 0 7 2 * *."""
    zone: str = "UTC"
    """The time zone of the schedule, such as Europe/Vienna."""

    @field_validator("sources", mode="before")
    @classmethod
    def _listed(cls, sources: object) -> object:
        """A text lists them with commas or semicolons."""
        if not sources:
            raise ValueError("names no source; leave it out for all of the profile's")
        if not isinstance(sources, str):
            return sources
        named = [part.strip() for part in sources.replace(";", ",").split(",")]
        if not all(named):
            raise ValueError(f"{sources!r} has an empty name; write such as 'ecb, fed', or leave it out for all")
        return named

    @field_validator("sources")
    @classmethod
    def _once(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(sources)) < len(sources):
            raise ValueError("names a source twice")
        return sources

    @field_validator("period")
    @classmethod
    def _period(cls, period: str) -> str:
        return str(Period.parse(period))

    @field_validator("schedule")
    @classmethod
    def _schedule(cls, schedule: str | None) -> str | None:
        if schedule is None or not schedule.strip():
            return None
        try:
            CronSim(schedule, _SOME_DAY)
        except CronSimError as wrong:
            raise ValueError(f"is no cron expression: {wrong}; write such as 0 7 2 * *") from wrong
        return " ".join(schedule.split())

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        try:
            return ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as wrong:
            raise ValueError(f"{zone!r} is no time zone; write such as Europe/Vienna") from wrong


def request_type(subject: str, audience: str, sources: Sequence[str]) -> type[ReportRequest]:
    """The contract of the requests of one profile: its sources to choose from, and its own words as defaults."""
    known: Any = Literal[tuple(sources)]
    fields: dict[str, Any] = {
        "subject": (str, Field(default=subject, min_length=1, max_length=200, description=_about("subject"))),
        "sources": (
            tuple[known, ...],
            Field(default=tuple(sources), min_length=1, description=_about("sources")),
        ),
        "audience": (str, Field(default=audience, max_length=200, description=_about("audience"))),
    }
    made: type[ReportRequest] = create_model(
        "ReportRequest", __base__=ReportRequest, __doc__="A report that somebody wants.", **fields
    )
    return made


def _about(field: str) -> str | None:
    return ReportRequest.model_fields[field].description
