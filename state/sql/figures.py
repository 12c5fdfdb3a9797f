"""The figures of a period in SQL: a few scans of an index that holds all that is counted, and no documents of runs."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, and_, func, select, values

from state.figures import ConflictFigures, Day, Dispute, Figures, Move, MoveKind, conflict_figures
from state.run import OPEN_STATUSES, RunFilter
from state.sql.asking import WAITING
from state.sql.columns import Moment
from state.sql.runs import fitting
from state.sql.tables import conflicts, reviews, runs

LONGEST = 366
"""How many days are told apart at the most."""

_ANSWERS: dict[str, MoveKind] = {
    "approve": "approved",
    "edit": "edited",
    "send_back": "sent_back",
    "reject": "rejected",
}


def read_figures(
    connection: Connection, workflow: str | None = None, since: datetime | None = None, zone: tzinfo = UTC
) -> Figures:
    """The figures of a workflow, or of all, over the cases that were started since then.

    Days begin at midnight in the zone. The open questions are those of now, whenever their cases were started.
    """
    chosen = RunFilter(workflow=workflow, since=since, origin="originals")
    totals = _totals(connection, chosen)
    open_questions = _open_questions(connection, workflow)
    return Figures(
        cases=sum(row.cases for row in totals),
        by_status={row.status: row.cases for row in totals},
        ended=sum(row.cases for row in totals if row.status not in OPEN_STATUSES),
        alone=sum(row.alone for row in totals),
        asked=sum(row.asked for row in totals),
        flagged=sum(row.flagged for row in totals),
        model_calls=sum(row.model_calls for row in totals),
        tokens=sum(row.tokens for row in totals),
        cost=sum(row.cost for row in totals),
        conflicts=_conflicts(connection, chosen),
        waiting=open_questions.waiting,
        oldest=open_questions.oldest,
        days=tuple(_days(connection, chosen, totals, zone)),
    )


def count_asked(connection: Connection, workflow: str, since: datetime | None = None) -> tuple[int, int]:
    """How many of a workflow's cases that were started since then have asked a human, and how many there are."""
    chosen = fitting(RunFilter(workflow=workflow, since=since, origin="originals"))
    counts = select(func.count().filter(runs.c.questions > 0), func.count()).select_from(runs).where(*chosen)
    asked, cases = connection.execute(counts).one()
    return asked, cases


def _totals(connection: Connection, chosen: RunFilter) -> Sequence[Row[Any]]:
    """A row of counts and sums for each status."""
    query = select(
        runs.c.status,
        *_COUNTS,
        func.sum(runs.c.model_calls).label("model_calls"),
        func.sum(runs.c.tokens_in + runs.c.tokens_out).label("tokens"),
        func.sum(runs.c.cost).label("cost"),
        func.min(runs.c.created_at).label("first"),
        func.max(runs.c.created_at).label("last"),
    )
    return connection.execute(query.where(*fitting(chosen)).group_by(runs.c.status).order_by(runs.c.status)).all()


_COUNTS = (
    func.count().label("cases"),
    func.count().filter(runs.c.status == "completed", runs.c.questions == 0).label("alone"),
    func.count().filter(runs.c.questions > 0).label("asked"),
    func.count().filter(runs.c.flagged).label("flagged"),
)


def _days(connection: Connection, chosen: RunFilter, totals: Sequence[Row[Any]], zone: tzinfo) -> Iterator[Day]:
    """Every day with its counts, those without a case too."""
    if not totals:
        return
    last = max(datetime.now(UTC), *(row.last for row in totals)).astimezone(zone).date()
    first = min(row.first for row in totals).astimezone(zone).date()
    dates = [last - timedelta(days=ago) for ago in range(min((last - first).days, LONGEST - 1), -1, -1)]
    found = {row.begins: row for row in connection.execute(_by_day(dates, chosen, zone))}
    for each in dates:
        row = found.get(_midnight(each, zone))
        counts = (row.cases, row.alone, row.asked, row.flagged) if row else (0, 0, 0, 0)
        yield Day(date=each, **dict(zip(("cases", "alone", "asked", "flagged"), counts, strict=True)))


def _by_day(dates: Sequence[date], chosen: RunFilter, zone: tzinfo) -> Select[Any]:
    """The counts between each midnight and the next, wherever the zone's midnights are."""
    spans = [(_midnight(each, zone), _midnight(each + timedelta(days=1), zone)) for each in dates]
    columns = (Column("begins", Moment), Column("ends", Moment))
    days = values(*columns, name="days").data(spans).cte()
    within = and_(runs.c.created_at >= days.c.begins, runs.c.created_at < days.c.ends)
    query = select(days.c.begins, *_COUNTS).select_from(days).join(runs, within)
    return query.where(*fitting(chosen)).group_by(days.c.begins)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _open_questions(connection: Connection, workflow: str | None) -> Row[Any]:
    query = select(func.count().label("waiting"), func.min(reviews.c.opened_at).label("oldest"))
    query = query.select_from(reviews).join(runs, runs.c.id == reviews.c.run)
    whose = fitting(RunFilter(workflow=workflow, origin="originals"))
    return connection.execute(query.where(reviews.c.status.in_(WAITING), *whose)).one()


def _conflicts(connection: Connection, chosen: RunFilter) -> tuple[ConflictFigures, ...]:
    moves: dict[tuple[str, str, Any], list[Move]] = defaultdict(list)
    for row in connection.execute(_rungs(chosen)):
        moves[row.run, row.conflict, row.run_status].append(Move(row.at, row.action, row.preferred))
    for row in connection.execute(_questions(chosen)):
        moves[row.run, row.conflict, row.run_status].append(_asked(row))
    return conflict_figures(Dispute(conflict, status, made) for (_, conflict, status), made in moves.items())


def _rungs(chosen: RunFilter) -> Select[Any]:
    """The rungs that needed no human; those of humans are the answers to their questions."""
    columns = [conflicts.c[name] for name in ("run", "conflict", "action", "preferred", "at")]
    query = select(*columns, runs.c.status.label("run_status")).join(runs, runs.c.id == conflicts.c.run)
    return query.where(conflicts.c.action != "human", *fitting(chosen))


def _questions(chosen: RunFilter) -> Select[Any]:
    question, answer = reviews.c.payload["question"], reviews.c.answer
    columns = [reviews.c[name] for name in ("run", "status", "opened_at", "answered_at")]
    columns += [question[name].as_string().label(name) for name in ("conflict", "suggestion")]
    columns += [answer[name].as_string().label(name) for name in ("action", "voice", "prefer", "decision")]
    query = select(*columns, runs.c.status.label("run_status")).join(runs, runs.c.id == reviews.c.run)
    return query.where(question["conflict"].as_string().is_not(None), *fitting(chosen))


def _asked(row: Row[Any]) -> Move:
    """A question as a move: an approval takes the side that it names, or the suggestion."""
    if row.status in WAITING:
        return Move(row.opened_at, "asked")
    if row.status == "withdrawn":
        return Move(row.opened_at, "withdrawn")
    side = row.prefer or row.decision or row.suggestion
    return Move(row.answered_at, _ANSWERS[row.action], side, row.voice or "human")
