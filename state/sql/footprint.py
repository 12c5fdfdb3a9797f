"""The footprint: where the data of one person's case are, and what of them has left the house."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from state.effect import EffectStatus
from state.errors import UsageError
from state.schedule import ScheduleRow
from state.sql.choice import ChosenRun
from state.sql.schedules import schedules_of_case, started_by
from state.sql.tables import batches, outbox, quarantine, runs, tombstones
from state.sql.tombstones import was_forgotten

SHORTEST = 4
"""How many characters a value must have to be looked for in quarantined rows."""

Line = tuple[str, int]
"""A batch, and a line of its file."""


@dataclass(frozen=True, slots=True)
class SentEffect:
    """An effect that a receiver has, or may have."""

    id: str
    run: str
    effect: str
    channel: str
    status: EffectStatus
    to: str | None
    """The receiver's name; None for the channel's own."""
    receipt: str | None
    """What the receiver said, or where it went."""
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where the data of a case are."""

    case: str
    runs: tuple[ChosenRun, ...]
    """Its runs, those that its schedules have started, and the forks of both, oldest first."""
    lines: tuple[Line, ...]
    """The quarantined rows that speak of it."""
    sent: tuple[SentEffect, ...]
    schedules: tuple[ScheduleRow, ...]
    """What runs it again by itself."""
    forgotten_at: datetime | None
    """When runs of it were forgotten before."""


def find_footprint(connection: Connection, case: str, workflow: str | None = None) -> Footprint:
    """Where the data of a case are.

    Raises ``UsageError`` where nothing is known of it, or where several workflows have one of that id.
    """
    if not case.strip():
        raise UsageError("The case's id is empty. Give it in full.")
    found = runs_of_case(connection, case, workflow)
    workflows = sorted({run.workflow for run in found})
    if workflow is None and len(workflows) > 1:
        raise UsageError(f"Several workflows have a case {case!r}: {', '.join(workflows)}. Say which with --workflow.")
    latest = select(tombstones.c.forgotten_at).where(was_forgotten(connection, case, workflow))
    footprint = Footprint(
        case=case,
        runs=tuple(found),
        lines=tuple(_lines_of(connection, case, workflow or next(iter(workflows), None), _texts(connection, found))),
        sent=tuple(sent_effects(connection, [run.id for run in found])),
        schedules=tuple(schedules_of_case(connection, case, workflow)),
        forgotten_at=connection.execute(latest.order_by(tombstones.c.forgotten_at.desc()).limit(1)).scalar(),
    )
    if not (footprint.runs or footprint.lines or footprint.schedules or footprint.forgotten_at):
        raise UsageError(f"Nothing is known of a case {case!r}. 'roundhouse runs' lists the runs with their cases.")
    return footprint


def runs_of_case(connection: Connection, case: str, workflow: str | None) -> list[ChosenRun]:
    """The runs of a case, those that its schedules have started, and all that were forked from them."""
    here = [runs.c.case_id == case, *([runs.c.workflow == workflow] if workflow is not None else [])]
    series = [schedule.id for schedule in schedules_of_case(connection, case, workflow)]
    started = _where(connection, started_by(series)) if series else []
    found = {run.id: run for run in (*_where(connection, *here), *started)}
    newest = list(found)
    while newest:
        forks = [fork for fork in _where(connection, runs.c.origin.in_(newest)) if fork.id not in found]
        found |= {fork.id: fork for fork in forks}
        newest = [fork.id for fork in forks]
    return sorted(found.values(), key=lambda run: (run.created_at, run.id))


def sent_effects(connection: Connection, ids: Sequence[str]) -> list[SentEffect]:
    """What has left the house from some runs, and what may have."""
    left = (outbox.c.run.in_(ids), outbox.c.status.in_(("sending", "delivered", "unknown")))
    rows = connection.execute(select(outbox).where(*left).order_by(outbox.c.created_at, outbox.c.id))
    return [
        SentEffect(
            id=row.id,
            run=row.run,
            effect=row.effect,
            channel=row.channel,
            status=row.status,
            to=(row.message or {}).get("to"),
            receipt=row.receipt,
            delivered_at=row.delivered_at,
        )
        for row in rows
    ]


def _where(connection: Connection, *which: ColumnElement[bool]) -> list[ChosenRun]:
    columns = [runs.c[name] for name in ChosenRun.__dataclass_fields__]
    # a pseudonym is nobody's, and the tombstone finds the run by it
    is_forgotten = select(tombstones.c.id).where(tombstones.c.run == runs.c.id).exists()
    return [ChosenRun(**row._mapping) for row in connection.execute(select(*columns).where(*which, ~is_forgotten))]


def _texts(connection: Connection, found: Sequence[ChosenRun]) -> frozenset[str]:
    """What the cases say in words of some length."""
    cases = connection.execute(select(runs.c.case_data).where(runs.c.id.in_([run.id for run in found]))).scalars()
    return frozenset(text for case in cases for text in _words_in(case) if len(text) >= SHORTEST)


def _words_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value.strip()
        case Mapping():
            for each in value.values():
                yield from _words_in(each)
        case list():
            for each in value:
                yield from _words_in(each)


def _lines_of(connection: Connection, case: str, workflow: str | None, texts: frozenset[str]) -> list[Line]:
    """The quarantined rows that name the case, or of whose values two at least are the case's."""
    query = select(quarantine.c.batch, quarantine.c.line, quarantine.c.text)
    if workflow is not None:
        query = query.join(batches, batches.c.id == quarantine.c.batch).where(batches.c.workflow == workflow)
    said: dict[Line, str] = {}
    for row in connection.execute(query):
        place = (row.batch, row.line)
        said[place] = f"{said.get(place, '')}\n{row.text}"
    named = re.compile(rf"(?<![^\W_]){re.escape(case)}(?![^\W_])")
    others = texts - {case}
    return [line for line, text in said.items() if named.search(text) or sum(each in text for each in others) > 1]
