"""Batches in SQL: which command made them, and the rows of their file that are no cases."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, union

from state.run import RunFilter
from state.sql.keep import insert_or_keep
from state.sql.runs import count_by_status
from state.sql.tables import batches, conflicts, quarantine, records, reviews, runs
from state.summary import QuarantinedField, Summary


def latest_batch(connection: Connection, identity: str) -> str | None:
    """The newest batch of that identity; batches are numbered behind it."""
    query = select(batches.c.id).where(batches.c.id.startswith(f"{identity}-", autoescape=True))
    found: str | None = connection.execute(
        query.order_by(func.length(batches.c.id).desc(), batches.c.id.desc()).limit(1)
    ).scalar_one_or_none()
    return found


def was_run_before(connection: Connection, workflow: str, source: str) -> bool:
    """Whether a file of that name went through that workflow before."""
    query = select(batches.c.id).where(batches.c.workflow == workflow, batches.c.source == source).limit(1)
    return connection.execute(query).scalar_one_or_none() is not None


def insert_batch(connection: Connection, row: Mapping[str, Any], now: datetime) -> None:
    """Keep a new batch; nothing happens where the same command in another process was quicker."""
    connection.execute(insert_or_keep(connection, batches), {**row, "created_at": now})


def quarantine_row(connection: Connection, batch: str, line: int, problems: Iterable[Mapping[str, str]]) -> None:
    """Keep what is wrong with a row; a row that is there already stays as it is."""
    rows = [{"batch": batch, "line": line, **problem} for problem in problems]
    connection.execute(insert_or_keep(connection, quarantine), rows)


def quarantined(connection: Connection, batch: str, limit: int) -> list[QuarantinedField]:
    """The first problems of a batch's rows, in the order of the file."""
    query = select(quarantine).where(quarantine.c.batch == batch).order_by(quarantine.c.line, quarantine.c.field)
    names = QuarantinedField.model_fields
    rows = connection.execute(query.limit(limit))
    return [QuarantinedField.model_validate({name: getattr(row, name) for name in names}) for row in rows]


def read_summary(connection: Connection, batch: str, workflow: str, resumed: int, seconds: float) -> Summary:
    """Sum up a batch, whoever ran which part of it."""
    figures = _figures(connection, batch)
    states = count_by_status(connection, RunFilter(batch=batch))
    bad = select(func.count(quarantine.c.line.distinct())).where(quarantine.c.batch == batch)
    bad_rows = connection.execute(bad).scalar_one()
    return Summary(
        workflow=workflow,
        cases=figures.runs + bad_rows,
        completed=states.get("completed", 0),
        awaiting_review=states.get("waiting", 0),
        rejected=states.get("rejected", 0),
        failed=states.get("failed", 0) + states.get("running", 0),
        quarantined=bad_rows,
        resumed=resumed,
        human_share=figures.asked / figures.runs if figures.runs else 0.0,
        flagged_share=figures.flagged / figures.runs if figures.runs else 0.0,
        conflicts=_conflict_counts(connection, batch),
        model_calls=figures.model_calls,
        tokens=figures.tokens,
        seconds=round(seconds, 3),
        run_ids=_run_ids(connection, batch),
    )


def _figures(connection: Connection, batch: str) -> Row[Any]:
    """Over the runs of a batch: how many there are, asked a human, and were flagged; model calls and tokens."""
    query = select(
        func.count().label("runs"),
        func.count().filter(runs.c.questions > 0).label("asked"),
        func.count().filter(runs.c.flagged).label("flagged"),
        func.coalesce(func.sum(runs.c.model_calls), 0).label("model_calls"),
        func.coalesce(func.sum(runs.c.tokens_in + runs.c.tokens_out), 0).label("tokens"),
    )
    return connection.execute(query.where(runs.c.batch == batch)).one()


def spent_by(connection: Connection, batch: str) -> tuple[int, int, float]:
    """What the runs of a batch have spent: model calls, tokens, money."""
    spent = (runs.c.model_calls, runs.c.tokens_in + runs.c.tokens_out, runs.c.cost)
    query = select(*(func.coalesce(func.sum(each), 0) for each in spent)).where(runs.c.batch == batch)
    calls, tokens, money = connection.execute(query).one()
    return int(calls), int(tokens), float(money)


def with_fallback(connection: Connection, batch: str) -> int:
    """In how many runs of a batch a declared fallback took over."""
    took_over = records.c.provenance["fallback"].as_string().is_not(None)
    query = select(func.count(records.c.run.distinct())).join(runs, runs.c.id == records.c.run)
    return connection.execute(query.where(runs.c.batch == batch, took_over)).scalar_one()


def _conflict_counts(connection: Connection, batch: str) -> dict[str, int]:
    """In how many runs of a batch each conflict arose: where it took a rung, or was put to a human at once."""
    name = reviews.c.payload["question"]["conflict"].as_string()
    asked = select(name, reviews.c.run).where(name.is_not(None))
    arose = union(select(conflicts.c.conflict.label("name"), conflicts.c.run.label("run")), asked).subquery()
    query = select(arose.c.name, func.count()).join(runs, runs.c.id == arose.c.run).where(runs.c.batch == batch)
    return {name: count for name, count in connection.execute(query.group_by(arose.c.name).order_by(arose.c.name))}


def _run_ids(connection: Connection, batch: str) -> list[str]:
    """The runs of a batch in the order of its file."""
    return list(connection.execute(select(runs.c.id).where(runs.c.batch == batch).order_by(runs.c.position)).scalars())


def export_page(connection: Connection, batch: str, after: int, limit: int) -> list[Row[Any]]:
    """The next runs of a batch behind a place: id, status, position, case_data, decisions."""
    columns = (runs.c.id, runs.c.status, runs.c.position, runs.c.case_data, runs.c.decisions)
    query = select(*columns).where(runs.c.batch == batch, runs.c.position > after)
    return list(connection.execute(query.order_by(runs.c.position).limit(limit)))
