"""Spot checks in SQL: those that wait for a reviewer, each after its delivery, and the verdict on one.

Nothing here reads what the hub decided but the one comparison that a verdict is held to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from state.audit import Deed
from state.errors import UsageError
from state.graded import Agreement
from state.judgement import AlreadyChecked, SpotCheck
from state.sql.audit import append, lock_run
from state.sql.tables import outbox, runs, spot_checks

SUBJECT = "spot check"
"""What a verdict is said of in the audit trail."""

Compared = Callable[[Mapping[str, Any]], bool]
"""Whether a verdict is what the hub decided, given the run's decisions by their names."""


@dataclass(frozen=True, slots=True)
class WaitingCheck:
    """A spot check that a reviewer may take, with the case alone."""

    check: SpotCheck
    case: Mapping[str, Any]
    profile: str | None
    """The profile that the run's workflow was made with."""


def list_checks(connection: Connection, workflow: str | None = None, limit: int = 100) -> list[WaitingCheck]:
    """The spot checks that wait, the oldest first."""
    query = _waiting().where(*_of(workflow)).order_by(spot_checks.c.drawn_at, spot_checks.c.run)
    return [_waiting_check(row) for row in connection.execute(query.limit(limit))]


def count_checks(connection: Connection, workflow: str | None = None) -> int:
    """How many of them there are."""
    return connection.execute(
        select(func.count()).select_from(_waiting().where(*_of(workflow)).subquery())
    ).scalar_one()


def find_check(connection: Connection, run: str) -> WaitingCheck:
    """A spot check, by the id of its run or the only one that begins so. Raises ``UsageError``."""
    begins_so = _with_case().where(spot_checks.c.run.startswith(run, autoescape=True)).limit(2)
    rows = connection.execute(begins_so).all() if run else []
    exact = [row for row in rows if row.run == run]
    if len(exact or rows) != 1:
        raise UsageError(
            f"No spot check is known by {run!r}, or several begin so. 'roundhouse spot-checks' lists the open ones."
        )
    return _waiting_check((exact or rows)[0])


def give_verdict(connection: Connection, run: str, verdict: str, by: str, agrees: Compared, now: datetime) -> SpotCheck:
    """Take down what a reviewer decided, and whether the hub had decided the same.

    Raises ``AlreadyChecked``, or ``UsageError`` where the run has no spot check or is not delivered yet.
    """
    lock_run(connection, find_check(connection, run).check.run)
    found = find_check(connection, run).check
    if found.status != "open":
        raise AlreadyChecked(found.run, str(found.by), _in_words(found.answered_at))
    if connection.execute(_waiting().where(spot_checks.c.run == found.run)).one_or_none() is None:
        raise UsageError(f"What run {found.run!r} has to send is not delivered yet. It is checked after that.")
    decisions = connection.execute(select(runs.c.decisions).where(runs.c.id == found.run)).scalar_one()
    values = {"status": "answered", "verdict": verdict, "agreed": agrees(decisions), "by": by, "answered_at": now}
    still = (spot_checks.c.run == found.run, spot_checks.c.status == "open")
    if connection.execute(update(spot_checks).where(*still).values(values)).rowcount == 0:
        first = find_check(connection, found.run).check
        raise AlreadyChecked(found.run, str(first.by), _in_words(first.answered_at))
    after = {"verdict": verdict, "agreed": values["agreed"]}
    append(connection, found.run, [Deed(now, "human", by, "checked", SUBJECT, after=after)])
    return find_check(connection, found.run).check


def read_spot_checks(connection: Connection, workflow: str | None = None, since: datetime | None = None) -> Agreement:
    """How the spot checks that were drawn since then stand."""
    drawn = [spot_checks.c.drawn_at >= since] if since is not None else []
    query = select(spot_checks.c.agreed, func.count()).where(*_of(workflow), *drawn).group_by(spot_checks.c.agreed)
    return Agreement.of({agreed: count for agreed, count in connection.execute(query)})


def _of(workflow: str | None) -> list[ColumnElement[bool]]:
    return [] if workflow is None else [spot_checks.c.workflow == workflow]


def _with_case() -> Select[Any]:
    profile = runs.c.pins["profile"].as_string().label("profile")
    return select(spot_checks, runs.c.case_data, profile).join(runs, runs.c.id == spot_checks.c.run)


def _waiting() -> Select[Any]:
    """Those that are open and of which nothing is on its way any more."""
    on_its_way = (outbox.c.run == spot_checks.c.run, outbox.c.status.in_(("pending", "sending", "unknown")))
    unsent = select(outbox.c.id).where(*on_its_way).exists()
    return _with_case().where(spot_checks.c.status == "open", ~unsent)


def _waiting_check(row: Row[Any]) -> WaitingCheck:
    check = SpotCheck.model_validate({name: getattr(row, name) for name in SpotCheck.model_fields})
    return WaitingCheck(check, row.case_data, row.profile)


def _in_words(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment is not None else "an unknown time"
