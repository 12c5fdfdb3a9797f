"""The story of one run, read from the tables."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from state.execution import Execution
from state.note import Note
from state.progress import Rung
from state.record import Maker, Record
from state.run import DecisionNote, RunStory
from state.sql.outbox import effect_row
from state.sql.reviews import of_run
from state.sql.runs import find_run, run_row
from state.sql.tables import conflicts, executions, notes, outbox, records


def read_story(connection: Connection, run: str) -> RunStory:
    """Everything about a run, by its id or the only one that begins so. Raises ``UnknownRun``."""
    row = find_run(connection, run)
    return RunStory(
        run=run_row(row),
        case=row.case_data,
        pins=row.pins,
        records=tuple(map(_record, _of_run(connection, records, row.id, "made_at", "decision", "version"))),
        notes=tuple(map(_note, _of_run(connection, notes, row.id, "made_at", "ordinal"))),
        conflicts=tuple(map(_rung, _of_run(connection, conflicts, row.id, "ordinal"))),
        reviews=tuple(of_run(connection, row.id)),
        executions=tuple(map(_execution, _of_run(connection, executions, row.id, "ordinal"))),
        effects=tuple(map(effect_row, _of_run(connection, outbox, row.id, "created_at"))),
    )


def _of_run(connection: Connection, table: Table, run: str, *order: str) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.run == run).order_by(*(table.c[name] for name in order))
    return connection.execute(query).all()


def _record(row: Row[Any]) -> Record:
    return Record(
        decision=row.decision,
        version=row.version,
        outcome=row.outcome,
        maker=Maker(kind=row.maker_kind, name=row.maker),
        value=row.value,
        reason=row.reason,
        built_from=row.built_from,
        notes_seen=row.notes_seen,
        made_at=row.made_at,
        provenance=row.provenance or {},
    )


def _note(row: Row[Any]) -> DecisionNote:
    note = Note(kind=row.kind, author=row.author, text=row.text, about_version=row.about_version, at=row.made_at)
    return DecisionNote(decision=row.decision, note=note)


def _rung(row: Row[Any]) -> Rung:
    return Rung(
        conflict=row.conflict,
        versions=row.versions,
        rung=row.rung,
        action=row.action,
        preferred=row.preferred,
        by=row.decided_by,
        at=row.at,
    )


def _execution(row: Row[Any]) -> Execution:
    return Execution.model_validate({name: getattr(row, name) for name in Execution.model_fields})
