"""The case that a schedule of a report runs: the same report, for the last whole period before."""

from datetime import datetime

from agents.report.period import Period
from agents.report.request import ReportRequest


def schedule_of(request: ReportRequest) -> tuple[str, str] | None:
    """The cron expression and the time zone of a request; None where it is made once only."""
    return None if request.schedule is None else (request.schedule, request.zone)


def renewed(request: ReportRequest, moment: datetime) -> ReportRequest:
    """The request that is met at a moment, given in the request's zone; it has no schedule of its own."""
    period = Period.of(moment.date(), Period.parse(request.period).grain).shifted(-1)
    changes = {"id": f"{request.id[:180]}@{moment:%Y-%m-%dT%H:%M}", "period": str(period), "schedule": None}
    return request.model_copy(update=changes)
